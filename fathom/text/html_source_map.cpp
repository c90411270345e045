#include "fathom/text/html_source_map.h"

#include <gumbo.h>

#include <algorithm>

#include "fathom/text/html_markup.h"
#include "fathom/text/html_simplifier.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

constexpr std::size_t longest_name = 33;  // "&CounterClockwiseContourIntegral;"
constexpr std::string_view replacement_character = "\xEF\xBF\xBD";
constexpr std::size_t remembered_names = 1 << 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::size_t numeric_reference_length(std::string_view text) {
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::size_t begin = hex ? 3 : 2;
  std::size_t end = begin;
  while (end < text.size() && (hex ? is_hex_digit(text[end]) : is_digit(text[end]))) ++end;
  if (end == begin) return 0;
  return end < text.size() && text[end] == ';' ? end + 1 : end;
}

// The text that Gumbo makes of a short string without markup.
std::string decoded(std::string_view text) {
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, text.data(), text.size());
  std::string result;
  const GumboVector& parts = output->root->v.element.children;
  for (unsigned i = 0; i < parts.length; ++i) {
    const auto* part = static_cast<const GumboNode*>(parts.data[i]);
    if (part->type != GUMBO_NODE_ELEMENT) continue;
    for (unsigned k = 0; k < part->v.element.children.length; ++k) {
      const auto* node = static_cast<const GumboNode*>(part->v.element.children.data[k]);
      if (node->type == GUMBO_NODE_TEXT) result += node->v.text.text;
    }
  }
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return result;
}

}  // namespace

// Gumbo knows the names but does not say how far a reference went ("&notit;" is "¬it;"). One or two characters of its result are the
// reference's, and the rest are the letters behind it: that rest says how many bytes the reference has.
HtmlSourceMap::Reference HtmlSourceMap::named_reference(std::string_view candidate) {
  const auto found = named_.find(std::string(candidate));
  if (found != named_.end()) return found->second;
  const std::string text = decoded(candidate);
  Reference reference;
  std::size_t bytes = 0;
  for (int characters = 1; characters <= 2 && text != candidate && reference.source_bytes == 0; ++characters) {
    bytes += character_length(std::string_view(text).substr(bytes));
    const std::string_view rest = std::string_view(text).substr(bytes);
    if (candidate.ends_with(rest)) reference = {candidate.size() - rest.size(), bytes};
  }
  if (named_.size() >= remembered_names) named_.clear();
  named_.emplace(candidate, reference);
  return reference;
}

HtmlSourceMap::Reference HtmlSourceMap::reference(std::size_t at, std::string_view text) {
  const std::string_view rest = html_.substr(at);
  if (rest.size() > 1 && rest[1] == '#') return {numeric_reference_length(rest), std::max<std::size_t>(character_length(text), 1)};
  std::size_t end = 1;
  while (end < rest.size() && end < longest_name && (is_ascii_letter(rest[end]) || is_digit(rest[end]))) ++end;
  if (end == 1) return {};
  if (end < rest.size() && rest[end] == ';') ++end;
  const std::string_view candidate = rest.substr(0, end);
  // Text that still spells the name was no reference, except when the reference is an ampersand.
  if (text.starts_with(candidate) && !candidate.starts_with("&amp") && !candidate.starts_with("&AMP")) return {};
  return named_reference(candidate);
}

HtmlRun HtmlSourceMap::next(std::string_view& text, std::size_t& at) {
  HtmlMarkup markup;
  while (at < html_.size() && html_[at] == '<' && markup_at(html_, at, markup)) at = markup.end;
  HtmlRun run{text.substr(0, 0), at, at, false};
  const auto take = [&](std::size_t text_bytes, std::size_t source_bytes, bool verbatim) {
    run.text = text.substr(0, text_bytes);
    run.source_end = std::min(at + source_bytes, html_.size());
    run.verbatim = verbatim;
    text.remove_prefix(run.text.size());
    at = run.source_end;
    return run;
  };
  const std::string_view source = html_.substr(std::min(at, html_.size()));
  std::size_t same = 0;
  const std::size_t limit = std::min(text.size(), source.size());
  while (same < limit && text[same] == source[same] && source[same] != '&' && (source[same] != '<' || same == 0)) ++same;
  if (same > 0) return take(same, same, true);
  if (!source.empty() && source[0] == '&') {
    const Reference found = reference(at, text);
    if (found.source_bytes > 0) return take(found.text_bytes, found.source_bytes, false);
    if (text[0] == '&') return take(1, 1, true);
  }
  if (!source.empty() && source[0] == '\r' && text[0] == '\n') return take(1, source.starts_with("\r\n") ? 2 : 1, false);
  // The parser replaces control characters and noncharacters, and with them our html_bad_byte.
  if (!source.empty() && text.starts_with(replacement_character)) {
    if (source[0] == html_raw_bracket) {
      take(replacement_character.size(), 1, true);
      run.text = "<";
      return run;
    }
    return take(replacement_character.size(), std::max<std::size_t>(character_length(source), 1), false);
  }
  // Not where the parser says it is: the rest is known to come from here, and no more.
  return take(text.size(), 0, false);
}

}  // namespace fathom::text
