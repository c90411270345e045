// A model of the parser's stack of open elements (HTML standard, §13.2.4.2 and §13.2.6), good for one question: how deep would the
// next tag nest? Where it does not follow the standard exactly, it counts too many elements, never too few.
// Private to the room.
#pragma once

#include <gumbo.h>

#include <array>
#include <cstddef>
#include <vector>

namespace fathom::text {

class HtmlOpenElements {
 public:
  explicit HtmlOpenElements(std::size_t max_depth) : max_depth_(max_depth) {}

  // Whether the parser may see the tag. False: it opens an element deeper than the limit, or closes such a one.
  bool start_tag(GumboTag tag);
  bool end_tag(GumboTag tag);

 private:
  using TagSet = std::array<bool, GUMBO_TAG_LAST + 1>;

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  // The innermost open element among `wanted`, above any of `stops`; none when there is no such element.
  std::size_t find(const TagSet& wanted, const TagSet& stops) const;
  void pop_to(std::size_t index);  // this element and all above it
  void open(GumboTag tag);

  void close_for(GumboTag tag);
  void close_paragraph();
  void close_list_item(GumboTag tag);
  void close_in_table(GumboTag tag);
  void close_anchor();

  std::size_t max_depth_;
  std::vector<GumboTag> elements_;                        // innermost last; at most max_depth_
  std::array<std::size_t, GUMBO_TAG_LAST + 1> hidden_{};  // open elements that the parser does not see, by tag
  std::size_t hidden_total_ = 0;
};

bool is_void_element(GumboTag tag);

}  // namespace fathom::text
