#include "fathom/train/multi_token_targets.h"

#include <cstdint>

#include "fathom/ops/cross_entropy.h"

namespace fathom::train {

MultiTokenTargets multi_token_targets(const at::Tensor& input_ids, const at::Tensor& targets, const ops::PackedSequences& sequences,
                                      std::int64_t depth) {
  const at::Tensor ids = input_ids.cpu().contiguous();
  const at::Tensor main_targets = targets.cpu().contiguous();
  at::Tensor next_ids = ids.clone();
  at::Tensor shifted = at::full_like(main_targets, ops::ignore_index);
  const std::int64_t* id = ids.data_ptr<std::int64_t>();
  const std::int64_t* target = main_targets.data_ptr<std::int64_t>();
  std::int64_t* next = next_ids.data_ptr<std::int64_t>();
  std::int64_t* out = shifted.data_ptr<std::int64_t>();
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    const std::int64_t begin = sequences.host[static_cast<std::size_t>(s)];
    const std::int64_t end = sequences.host[static_cast<std::size_t>(s) + 1];
    for (std::int64_t i = begin; i < end; ++i) {
      // The id depth + 1 places on: inside the sequence it is an input; one past the last input is known only as the last target.
      const std::int64_t ahead = i + depth + 1;
      if (ahead < end) {
        next[i] = id[ahead];
        out[i] = target[ahead];
      } else if (ahead == end && target[end - 1] >= 0) {
        next[i] = target[end - 1];
      }
    }
  }
  return {next_ids.to(input_ids.device()), shifted.to(targets.device())};
}

}  // namespace fathom::train
