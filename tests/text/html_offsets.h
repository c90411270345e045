// What every page's blocks must satisfy, whatever the page.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "fathom/text/html_blocks.h"
#include "fathom/text/utf8.h"

namespace fathom::text {

// Segments cover each text without gaps, verbatim ones are the source's bytes, decoded ones have a place in the source, and none lies
// outside the block's source range. Returns how many bytes of text were verbatim.
inline std::size_t expect_true_offsets(const HtmlPage& page, std::string_view given) {
  const std::string_view source = page.converted_source.empty() ? given : std::string_view(page.converted_source);
  std::size_t verbatim = 0;
  for (const HtmlBlock& block : page.blocks) {
    EXPECT_EQ(valid_prefix(block.text), block.text.size());
    EXPECT_NE(block.text.find_first_not_of(" \t\r\n\f|"), std::string::npos);
    EXPECT_LE(block.link_bytes, block.text.size());
    EXPECT_LE(block.source_begin, block.source_end);
    EXPECT_LE(block.source_end, source.size());
    EXPECT_FALSE(block.segments.empty());
    for (std::size_t i = 0; i < block.segments.size(); ++i) {
      const HtmlSegment& segment = block.segments[i];
      const std::size_t end = i + 1 < block.segments.size() ? block.segments[i + 1].text_begin : block.text.size();
      EXPECT_TRUE(i > 0 || segment.text_begin == 0);
      EXPECT_LT(segment.text_begin, end);
      if (segment.origin == HtmlSegment::Origin::inserted) {
        EXPECT_EQ(segment.source_begin, segment.source_end);
        continue;
      }
      EXPECT_GE(segment.source_begin, block.source_begin);
      EXPECT_LE(segment.source_end, block.source_end);
      EXPECT_LT(segment.source_begin, segment.source_end) << block.text.substr(segment.text_begin, end - segment.text_begin);
      const std::string_view from = source.substr(segment.source_begin, segment.source_end - segment.source_begin);
      const std::string_view to = std::string_view(block.text).substr(segment.text_begin, end - segment.text_begin);
      if (segment.origin == HtmlSegment::Origin::verbatim) {
        EXPECT_EQ(from, to);
        verbatim += to.size();
      } else {
        const bool reference = from.starts_with('&');
        const bool space = from.find_first_not_of(" \t\r\n\f\xC2\xA0") == std::string_view::npos || from.starts_with('<');
        const bool replaced = to == "\xEF\xBF\xBD";
        // White space may have comments and tags between its parts.
        const bool joined = to == " " || to == "\n";
        EXPECT_TRUE(reference || space || replaced || joined) << from << " became " << to;
      }
    }
  }
  return verbatim;
}

}  // namespace fathom::text
