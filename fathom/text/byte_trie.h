// A set of byte strings that finds the leftmost, longest of them in a text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace fathom::text {

class ByteTrie {
 public:
  struct Match {
    std::size_t begin = 0, end = 0;
    std::uint32_t value = 0;
  };

  bool empty() const { return nodes_.size() == 1; }
  // `key` is not empty and was not added before.
  void add(std::string_view key, std::uint32_t value);
  std::optional<std::uint32_t> find(std::string_view key) const;
  // The first key in `text` at or after `from`; of several at one place the longest.
  std::optional<Match> next(std::string_view text, std::size_t from) const;

 private:
  struct Node {
    std::optional<std::uint32_t> value;
    std::vector<std::pair<unsigned char, std::uint32_t>> children;  // indices into nodes_
  };
  const Node* child(const Node& node, char byte) const;
  std::size_t next_first_byte(std::string_view text, std::size_t from) const;

  std::vector<Node> nodes_ = std::vector<Node>(1);  // [0] is the root
  std::array<bool, 256> begins_{};                  // bytes that some key begins with
};

}  // namespace fathom::text
