#include "fathom/ops/cross_entropy_shapes.h"

#include <fmt/ranges.h>

#include "fathom/base/error.h"
#include "fathom/ops/cross_entropy.h"

namespace fathom::ops {

void check_projection(const char* operation, const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                      bool may_ignore) {
  require(hidden.dim() == 2 && weight.dim() == 2 && hidden.size(1) == weight.size(1) && targets.dim() == 1 &&
              targets.size(0) == hidden.size(0) && targets.scalar_type() == at::kLong,
          "{}: hidden [{}], weight [{}], targets [{}]; expected [tokens, width], [vocab, width] and int64 [tokens]", operation,
          fmt::join(hidden.sizes(), ", "), fmt::join(weight.sizes(), ", "), fmt::join(targets.sizes(), ", "));
  at::Tensor wrong = targets.lt(0).logical_or(targets.ge(weight.size(0)));
  if (may_ignore) wrong = wrong.logical_and(targets.ne(ignore_index));
  if (!wrong.any().item<bool>()) return;
  const at::Tensor place = wrong.nonzero()[0][0];
  fail("{}: target {} of token {} is outside the vocabulary [0, {})", operation, targets[place.item<std::int64_t>()].item<std::int64_t>(),
       place.item<std::int64_t>(), weight.size(0));
}

}  // namespace fathom::ops
