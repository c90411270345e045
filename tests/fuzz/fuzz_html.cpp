// HTML: any bytes are a page, whose blocks point into it; what the parser is given never nests deep.
#include <cstdlib>

#include "fathom/text/html_blocks.h"
#include "fathom/text/html_simplifier.h"
#include "fathom/text/html_tree.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fathom::text;
  constexpr std::size_t limit = 32, slack = 8;
  const std::string_view html = fathom::fuzz::as_text(data, size);
  HtmlOptions options;
  options.max_depth = limit;
  const HtmlPage page = parse_html(html, options);
  const std::string_view source = page.converted_source.empty() ? html : std::string_view(page.converted_source);
  for (const HtmlBlock& block : page.blocks) {
    expect(!block.segments.empty() && block.segments.front().text_begin == 0 && block.source_end <= source.size());
    for (std::size_t i = 0; i < block.segments.size(); ++i) {
      const HtmlSegment& segment = block.segments[i];
      const std::size_t end = i + 1 < block.segments.size() ? block.segments[i + 1].text_begin : block.text.size();
      expect(segment.text_begin < end && segment.source_begin <= segment.source_end && segment.source_end <= source.size());
      if (segment.origin != HtmlSegment::Origin::verbatim) continue;
      expect(source.substr(segment.source_begin, segment.source_end - segment.source_begin) ==
             std::string_view(block.text).substr(segment.text_begin, end - segment.text_begin));
    }
  }
  html_to_text(main_content(page.blocks));
  const SimplifiedHtml simplified = simplify_html(html, limit);
  expect(HtmlTree(simplified.html, std::size_t{1} << 30).depth() <= limit + slack);
  return 0;
}
