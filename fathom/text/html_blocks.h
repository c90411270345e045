// HTML to a list of text blocks that know where in the source they stand. Parsing follows the HTML standard (tag soup included); what a
// reader does not see (head, script, style, template, noscript, comments, hidden elements) is left out.
//
//   const HtmlPage page = parse_html(read_file("page.html"));
//   for (const HtmlBlock& block : page.blocks) index(block.text, block.source_begin, block.source_end);
//   const std::string training_text = html_to_text(main_content(page.blocks));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

enum class HtmlBlockKind {
  title,         // <title>; at most one, the first block
  heading,       // <h1> … <h6>; level 1 to 6
  paragraph,     // <p>, <div>, … and text that stands between blocks
  list_item,     // <li>, <dt>, <dd>; level 1 for the outermost list
  table_row,     // the cells of a <tr>, with " | " between them
  caption,       // <caption>, <figcaption>
  preformatted,  // <pre>, <textarea>, <listing>, <plaintext>, <xmp>: white space is kept
  quote,         // text in <blockquote>; level 1 for the outermost
};
std::string_view name_of(HtmlBlockKind kind);  // "title", "heading", …

// The part of the page that a block stands in; the innermost one counts.
enum class HtmlRegion { body, nav, header, footer, aside };
std::string_view name_of(HtmlRegion region);

// A run of a block's text and the source that it was made from: text bytes [text_begin, the next segment's text_begin or the text's end)
// come from source bytes [source_begin, source_end).
struct HtmlSegment {
  enum class Origin : std::uint8_t {
    verbatim,  // the bytes are the same, one by one
    decoded,   // a character reference, white space made one space, <br>, or a byte that is no text (U+FFFD): the run as a whole
    inserted,  // not in the source (the " | " between cells): source_begin == source_end
  };
  std::size_t text_begin, source_begin, source_end;
  Origin origin;
};

struct HtmlBlock {
  HtmlBlockKind kind = HtmlBlockKind::paragraph;
  HtmlRegion region = HtmlRegion::body;
  bool in_main = false;                          // inside <main> or <article>
  int level = 0;                                 // of a heading, list item or quote; else 0
  std::string text;                              // valid UTF-8, never blank; one line unless preformatted or broken by <br>
  std::size_t source_begin = 0, source_end = 0;  // the source bytes of its first to its last character
  std::vector<HtmlSegment> segments;             // cover the text without gaps, in order
  std::size_t link_bytes = 0;                    // bytes of the text that stand inside <a href>

  double link_share() const { return text.empty() ? 0.0 : static_cast<double>(link_bytes) / static_cast<double>(text.size()); }
  // The source byte that text byte `text_offset` was made from; of a decoded run, its first byte. `text_offset` <= text.size(): the
  // text's end gives the source's end.
  std::size_t source_offset(std::size_t text_offset) const;
};

struct HtmlOptions {
  // The encoding that a transport named (HTTP header), by any name ICU knows; "" when none did. A byte-order mark is stronger, a
  // <meta> declaration weaker. A name that nobody knows is passed over.
  std::string declared_encoding = {};
  std::size_t max_depth = 512;                   // tags nested deeper are left out, their text stays; 1 to 1024
  std::size_t max_bytes = std::size_t{1} << 26;  // of the source; memory is 20 to 75 times the source (docs/html.md)
};

struct HtmlPage {
  std::vector<HtmlBlock> blocks;
  std::string language;  // of <html lang>, as written; "" when absent
  std::string encoding;  // what the source was read as: "UTF-8", "windows-1252", …
  // The source in UTF-8 when it was in another encoding, else empty. All offsets are byte offsets into the source as given if this is
  // empty (a byte-order mark counts), into this text otherwise.
  std::string converted_source;
  std::int64_t replaced_bytes = 0;    // that are no text in the encoding, or NUL; each became U+FFFD
  std::int64_t neutralised_tags = 0;  // left out because of max_depth; their text stays
};

// Throws Error when the source is longer than max_bytes; any bytes of permitted length are a page (perhaps one without blocks).
// Time and memory are linear in the source.
HtmlPage parse_html(std::string_view source, const HtmlOptions& options = {});

// The blocks that carry the page's content: see html_main_content.cpp for the rules (docs/html.md explains them). Keeps their order.
std::vector<HtmlBlock> main_content(const std::vector<HtmlBlock>& blocks);

// Plain text for training: headings, paragraphs, tables and preformatted text apart by a blank line, list items ("- ", indented by
// level) and rows of a table on lines that follow each other. Ends with a line break unless empty.
std::string html_to_text(const std::vector<HtmlBlock>& blocks);

}  // namespace fathom::text
