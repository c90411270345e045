#include "fathom/text/html_block_builder.h"

#include <algorithm>
#include <utility>

#include "fathom/text/html_markup.h"

namespace fathom::text {
namespace {

constexpr std::string_view no_break_space = "\xC2\xA0";
constexpr std::string_view cell_separator = " | ";

// Length of the white space that `text` begins with; a no-break space counts, because pages use it for layout.
std::size_t space_length(std::string_view text) {
  std::size_t length = 0;
  for (;;) {
    if (length < text.size() && is_html_space(text[length]))
      ++length;
    else if (text.substr(length).starts_with(no_break_space))
      length += no_break_space.size();
    else
      return length;
  }
}

// Length of the text before the next white space.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const char c = text[length];
    if (is_html_space(c) || (c == no_break_space[0] && text.substr(length).starts_with(no_break_space))) break;
    ++length;
  }
  return length;
}

}  // namespace

void HtmlBlockBuilder::open(const HtmlBlockContext& context) {
  if (open_) return;
  open_ = true;
  has_text_ = false;
  space_.any = false;
  block_ = {};
  block_.kind = context.preformatted ? HtmlBlockKind::preformatted : context.kind;
  block_.region = context.region;
  block_.level = context.preformatted ? 0 : context.level;
  block_.in_main = context.in_main;
}

void HtmlBlockBuilder::add(std::string_view text, std::size_t source_begin, std::size_t source_end, Origin origin, bool link) {
  const bool continues = !block_.segments.empty() && origin == Origin::verbatim && block_.segments.back().origin == Origin::verbatim &&
                         block_.segments.back().source_end == source_begin;
  if (continues)
    block_.segments.back().source_end = source_end;
  else
    block_.segments.push_back({block_.text.size(), source_begin, source_end, origin});
  block_.text += text;
  if (link) block_.link_bytes += text.size();
}

void HtmlBlockBuilder::add_pending_space() {
  if (space_.any && !block_.text.empty() && block_.text.back() != '\n' && !block_.text.ends_with(cell_separator)) {
    const bool verbatim = space_.verbatim;
    const bool from_source = space_.end > space_.begin;
    add(" ", space_.begin, space_.end, verbatim ? Origin::verbatim : from_source ? Origin::decoded : Origin::inserted, space_.link);
  }
  space_.any = false;
}

void HtmlBlockBuilder::text(const HtmlRun& run, const HtmlBlockContext& context) {
  // White space between blocks opens none.
  if (!open_ && space_length(run.text) == run.text.size()) return;
  open(context);
  if (context.preformatted)
    kept(run, context.link);
  else
    collapsed(run, context.link);
}

void HtmlBlockBuilder::collapsed(const HtmlRun& run, bool link) {
  for (std::size_t at = 0; at < run.text.size();) {
    const std::string_view rest = run.text.substr(at);
    // Of a run that is not verbatim, every part comes from all of its source.
    const auto begin = [&] { return run.verbatim ? run.source_begin + at : run.source_begin; };
    const auto end = [&](std::size_t length) { return run.verbatim ? run.source_begin + at + length : run.source_end; };
    if (const std::size_t length = space_length(rest); length > 0) {
      if (!space_.any) space_.begin = begin();
      space_.link = link;
      space_.verbatim = !space_.any && run.verbatim && length == 1 && rest[0] == ' ';
      space_.any = true;
      space_.end = end(length);
      at += length;
      continue;
    }
    add_pending_space();
    has_text_ = true;
    const std::size_t length = plain_length(rest);
    add(rest.substr(0, length), begin(), end(length), run.verbatim ? Origin::verbatim : Origin::decoded, link);
    at += length;
  }
}

void HtmlBlockBuilder::kept(const HtmlRun& run, bool link) {
  has_text_ = has_text_ || space_length(run.text) < run.text.size();
  add(run.text, run.source_begin, run.source_end, run.verbatim ? Origin::verbatim : Origin::decoded, link);
}

void HtmlBlockBuilder::line_break(std::size_t source_begin, std::size_t source_end, const HtmlBlockContext& context) {
  if (!open_) return;
  if (!context.preformatted && block_.text.ends_with('\n') && block_.kind != HtmlBlockKind::table_row) {
    end_block();
    return;
  }
  space_.any = false;
  if (block_.kind == HtmlBlockKind::table_row) {
    space_ = {true, false, false, source_begin, source_end};
  } else if (!block_.text.empty()) {
    add("\n", source_begin, source_end, source_begin < source_end ? Origin::decoded : Origin::inserted, false);
  }
}

void HtmlBlockBuilder::cell(const HtmlBlockContext& context) {
  open(context);
  space_.any = false;
  const std::size_t place = block_.segments.empty() ? 0 : block_.segments.back().source_end;
  add(block_.text.empty() ? cell_separator.substr(1) : cell_separator, place, place, Origin::inserted, false);
}

void HtmlBlockBuilder::gap() {
  if (!open_ || space_.any) return;
  const std::size_t place = block_.segments.empty() ? 0 : block_.segments.back().source_end;
  space_ = {true, false, false, place, place};
}

void HtmlBlockBuilder::trim_end() {
  const std::size_t last = block_.text.find_last_not_of(" \t\r\n\f");
  const std::size_t size = last == std::string::npos ? 0 : last + 1;
  block_.link_bytes = std::min(block_.link_bytes, size);
  while (!block_.segments.empty() && block_.segments.back().text_begin >= size) block_.segments.pop_back();
  if (!block_.segments.empty() && block_.segments.back().origin == Origin::verbatim) {
    HtmlSegment& segment = block_.segments.back();
    segment.source_end = segment.source_begin + (size - segment.text_begin);
  }
  block_.text.resize(size);
}

void HtmlBlockBuilder::end_block() {
  if (!std::exchange(open_, false) || !has_text_) return;
  trim_end();
  // Foster-parented text stands in another order than its source, so both ends are looked for.
  bool first = true;
  for (const HtmlSegment& segment : block_.segments) {
    if (segment.origin == Origin::inserted) continue;
    block_.source_begin = first ? segment.source_begin : std::min(block_.source_begin, segment.source_begin);
    block_.source_end = std::max(block_.source_end, segment.source_end);
    first = false;
  }
  blocks_.push_back(std::move(block_));
}

}  // namespace fathom::text
