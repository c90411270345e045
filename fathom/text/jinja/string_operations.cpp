#include "fathom/text/jinja/string_operations.h"

#include <algorithm>
#include <cstring>

#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

// Pieces of `text` between white space, from the left.
std::vector<Span> words_of(std::string_view text, std::int64_t limit) {
  std::vector<Span> words;
  std::size_t at = leading_space(text);
  while (at < text.size()) {
    std::size_t end = at;
    if (limit >= 0 && static_cast<std::int64_t>(words.size()) == limit) {
      words.push_back({at, text.size()});
      return words;
    }
    while (end < text.size() && !is_space(first_character(text.substr(end)))) end += step_length(text.substr(end));
    words.push_back({at, end});
    at = end + leading_space(text.substr(end));
  }
  return words;
}

// As words_of, with the cuts counted from the right: what is left of the last cut stays one piece.
std::vector<Span> words_from_right(std::string_view text, std::int64_t limit) {
  std::vector<Span> words = words_of(text, -1);
  if (limit < 0 || static_cast<std::int64_t>(words.size()) <= limit) return words;
  const auto first_kept = words.end() - static_cast<std::ptrdiff_t>(limit);
  const std::size_t end = (first_kept - 1)->end;
  std::vector<Span> result;
  result.push_back({0, end});
  result.insert(result.end(), first_kept, words.end());
  return result;
}

std::vector<Span> cut_at(std::string_view text, std::string_view separator, std::int64_t limit) {
  std::vector<Span> pieces;
  std::size_t begin = 0;
  while (limit < 0 || static_cast<std::int64_t>(pieces.size()) < limit) {
    const auto found = find_bytes(text, separator, begin);
    if (!found) break;
    pieces.push_back({begin, *found});
    begin = *found + separator.size();
  }
  pieces.push_back({begin, text.size()});
  return pieces;
}

std::vector<Span> cut_from_right(std::string_view text, std::string_view separator, std::int64_t limit) {
  std::vector<Span> pieces;
  std::size_t end = text.size();
  // Matches are looked for from the right: "aaa" cut at "aa" gives "a" and "".
  for (std::size_t at = text.size() + 1; at-- > separator.size() && (limit < 0 || static_cast<std::int64_t>(pieces.size()) < limit);) {
    if (at > end || text.substr(at - separator.size(), separator.size()) != separator) continue;
    pieces.push_back({at, end});
    end = at - separator.size();
  }
  pieces.push_back({0, end});
  std::reverse(pieces.begin(), pieces.end());
  return pieces;
}

bool holds(std::string_view characters, std::string_view character) {
  for (std::size_t at = 0; at < characters.size(); at += step_length(characters.substr(at)))
    if (characters.substr(at, step_length(characters.substr(at))) == character) return true;
  return false;
}

std::size_t last_character(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return step_length(text.substr(begin)) == text.size() - begin ? begin : text.size() - 1;
}

}  // namespace

std::optional<std::size_t> find_bytes(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) return std::nullopt;
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  if (found == nullptr) return std::nullopt;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

MarkedText strip(const MarkedText& text, const MarkedText* characters, bool left, bool right, Budget& budget) {
  budget.text(text.size());
  const std::string_view bytes = text.bytes();
  std::size_t begin = 0, end = bytes.size();
  if (characters == nullptr) {
    if (left) begin = leading_space(bytes);
    if (right && begin < end) end -= trailing_space(bytes.substr(begin));
    return text.slice(begin, end);
  }
  const std::string_view set = characters->bytes();
  budget.text(set.size());
  while (left && begin < end && holds(set, bytes.substr(begin, step_length(bytes.substr(begin))))) {
    begin += step_length(bytes.substr(begin));
    budget.step(1 + set.size() / 16);
  }
  while (right && begin < end) {
    const std::size_t last = begin + last_character(bytes.substr(begin, end - begin));
    if (!holds(set, bytes.substr(last, end - last))) break;
    end = last;
    budget.step(1 + set.size() / 16);
  }
  return text.slice(begin, end);
}

std::vector<MarkedText> split(const MarkedText& text, const std::optional<MarkedText>& separator, std::int64_t limit, bool from_right,
                              Budget& budget) {
  budget.text(text.size());
  std::vector<Span> spans;
  if (!separator) {
    spans = from_right ? words_from_right(text.bytes(), limit) : words_of(text.bytes(), limit);
  } else {
    require(!separator->empty(), "the separator of split() is empty");
    budget.step(text.size() / 8);
    spans = from_right ? cut_from_right(text.bytes(), separator->bytes(), limit) : cut_at(text.bytes(), separator->bytes(), limit);
  }
  budget.items(spans.size());
  std::vector<MarkedText> pieces;
  pieces.reserve(spans.size());
  for (const Span& span : spans) pieces.push_back(text.slice(span.begin, span.end));
  return pieces;
}

MarkedText replace(const MarkedText& text, const MarkedText& old_part, const MarkedText& new_part, std::int64_t limit, Budget& budget) {
  MarkedText result;
  std::size_t done = 0;
  const auto put = [&](std::size_t from, std::size_t to) {
    budget.check_size(result.size() + (to - from) + new_part.size());
    budget.step();
    result.append(text, from, to);
    result.append(new_part);
  };
  if (old_part.empty()) {
    // Python puts the new part before every character and at the end.
    for (std::int64_t count = 0; done <= text.size() && (limit < 0 || count < limit); ++count) {
      put(done, done);
      if (done == text.size()) {
        done = text.size() + 1;
        break;
      }
      const std::size_t next = done + step_length(std::string_view(text.bytes()).substr(done));
      result.append(text, done, next);
      done = next;
    }
  } else {
    for (std::int64_t count = 0; limit < 0 || count < limit; ++count) {
      const auto found = find_bytes(text.bytes(), old_part.bytes(), done);
      if (!found) break;
      put(done, *found);
      done = *found + old_part.size();
    }
  }
  if (done < text.size()) result.append(text, done, text.size());
  budget.text(text.size() + result.size() / 2);
  budget.check_size(result.size());
  return result;
}

MarkedText join(const std::vector<MarkedText>& parts, const MarkedText& separator, Budget& budget) {
  MarkedText result;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    budget.check_size(result.size() + separator.size() + parts[i].size());
    if (i > 0) result.append(separator);
    result.append(parts[i]);
  }
  budget.text(result.size());
  return result;
}

MarkedText map_bytes(const MarkedText& text, std::string (*map)(std::string_view), Budget& budget) {
  budget.text(text.size());
  MarkedText result(map(text.bytes()), !text.is_trusted());
  budget.text(result.size());
  return result;
}

}  // namespace fathom::text::jinja
