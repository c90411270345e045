// Rules about which tokens may come next, beside what the model finds likely.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::engine {

class TokenConstraint {
 public:
  virtual ~TokenConstraint() = default;
  // generated: the ids so far, without the prompt. logits: [vocab] fp32, those of tokens that must not follow become -inf; at least one
  // stays. Called from several threads. Throws Error when no token may follow.
  virtual void restrict(const std::vector<std::int64_t>& generated, float* logits, std::int64_t vocab) const = 0;
};

}  // namespace fathom::engine
