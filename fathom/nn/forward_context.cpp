#include "fathom/nn/forward_context.h"

#include <utility>

namespace fathom::nn {

ForwardContext ForwardContext::packed(ops::PackedSequences sequences) {
  ForwardContext context;
  at::Tensor positions = at::empty({sequences.tokens()}, at::TensorOptions().dtype(at::kLong));
  auto* out = positions.data_ptr<std::int64_t>();
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    const std::int64_t begin = sequences.host[static_cast<std::size_t>(s)], end = sequences.host[static_cast<std::size_t>(s) + 1];
    for (std::int64_t i = begin; i < end; ++i) out[i] = i - begin;
  }
  context.positions = positions.to(sequences.cu_seqlens.device());
  context.sequences = std::move(sequences);
  return context;
}

}  // namespace fathom::nn
