#include "fathom/align/response_parts.h"

#include "fathom/align/rewards.h"

namespace fathom::align {

namespace {

constexpr std::string_view space = " \t\r\n\f\v";

// Takes `tag` off the front of `text`; false when it is not there.
bool consume(std::string_view& text, std::string_view tag) {
  if (!text.starts_with(tag)) return false;
  text.remove_prefix(tag.size());
  return true;
}

// Takes everything up to and including `tag` off the front.
bool consume_through(std::string_view& text, std::string_view tag) {
  const std::size_t at = text.find(tag);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + tag.size());
  return true;
}

}  // namespace

std::int64_t count_occurrences(std::string_view text, std::string_view tag) {
  std::int64_t count = 0;
  for (std::size_t at = text.find(tag); at != std::string_view::npos; at = text.find(tag, at + tag.size())) ++count;
  return count;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string_view reasoning_part(std::string_view response) {
  const std::size_t open = response.find(think_open);
  if (open != std::string_view::npos) {
    const std::string_view inside = response.substr(open + think_open.size());
    return inside.substr(0, inside.find(think_close));
  }
  const std::size_t close = response.find(think_close);
  if (close != std::string_view::npos) return response.substr(0, close);
  return response.substr(0, response.find(answer_open));
}

bool thinks(std::string_view response) {
  const std::size_t open = response.find(think_open);
  return open != std::string_view::npos && response.find(think_close, open) != std::string_view::npos &&
         !trim(reasoning_part(response)).empty();
}

bool has_answer_format(std::string_view response) {
  return count_occurrences(response, answer_open) == 1 && count_occurrences(response, answer_close) == 1 &&
         response.find(answer_open) < response.find(answer_close) && trim(response).ends_with(answer_close);
}

bool has_r1_format(std::string_view response) {
  if (count_occurrences(response, think_open) != 1 || count_occurrences(response, think_close) != 1) return false;
  if (count_occurrences(response, answer_open) != 1 || count_occurrences(response, answer_close) != 1) return false;
  // Every tag is there once, so the order of what follows decides.
  std::string_view rest = trim(response);
  if (!consume(rest, think_open) || !consume_through(rest, think_close)) return false;
  rest = trim(rest);
  return consume(rest, answer_open) && consume_through(rest, answer_close) && trim(rest).empty();
}

}  // namespace fathom::align
