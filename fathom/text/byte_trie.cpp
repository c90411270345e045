#include "fathom/text/byte_trie.h"

#include <cstring>

namespace fathom::text {

const ByteTrie::Node* ByteTrie::child(const Node& node, char byte) const {
  for (const auto& [label, index] : node.children)
    if (label == static_cast<unsigned char>(byte)) return &nodes_[index];
  return nullptr;
}

void ByteTrie::add(std::string_view key, std::uint32_t value) {
  begins_[static_cast<unsigned char>(key.front())] = true;
  std::size_t at = 0;
  for (const char byte : key) {
    if (const Node* known = child(nodes_[at], byte)) {
      at = static_cast<std::size_t>(known - nodes_.data());
      continue;
    }
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    nodes_[at].children.emplace_back(static_cast<unsigned char>(byte), fresh);
    nodes_.emplace_back();
    at = fresh;
  }
  nodes_[at].value = value;
}

std::optional<std::uint32_t> ByteTrie::find(std::string_view key) const {
  const Node* node = &nodes_.front();
  for (const char byte : key) {
    node = child(*node, byte);
    if (node == nullptr) return std::nullopt;
  }
  return node->value;
}

// With one first byte (often '<') the C library looks for it many bytes at a time.
std::size_t ByteTrie::next_first_byte(std::string_view text, std::size_t from) const {
  const auto& first = nodes_.front().children;
  if (first.size() == 1 && from < text.size()) {
    const void* found = std::memchr(text.data() + from, first.front().first, text.size() - from);
    return found == nullptr ? text.size() : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
  }
  while (from < text.size() && !begins_[static_cast<unsigned char>(text[from])]) ++from;
  return from;
}

std::optional<ByteTrie::Match> ByteTrie::next(std::string_view text, std::size_t from) const {
  if (empty()) return std::nullopt;
  for (std::size_t begin = next_first_byte(text, from); begin < text.size(); begin = next_first_byte(text, begin + 1)) {
    std::optional<Match> longest;
    const Node* node = &nodes_.front();
    for (std::size_t end = begin; end < text.size();) {
      node = child(*node, text[end]);
      if (node == nullptr) break;
      ++end;
      if (node->value) longest = Match{begin, end, *node->value};
    }
    if (longest) return longest;
  }
  return std::nullopt;
}

}  // namespace fathom::text
