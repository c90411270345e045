#include "fathom/pages/text_formats.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace fathom::pages {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next line, without its end, off the front.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool all_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// Bytes of a list item's sign ("- ", "12. ") at the front; 0 when there is none.
std::size_t list_sign(std::string_view line) {
  if (line.size() >= 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') && is_space(line[1])) return 2;
  std::size_t digits = 0;
  while (digits < line.size() && digits < 9 && line[digits] >= '0' && line[digits] <= '9') ++digits;
  const bool sign = digits > 0 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') && is_space(line[digits + 1]);
  return sign ? digits + 2 : 0;
}

// Collects lines into paragraphs.
class Paragraphs {
 public:
  void line(std::string_view line) {
    if (!current_.empty()) current_ += ' ';
    current_ += line;
  }
  void end() {
    if (current_.empty()) return;
    if (!text_.empty()) text_ += close_ ? "\n" : "\n\n";
    text_ += current_;
    current_.clear();
    close_ = false;
  }
  // A line of its own; `close`: directly below the one before, as in a list.
  void alone(std::string_view line, bool close) {
    end();
    close_ = close;
    current_ = line;
    if (current_.empty()) return;
    end();
  }
  bool open() const { return !current_.empty(); }
  std::string take_current() { return std::exchange(current_, {}); }
  std::string finish() {
    end();
    return std::move(text_);
  }

 private:
  std::string text_, current_;
  bool close_ = false;
};

constexpr std::string_view signs = "\\`*_{}[]()#+-.!|<>~";

// The end of a link's target that begins behind "(": behind the matching ")". npos when there is none near.
std::size_t target_end(std::string_view text, std::size_t begin) {
  int depth = 1;
  for (std::size_t i = begin; i < text.size() && i < begin + 4096; ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

bool is_word(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// The text of a line without the signs of links and emphasis.
std::string inline_text(std::string_view line) {
  std::string out;
  bool in_link = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (c == '\\' && signs.find(next) != std::string_view::npos && next != '\0') {
      out += next;
      ++i;
    } else if (c == '`') {
      continue;
    } else if (c == '!' && next == '[') {
      continue;
    } else if (c == '[' && line.find("](", i) != std::string_view::npos) {
      in_link = true;
    } else if (c == ']' && in_link && next == '(') {
      const std::size_t end = target_end(line, i + 2);
      in_link = false;
      if (end == std::string_view::npos) {
        out += c;
      } else {
        i = end - 1;
      }
    } else if (c == '*' || c == '_' || c == '~') {
      // Emphasis stands at a word's edge; inside one ("snake_case") the sign is a letter.
      const bool inside = i > 0 && is_word(line[i - 1]) && is_word(next);
      if ((c == '_' && inside) || (c != '_' && is_space(next) && (i == 0 || is_space(line[i - 1]))) ||
          (c == '~' && next != '~' && (i == 0 || line[i - 1] != '~')))
        out += c;
    } else {
      out += c;
    }
  }
  return out;
}

// `title:` of YAML front matter, which is taken off the front.
std::optional<std::string> take_front_matter(std::string_view& text) {
  std::string_view rest = text;
  if (trimmed(take_line(rest)) != "---") return std::nullopt;
  std::string title;
  while (!rest.empty()) {
    const std::string_view line = trimmed(take_line(rest));
    if (line == "---" || line == "...") {
      text = rest;
      return title;
    }
    if (line.starts_with("title:")) {
      std::string_view value = trimmed(line.substr(6));
      if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
        value = value.substr(1, value.size() - 2);
      title = value;
    }
  }
  return std::nullopt;  // it never ends: this is no front matter
}

}  // namespace

TitledText read_plain_text(std::string_view text) {
  Paragraphs paragraphs;
  while (!text.empty()) {
    const std::string_view line = take_line(text), content = trimmed(line);
    if (content.empty())
      paragraphs.end();
    else if (list_sign(content) > 0)
      paragraphs.alone(content, true);
    else if (is_space(line.front()) && !paragraphs.open())
      paragraphs.alone(content, true);
    else
      paragraphs.line(content);
  }
  return {"", paragraphs.finish()};
}

TitledText read_markdown(std::string_view text) {
  TitledText page;
  if (auto title = take_front_matter(text)) page.title = std::move(*title);
  Paragraphs paragraphs;
  std::string fence;  // that a block of code began with
  bool in_comment = false;
  const auto heading = [&](std::string_view content) {
    std::string name(trimmed(inline_text(content)));
    if (page.title.empty()) page.title = name;
    paragraphs.alone(name, false);
  };
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    std::string_view content = trimmed(line);
    if (!fence.empty()) {
      if (content.starts_with(fence) && all_of(content, fence.substr(0, 1)))
        fence.clear();
      else
        paragraphs.alone(content, true);
      continue;
    }
    if (in_comment || content.starts_with("<!--")) {
      in_comment = content.find("-->") == std::string_view::npos;
      continue;
    }
    while (content.starts_with('>')) content = trimmed(content.substr(1));
    if (content.starts_with("```") || content.starts_with("~~~")) {
      paragraphs.end();
      fence = content.substr(0, content.find_first_not_of(content.front()));
      continue;
    }
    if (content.empty()) {
      paragraphs.end();
      continue;
    }
    const std::size_t hashes = std::min(content.find_first_not_of('#'), content.size());
    if (hashes >= 1 && hashes <= 6 && (hashes == content.size() || is_space(content[hashes]))) {
      content = trimmed(content.substr(hashes));
      while (content.ends_with('#')) content.remove_suffix(1);
      heading(content);
    } else if (paragraphs.open() && (all_of(content, "=") || all_of(content, "-"))) {
      heading(paragraphs.take_current());
    } else if (all_of(content, "-*_ ") && content.size() >= 3) {
      paragraphs.end();  // a rule
    } else if (content.starts_with('|')) {
      if (all_of(content, "|-: ")) continue;
      content.remove_prefix(1);
      if (content.ends_with('|')) content.remove_suffix(1);
      paragraphs.alone(trimmed(inline_text(content)), true);
    } else if (const std::size_t sign = list_sign(content); sign > 0) {
      paragraphs.end();
      paragraphs.line(inline_text(trimmed(content.substr(sign))));
    } else {
      paragraphs.line(inline_text(content));
    }
  }
  page.text = paragraphs.finish();
  return page;
}

}  // namespace fathom::pages
