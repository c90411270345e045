// The content of a page without its menus, banners and lists of links, by three rules that a reader can follow (docs/html.md):
// 1. Blocks in nav, header, footer and aside go.
// 2. If the page marks <main> or <article> and a good part of the rest is inside, only that stays.
// 3. Of what is left, units (a block, or a run of list items or rows) that are long and have few links stay; units that are mostly links
//    go; short ones stay beside a unit that stays, and headings before one.
#include <algorithm>
#include <cstddef>

#include "fathom/text/html_blocks.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

constexpr double main_share = 0.25;     // of the text, for rule 2
constexpr std::size_t long_unit = 100;  // weighted characters
constexpr double few_links = 0.33, mostly_links = 0.5;
constexpr std::size_t neighbourhood = 3;  // units

enum class Class { good, bad, brief, heading };

struct Unit {
  std::size_t begin, end;  // indices of blocks
  Class kind;
  bool keep = false;
};

// Characters; those of scripts without spaces say as much as three letters.
std::size_t weight(const std::string& text) {
  std::size_t characters = 0, dense = 0;
  for (const char c : text) {
    characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    dense += static_cast<unsigned char>(c) >= 0xE3 && static_cast<unsigned char>(c) <= 0xED;
  }
  return characters + 2 * dense;
}

bool joins_units(HtmlBlockKind kind) { return kind == HtmlBlockKind::list_item || kind == HtmlBlockKind::table_row; }

Class classify(const std::vector<HtmlBlock>& blocks, std::size_t begin, std::size_t end) {
  if (blocks[begin].kind == HtmlBlockKind::heading) return Class::heading;
  std::size_t size = 0, link_bytes = 0, bytes = 0;
  for (std::size_t i = begin; i < end; ++i) {
    size += weight(blocks[i].text);
    bytes += blocks[i].text.size();
    link_bytes += blocks[i].link_bytes;
  }
  const double links = static_cast<double>(link_bytes) / static_cast<double>(bytes);
  if (links > mostly_links) return Class::bad;
  return size >= long_unit && links <= few_links ? Class::good : Class::brief;
}

std::vector<Unit> units_of(const std::vector<HtmlBlock>& blocks) {
  std::vector<Unit> units;
  for (std::size_t begin = 0; begin < blocks.size();) {
    std::size_t end = begin + 1;
    while (joins_units(blocks[begin].kind) && end < blocks.size() && blocks[end].kind == blocks[begin].kind) ++end;
    const Class kind = classify(blocks, begin, end);
    units.push_back({begin, end, kind, kind == Class::good});
    begin = end;
  }
  return units;
}

// Whether a good unit is near in this direction, with nothing bad in between.
bool good_unit_near(const std::vector<Unit>& units, std::size_t from, bool forward) {
  for (std::size_t distance = 1; distance <= neighbourhood; ++distance) {
    if (forward ? from + distance >= units.size() : distance > from) return false;
    const Unit& unit = units[forward ? from + distance : from - distance];
    if (unit.kind == Class::good) return true;
    if (unit.kind == Class::bad) return false;
  }
  return false;
}

std::vector<HtmlBlock> select(const std::vector<HtmlBlock>& blocks, bool main_only) {
  std::vector<HtmlBlock> kept;
  for (const HtmlBlock& block : blocks) {
    const bool title = block.kind == HtmlBlockKind::title;
    if (title || (block.region == HtmlRegion::body && (block.in_main || !main_only))) kept.push_back(block);
  }
  return kept;
}

bool marks_main(const std::vector<HtmlBlock>& blocks) {
  std::size_t inside = 0, all = 0;
  for (const HtmlBlock& block : blocks) {
    const std::size_t size = block.region == HtmlRegion::body ? weight(block.text) : 0;
    all += size;
    inside += block.in_main ? size : 0;
  }
  return inside > 0 && static_cast<double>(inside) >= main_share * static_cast<double>(all);
}

}  // namespace

std::vector<HtmlBlock> main_content(const std::vector<HtmlBlock>& blocks) {
  const std::vector<HtmlBlock> candidates = select(blocks, marks_main(blocks));
  std::vector<Unit> units = units_of(candidates);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool before_good = good_unit_near(units, i, true);
    if (units[i].kind == Class::heading) units[i].keep = before_good;
    if (units[i].kind == Class::brief) units[i].keep = before_good || good_unit_near(units, i, false);
  }
  std::vector<HtmlBlock> result;
  for (const Unit& unit : units) {
    for (std::size_t i = unit.begin; i < unit.end; ++i) {
      if (unit.keep || candidates[i].kind == HtmlBlockKind::title) result.push_back(candidates[i]);
    }
  }
  return result;
}

}  // namespace fathom::text
