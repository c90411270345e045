// Finding the final answer of a response. One pass over the text each: hostile responses (a megabyte of opened tags or braces) cost
// linear time.
#include <utility>
#include <vector>

#include "fathom/align/response_parts.h"
#include "fathom/align/rewards.h"

namespace fathom::align {

namespace {

constexpr std::string_view box = "\\boxed";

// The content of the last <answer>…</answer>; a tag that is never closed, or closed without having been opened, does not count.
std::optional<std::string_view> last_tagged(std::string_view text) {
  std::optional<std::string_view> found;
  std::size_t open = std::string_view::npos;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view here = text.substr(at);
    if (here.starts_with(answer_open)) {
      open = at + answer_open.size();
    } else if (open != std::string_view::npos && here.starts_with(answer_close)) {
      found = text.substr(open, at - open);
      open = std::string_view::npos;
    }
  }
  return found;
}

// The content of the \boxed{…} that begins last among those whose braces balance.
std::optional<std::string_view> last_boxed(std::string_view text) {
  struct Open {
    std::size_t begin;
    std::int64_t depth;
  };
  std::vector<Open> open;
  std::int64_t depth = 0;
  std::size_t best_begin = 0;
  std::optional<std::string_view> best;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      if (text.substr(i).starts_with(box)) {
        std::size_t brace = i + box.size();
        while (brace < text.size() && text[brace] == ' ') ++brace;
        if (brace < text.size() && text[brace] == '{') {
          open.push_back({brace + 1, depth});
          ++depth;
          i = brace;
          continue;
        }
      }
      ++i;  // the character behind a backslash is no brace of ours: \{ and \}
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && depth > 0) {
      --depth;
      if (!open.empty() && open.back().depth == depth) {
        if (!best || open.back().begin >= best_begin) {
          best_begin = open.back().begin;
          best = text.substr(best_begin, i - best_begin);
        }
        open.pop_back();
      }
    }
  }
  return best;
}

// The rest of the line behind the last "####".
std::optional<std::string_view> behind_hashes(std::string_view text) {
  const std::size_t at = text.rfind("####");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(at + 4);
  return line.substr(0, line.find('\n'));
}

}  // namespace

std::optional<std::string> extract_answer(std::string_view response, bool allow_bare) {
  std::optional<std::string_view> found = last_tagged(response);
  if (found) {
    // <answer>\boxed{7}</answer>: the box is wrapping.
    if (const auto inner = last_boxed(*found)) found = inner;
  } else {
    found = last_boxed(response);
  }
  if (!found && allow_bare) found = behind_hashes(response);
  if (!found) return std::nullopt;
  const std::string_view answer = trim(*found);
  if (answer.empty()) return std::nullopt;
  return std::string(answer);
}

}  // namespace fathom::align
