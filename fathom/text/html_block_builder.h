// Puts runs of text together to one block after the other: white space becomes one space, and every byte remembers its source.
// Private to the room.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "fathom/text/html_blocks.h"
#include "fathom/text/html_source_map.h"

namespace fathom::text {

// What a block is that text at this place of the page belongs to.
struct HtmlBlockContext {
  HtmlBlockKind kind = HtmlBlockKind::paragraph;
  HtmlRegion region = HtmlRegion::body;
  int level = 0;
  bool in_main = false, preformatted = false, link = false;
};

class HtmlBlockBuilder {
 public:
  explicit HtmlBlockBuilder(std::vector<HtmlBlock>& blocks) : blocks_(blocks) {}

  // Text of the open block; opens one in `context` when there is none.
  void text(const HtmlRun& run, const HtmlBlockContext& context);
  // <br> at these source bytes (none for the </br> that means one); the second of two ends the block.
  void line_break(std::size_t source_begin, std::size_t source_end, const HtmlBlockContext& context);
  // Between the cells of a row.
  void cell(const HtmlBlockContext& context);
  // White space where a block inside a row begins or ends.
  void gap();
  // The open block, if there is text in it, is done.
  void end_block();

 private:
  using Origin = HtmlSegment::Origin;
  void open(const HtmlBlockContext& context);
  void collapsed(const HtmlRun& run, bool link);
  void kept(const HtmlRun& run, bool link);
  void add_pending_space();
  void add(std::string_view text, std::size_t source_begin, std::size_t source_end, Origin origin, bool link);
  void trim_end();

  std::vector<HtmlBlock>& blocks_;
  HtmlBlock block_;
  bool open_ = false, has_text_ = false;
  // White space that was read and not written, because nothing may follow it.
  struct {
    bool any = false, verbatim = false, link = false;
    std::size_t begin = 0, end = 0;
  } space_;
};

}  // namespace fathom::text
