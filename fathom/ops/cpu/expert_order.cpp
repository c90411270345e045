#include "fathom/ops/cpu/expert_order.h"

#include <limits>

#include "fathom/base/error.h"

namespace fathom::ops::cpu {

ExpertOrder::ExpertOrder(const std::int64_t* chosen, std::int64_t tokens, std::int64_t top_k, std::int64_t experts)
    : top_k_(top_k), offsets_(static_cast<std::size_t>(experts) + 1, 0) {
  const std::int64_t pairs = tokens * top_k;
  require(pairs <= std::numeric_limits<std::int32_t>::max(), "moe_experts: {} tokens with {} experts each in one pass; split them", tokens,
          top_k);
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const std::int64_t expert = chosen[pair];
    require(expert >= 0 && expert < experts, "moe_experts: token {} is sent to expert {}, outside [0, {})", pair / top_k, expert, experts);
    ++offsets_[static_cast<std::size_t>(expert) + 1];
  }
  for (std::size_t expert = 1; expert < offsets_.size(); ++expert) offsets_[expert] += offsets_[expert - 1];
  pair_at_.resize(static_cast<std::size_t>(pairs));
  position_of_.resize(static_cast<std::size_t>(pairs));
  std::vector<std::int64_t> next(offsets_.begin(), offsets_.end() - 1);
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    const std::int64_t position = next[static_cast<std::size_t>(chosen[pair])]++;
    pair_at_[static_cast<std::size_t>(position)] = static_cast<std::int32_t>(pair);
    position_of_[static_cast<std::size_t>(pair)] = static_cast<std::int32_t>(position);
  }
}

}  // namespace fathom::ops::cpu
