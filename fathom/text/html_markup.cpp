#include "fathom/text/html_markup.h"

#include <algorithm>

namespace fathom::text {
namespace {

constexpr auto npos = std::string_view::npos;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool ends_name(char c) { return is_html_space(c) || c == '/' || c == '>'; }

// Behind the attribute that begins at `at`: name, and perhaps "= value" with or without quotes.
std::size_t skip_attribute(std::string_view html, std::size_t at) {
  ++at;  // whatever it is: "=" may begin a name
  while (at < html.size() && !ends_name(html[at]) && html[at] != '=') ++at;
  std::size_t after = at;
  while (after < html.size() && is_html_space(html[after])) ++after;
  if (after >= html.size() || html[after] != '=') return at;
  at = after + 1;
  while (at < html.size() && is_html_space(html[at])) ++at;
  if (at >= html.size() || html[at] == '>') return at;
  if (html[at] == '"' || html[at] == '\'') {
    const std::size_t close = html.find(html[at], at + 1);
    return close == npos ? html.size() : close + 1;
  }
  while (at < html.size() && !is_html_space(html[at]) && html[at] != '>') ++at;
  return at;
}

// The tag whose name begins at `name`.
void scan_tag(std::string_view html, std::size_t name, HtmlMarkup& markup) {
  std::size_t at = name;
  while (at < html.size() && !ends_name(html[at])) ++at;
  markup.name_end = at;
  markup.tag = gumbo_tagn_enum(html.data() + name, static_cast<unsigned>(std::min<std::size_t>(at - name, 64)));
  for (std::size_t attributes = 0; at < html.size() && html[at] != '>';) {
    if (is_html_space(html[at]) || html[at] == '/') {
      ++at;
      continue;
    }
    if (attributes++ == max_html_attributes) markup.excess_attributes = at;
    at = skip_attribute(html, at);
  }
  markup.end = std::min(at + 1, html.size());
  if (at >= html.size()) markup.kind = HtmlMarkup::Kind::comment;
}

std::size_t behind_next_bracket(std::string_view html, std::size_t at) {
  const std::size_t close = html.find('>', at);
  return close == npos ? html.size() : close + 1;
}

std::size_t comment_end(std::string_view html, std::size_t at) {
  if (html.substr(at).starts_with("<!--")) {
    if (html.substr(at + 4).starts_with(">")) return at + 5;
    if (html.substr(at + 4).starts_with("->")) return at + 6;
    for (std::size_t dashes = html.find("--", at + 4); dashes != npos; dashes = html.find("--", dashes + 1)) {
      if (html.substr(dashes + 2).starts_with(">")) return dashes + 3;
      if (html.substr(dashes + 2).starts_with("!>")) return dashes + 4;
    }
    return html.size();
  }
  return behind_next_bracket(html, at);
}

}  // namespace

bool is_html_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

bool is_ascii_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

bool markup_at(std::string_view html, std::size_t at, HtmlMarkup& markup) {
  if (at + 1 >= html.size()) return false;
  markup = HtmlMarkup{};
  markup.begin = at;
  const char next = html[at + 1];
  if (is_ascii_letter(next)) {
    markup.kind = HtmlMarkup::Kind::start_tag;
    scan_tag(html, at + 1, markup);
    return true;
  }
  if (next == '/') {
    if (at + 2 >= html.size()) return false;
    if (is_ascii_letter(html[at + 2])) {
      markup.kind = HtmlMarkup::Kind::end_tag;
      scan_tag(html, at + 2, markup);
      return true;
    }
    markup.end = behind_next_bracket(html, at);
    return true;
  }
  if (next != '!' && next != '?') return false;
  markup.end = comment_end(html, at);
  return true;
}

bool next_markup(std::string_view html, std::size_t from, HtmlMarkup& markup) {
  for (std::size_t at = html.find('<', from); at != npos; at = html.find('<', at + 1)) {
    if (markup_at(html, at, markup)) return true;
  }
  return false;
}

std::size_t find_end_tag(std::string_view html, std::size_t from, std::string_view name) {
  for (std::size_t at = html.find("</", from); at != npos; at = html.find("</", at + 2)) {
    const std::string_view found = html.substr(at + 2, name.size());
    const std::size_t behind = at + 2 + name.size();
    if (behind < html.size() && ends_name(html[behind]) &&
        std::equal(found.begin(), found.end(), name.begin(), name.end(), [](char a, char b) { return lower(a) == b; })) {
      return at;
    }
  }
  return npos;
}

}  // namespace fathom::text
