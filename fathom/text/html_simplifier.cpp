#include "fathom/text/html_simplifier.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "fathom/text/html_markup.h"
#include "fathom/text/html_open_elements.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

constexpr auto npos = std::string_view::npos;

// What happens to an element's tags.
enum class Treatment : std::uint8_t {
  keep,
  drop_tags,  // comments; the content stays
  drop_all,   // a comment from the start tag to the end tag
  raw,        // no tags inside
  rename,     // <xmp> to <pre>
};

using Treatments = std::array<Treatment, GUMBO_TAG_LAST + 1>;
constexpr Treatments treatments = [] {
  Treatments table{};
  const auto set = [&table](Treatment treatment, std::initializer_list<GumboTag> tags) {
    for (const GumboTag tag : tags) table[static_cast<std::size_t>(tag)] = treatment;
  };
  set(Treatment::drop_tags,
      {GUMBO_TAG_B,     GUMBO_TAG_BIG,      GUMBO_TAG_CODE,   GUMBO_TAG_EM,        GUMBO_TAG_FONT,    GUMBO_TAG_I,    GUMBO_TAG_NOBR,
       GUMBO_TAG_S,     GUMBO_TAG_SMALL,    GUMBO_TAG_STRIKE, GUMBO_TAG_STRONG,    GUMBO_TAG_TT,      GUMBO_TAG_U,    GUMBO_TAG_FORM,
       GUMBO_TAG_FRAME, GUMBO_TAG_FRAMESET, GUMBO_TAG_MATH,   GUMBO_TAG_PLAINTEXT, GUMBO_TAG_ISINDEX, GUMBO_TAG_IMAGE});
  set(Treatment::drop_all, {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_TEMPLATE, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_IFRAME, GUMBO_TAG_NOEMBED,
                            GUMBO_TAG_NOFRAMES, GUMBO_TAG_SELECT, GUMBO_TAG_SVG});
  set(Treatment::raw, {GUMBO_TAG_TITLE, GUMBO_TAG_TEXTAREA});
  set(Treatment::rename, {GUMBO_TAG_XMP});
  return table;
}();

class Simplifier {
 public:
  Simplifier(std::string_view source, std::size_t max_depth) : open_elements_(max_depth) { result_.html = source; }

  SimplifiedHtml run() {
    replace_bad_bytes();
    source_ = result_.html;  // what is behind the place that is read may be overwritten
    HtmlMarkup markup;
    for (std::size_t at = 0; next_markup(source_, at, markup);) at = visit(markup);
    return std::move(result_);
  }

 private:
  void replace_bad_bytes() {
    for (char& c : result_.html) {
      if (c == '\0' || c == html_raw_bracket) replace(c);
    }
    std::string& html = result_.html;
    for (std::size_t at = valid_prefix(html); at < html.size(); at += valid_prefix(std::string_view(html).substr(at))) replace(html[at]);
  }

  void replace(char& c) {
    c = html_bad_byte;
    ++result_.replaced_bytes;
  }

  // Returns where to go on.
  std::size_t visit(const HtmlMarkup& markup) {
    if (markup.kind == HtmlMarkup::Kind::comment) return comment(markup.begin, markup.end);
    switch (treatments[static_cast<std::size_t>(markup.tag)]) {
      case Treatment::drop_tags: return comment(markup.begin, markup.end);
      case Treatment::drop_all: return comment(markup.begin, content_end(markup));
      case Treatment::raw: return raw_text(markup);
      case Treatment::rename: std::memcpy(result_.html.data() + markup.name_end - 3, "pre", 3); break;
      case Treatment::keep: break;
    }
    return tag(markup);
  }

  std::size_t tag(const HtmlMarkup& markup) {
    const bool start = markup.kind == HtmlMarkup::Kind::start_tag;
    const GumboTag tag = markup.tag == GUMBO_TAG_XMP ? GUMBO_TAG_PRE : markup.tag;
    if (!(start ? open_elements_.start_tag(tag) : open_elements_.end_tag(tag))) {
      if (start) ++result_.neutralised_tags;
      return comment(markup.begin, markup.end);
    }
    // The parser merges the attributes of all <html> tags, and of all <body> tags.
    const bool root = tag == GUMBO_TAG_HTML || tag == GUMBO_TAG_BODY;
    bool& seen = tag == GUMBO_TAG_HTML ? seen_html_ : seen_body_;
    if (start && root && std::exchange(seen, true)) return comment(markup.begin, markup.end);
    if (markup.excess_attributes > 0) spaces(markup.excess_attributes, markup.end - 1);
    return markup.end;
  }

  // Behind the end tag that belongs to a start tag whose content is dropped. Without one, a script or style sheet takes the rest of the
  // page; of other elements only the start tag is dropped.
  std::size_t content_end(const HtmlMarkup& start) {
    if (start.kind == HtmlMarkup::Kind::end_tag) return start.end;
    const std::size_t end = end_tag(start);
    if (end != npos) return behind_tag(end);
    return start.tag == GUMBO_TAG_SCRIPT || start.tag == GUMBO_TAG_STYLE ? source_.size() : start.end;
  }

  std::size_t behind_tag(std::size_t begin) const {
    HtmlMarkup markup;
    return markup_at(source_, begin, markup) ? markup.end : source_.size();
  }

  // An end tag that is missing once is missing for all that follows: the page is not searched again.
  std::size_t end_tag(const HtmlMarkup& start) {
    bool& missing = missing_end_tag_[static_cast<std::size_t>(start.tag)];
    const std::size_t end = missing ? npos : find_end_tag(source_, start.end, gumbo_normalized_tagname(start.tag));
    missing = end == npos;
    return end;
  }

  // These hold no elements, so they need no place among the open ones.
  std::size_t raw_text(const HtmlMarkup& markup) {
    if (markup.kind == HtmlMarkup::Kind::end_tag) return markup.end;
    const std::size_t end = end_tag(markup);
    if (end == npos) return comment(markup.begin, markup.end);
    const auto byte = [this](std::size_t at) { return result_.html.begin() + static_cast<std::ptrdiff_t>(at); };
    std::replace(byte(markup.end), byte(end), '<', html_raw_bracket);
    return behind_tag(end);
  }

  // "<!    >": the parser skips it, and unlike spaces it does not part words.
  std::size_t comment(std::size_t begin, std::size_t end) {
    if (end - begin < 3) {
      spaces(begin, end);
      return end;
    }
    spaces(begin, end);
    result_.html[begin] = '<';
    result_.html[begin + 1] = '!';
    result_.html[end - 1] = '>';
    return end;
  }

  void spaces(std::size_t begin, std::size_t end) {
    std::fill(result_.html.begin() + static_cast<std::ptrdiff_t>(begin), result_.html.begin() + static_cast<std::ptrdiff_t>(end), ' ');
  }

  std::string_view source_;
  SimplifiedHtml result_;
  HtmlOpenElements open_elements_;
  std::array<bool, GUMBO_TAG_LAST + 1> missing_end_tag_{};
  bool seen_html_ = false, seen_body_ = false;
};

// The parser counts in 32 bits and takes "&#4294967334;" for "&#38;". A numeric reference with so many digits that this could happen names
// U+FFFD, as the HTML standard has it for numbers past U+10FFFF.
void replace_overflowing_references(std::string& html) {
  constexpr std::size_t harmless_digits = 7;
  for (std::size_t at = html.find("&#"); at != std::string::npos; at = html.find("&#", at + 2)) {
    std::size_t begin = at + 2;
    const bool hex = begin < html.size() && (html[begin] == 'x' || html[begin] == 'X');
    begin += hex ? 1 : 0;
    const std::size_t end = std::min(html.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789", begin), html.size());
    const std::size_t first = std::min(html.find_first_not_of('0', begin), end);
    if (end - first <= harmless_digits) continue;
    const std::string_view number = hex ? "fffd" : "65533";
    std::fill(html.begin() + static_cast<std::ptrdiff_t>(begin), html.begin() + static_cast<std::ptrdiff_t>(end), '0');
    html.replace(end - number.size(), number.size(), number);
  }
}

}  // namespace

SimplifiedHtml simplify_html(std::string_view source, std::size_t max_depth) {
  SimplifiedHtml result = Simplifier(source, max_depth).run();
  replace_overflowing_references(result.html);
  return result;
}

}  // namespace fathom::text
