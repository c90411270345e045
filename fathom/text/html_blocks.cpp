#include "fathom/text/html_blocks.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/text/html_encoding.h"
#include "fathom/text/html_simplifier.h"
#include "fathom/text/html_tree.h"
#include "fathom/text/html_walker.h"

namespace fathom::text {
namespace {

// Of the tree; pages of nothing but small elements need about half. More is a page made to exhaust memory.
constexpr std::size_t memory_factor = 64;
constexpr std::size_t small_page_memory = std::size_t{16} << 20;

// The mark is no text, and would begin the body before the head.
void blank_byte_order_mark(std::string& html) {
  if (html.starts_with("\xEF\xBB\xBF")) html.replace(0, 3, 3, ' ');
}

}  // namespace

std::string_view name_of(HtmlBlockKind kind) {
  switch (kind) {
    case HtmlBlockKind::title: return "title";
    case HtmlBlockKind::heading: return "heading";
    case HtmlBlockKind::paragraph: return "paragraph";
    case HtmlBlockKind::list_item: return "list_item";
    case HtmlBlockKind::table_row: return "table_row";
    case HtmlBlockKind::caption: return "caption";
    case HtmlBlockKind::preformatted: return "preformatted";
    case HtmlBlockKind::quote: return "quote";
  }
  return "";
}

std::string_view name_of(HtmlRegion region) {
  switch (region) {
    case HtmlRegion::body: return "body";
    case HtmlRegion::nav: return "nav";
    case HtmlRegion::header: return "header";
    case HtmlRegion::footer: return "footer";
    case HtmlRegion::aside: return "aside";
  }
  return "";
}

std::size_t HtmlBlock::source_offset(std::size_t text_offset) const {
  if (text_offset >= text.size()) return source_end;
  const auto behind = std::upper_bound(segments.begin(), segments.end(), text_offset,
                                       [](std::size_t offset, const HtmlSegment& segment) { return offset < segment.text_begin; });
  const HtmlSegment& segment = *(behind - 1);
  return segment.source_begin + (segment.origin == HtmlSegment::Origin::verbatim ? text_offset - segment.text_begin : 0);
}

HtmlPage parse_html(std::string_view source, const HtmlOptions& options) {
  require(source.size() <= options.max_bytes, "the HTML page has {} bytes; at most {} are read (max_bytes)", source.size(),
          options.max_bytes);
  require(options.max_depth >= 1 && options.max_depth <= 1024, "max_depth must be 1 to 1024, not {}", options.max_depth);
  HtmlPage page;
  DecodedHtml decoded = decode_html(source, options.declared_encoding);
  page.encoding = std::move(decoded.encoding);
  page.converted_source = std::move(decoded.utf8);
  SimplifiedHtml simplified = simplify_html(page.encoding == "UTF-8" ? source : page.converted_source, options.max_depth);
  blank_byte_order_mark(simplified.html);
  page.replaced_bytes = decoded.replaced_bytes + simplified.replaced_bytes;
  page.neutralised_tags = simplified.neutralised_tags;
  const HtmlTree tree(simplified.html, memory_factor * simplified.html.size() + small_page_memory);
  walk_html(tree, simplified.html, page);
  return page;
}

}  // namespace fathom::text
