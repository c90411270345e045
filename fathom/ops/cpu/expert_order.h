// The (token, place) pairs of a routing sorted by expert, tokens in order within each: where every expert finds its rows.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::ops::cpu {

class ExpertOrder {
 public:
  // chosen [tokens, top_k]. Throws Error for an expert outside [0, experts).
  ExpertOrder(const std::int64_t* chosen, std::int64_t tokens, std::int64_t top_k, std::int64_t experts);

  std::int64_t experts() const { return static_cast<std::int64_t>(offsets_.size()) - 1; }
  std::int64_t pairs() const { return static_cast<std::int64_t>(pair_at_.size()); }
  std::int64_t top_k() const { return top_k_; }
  // Positions [begin(e), begin(e) + rows(e)) belong to expert e.
  std::int64_t begin(std::int64_t expert) const { return offsets_[static_cast<std::size_t>(expert)]; }
  std::int64_t rows(std::int64_t expert) const { return begin(expert + 1) - begin(expert); }
  // The pair token · top_k + place at a position, and back.
  std::int64_t pair_at(std::int64_t position) const { return pair_at_[static_cast<std::size_t>(position)]; }
  std::int64_t token_at(std::int64_t position) const { return pair_at(position) / top_k_; }
  std::int64_t position_of(std::int64_t pair) const { return position_of_[static_cast<std::size_t>(pair)]; }

 private:
  std::int64_t top_k_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::int32_t> pair_at_, position_of_;
};

}  // namespace fathom::ops::cpu
