#include <string>

#include "fathom/text/html_blocks.h"

namespace fathom::text {
namespace {

// Blocks that belong together stand on lines that follow each other.
bool follows_closely(HtmlBlockKind previous, HtmlBlockKind kind) {
  return previous == kind && (kind == HtmlBlockKind::list_item || kind == HtmlBlockKind::table_row);
}

void append_lines(std::string& out, const std::string& text, std::string_view first, std::string_view others) {
  out += first;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += others;
  }
}

}  // namespace

std::string html_to_text(const std::vector<HtmlBlock>& blocks) {
  std::string out;
  const HtmlBlock* previous = nullptr;
  for (const HtmlBlock& block : blocks) {
    if (previous != nullptr) out += follows_closely(previous->kind, block.kind) ? "\n" : "\n\n";
    if (block.kind == HtmlBlockKind::list_item) {
      const std::string indent(2 * static_cast<std::size_t>(block.level - 1), ' ');
      append_lines(out, block.text, indent + "- ", indent + "  ");
    } else {
      out += block.text;
    }
    previous = &block;
  }
  if (!out.empty()) out += '\n';
  return out;
}

}  // namespace fathom::text
