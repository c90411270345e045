// Markdown and plain text as pages: a title, and text in which a line end ends a sentence (text/sentences.h).
#pragma once

#include <string>
#include <string_view>

namespace fathom::pages {

struct TitledText {
  std::string title;  // empty when the text names none
  std::string text;
};

// Lines of a paragraph become one line, unless they are items of a list or indented; paragraphs stay apart by a blank line.
TitledText read_plain_text(std::string_view text);

// CommonMark as a reader sees it, without its signs: headings (the first one is the title, unless front matter names another), lists,
// quotes, code, tables, links and emphasis. Whatever is no Markdown is text.
TitledText read_markdown(std::string_view text);

}  // namespace fathom::pages
