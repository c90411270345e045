#include "fathom/text/html_tree.h"

#include <algorithm>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;
constexpr std::size_t alignment = alignof(std::max_align_t);

}  // namespace

HtmlTree::HtmlTree(std::string_view html, std::size_t max_memory) : max_memory_(max_memory) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &HtmlTree::allocate;
  options.deallocator = [](void*, void*) {};
  options.userdata = this;
  options.max_errors = 0;  // broken markup is the rule, and a list of it grows with the page
  output_ = gumbo_parse_with_options(&options, html.data(), html.size());
}

// Gumbo gives little back before the end, so nothing is freed until all is. It cannot handle a null pointer: the exception passes through
// its frames, which own nothing but this memory.
void* HtmlTree::allocate(void* tree, std::size_t size) {
  auto& self = *static_cast<HtmlTree*>(tree);
  size = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
  if (size > self.left_) {
    const std::size_t wanted = std::max(size, block_bytes);
    require(wanted <= self.max_memory_ - self.used_, "the HTML page needs more than {} bytes of memory to parse", self.max_memory_);
    self.blocks_.push_back(std::make_unique_for_overwrite<char[]>(wanted));
    self.used_ += wanted;
    self.free_ = self.blocks_.back().get();
    self.left_ = wanted;
  }
  self.left_ -= size;
  return std::exchange(self.free_, self.free_ + size);
}

const GumboVector* children_of(const GumboNode* node) {
  switch (node->type) {
    case GUMBO_NODE_DOCUMENT: return &node->v.document.children;
    case GUMBO_NODE_ELEMENT:
    case GUMBO_NODE_TEMPLATE: return &node->v.element.children;
    default: return nullptr;
  }
}

std::size_t HtmlTree::depth() const {
  std::vector<std::pair<const GumboNode*, std::size_t>> open = {{root(), 1}};
  std::size_t deepest = 0;
  while (!open.empty()) {
    const auto [node, depth] = open.back();
    open.pop_back();
    const GumboVector* children = children_of(node);
    if (children == nullptr) continue;
    deepest = std::max(deepest, depth);
    for (unsigned i = 0; i < children->length; ++i) open.emplace_back(static_cast<const GumboNode*>(children->data[i]), depth + 1);
  }
  return deepest;
}

}  // namespace fathom::text
