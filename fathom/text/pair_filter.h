// Tells most pairs that are not in a table from those that may be, in half a megabyte: while words are merged most pairs have no merge, and
// a table of 300,000 merges does not fit a core's cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fathom/text/pair_table.h"

namespace fathom::text {

class PairFilter {
 public:
  PairFilter() : bits_(std::size_t{1} << (log_bits - 6)) {}
  void add(PairKey key) { bits_[bit(key) / 64] |= std::uint64_t{1} << (bit(key) % 64); }
  // False: certainly not added.
  bool may_hold(PairKey key) const { return ((bits_[bit(key) / 64] >> (bit(key) % 64)) & 1) != 0; }

 private:
  static constexpr int log_bits = 22;
  static std::size_t bit(PairKey key) { return static_cast<std::size_t>((key * 0xD6E8FEB86659FD93ull) >> (64 - log_bits)); }

  std::vector<std::uint64_t> bits_;
};

}  // namespace fathom::text
