// A page as Gumbo parses it, in memory that is freed in one go. Private to the room.
#pragma once

#include <gumbo.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace fathom::text {

class HtmlTree {
 public:
  // `html` must outlive the tree. Throws Error when the tree would need more than `max_memory` bytes.
  HtmlTree(std::string_view html, std::size_t max_memory);
  HtmlTree(const HtmlTree&) = delete;
  HtmlTree& operator=(const HtmlTree&) = delete;

  const GumboNode* document() const { return output_->document; }
  const GumboNode* root() const { return output_->root; }  // <html>
  // Elements on the longest way from the root.
  std::size_t depth() const;

 private:
  static void* allocate(void* tree, std::size_t size);

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  std::size_t left_ = 0, used_ = 0, max_memory_;
  GumboOutput* output_ = nullptr;
};

// Children of an element, document or template; none for text.
const GumboVector* children_of(const GumboNode* node);

}  // namespace fathom::text
