// Where sequences begin in packed tensors. fathom has no batch dimension: tokens of all sequences are laid end to end.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace fathom::ops {

struct PackedSequences {
  at::Tensor cu_seqlens;           // [sequences + 1] int32, on the device of the activations; starts at 0
  std::vector<std::int32_t> host;  // the same numbers on the host
  std::int64_t max_length = 0;

  std::int64_t count() const { return static_cast<std::int64_t>(host.size()) - 1; }
  std::int64_t tokens() const { return host.empty() ? 0 : host.back(); }

  static PackedSequences from_offsets(std::vector<std::int32_t> offsets, at::Device device);
  static PackedSequences from_lengths(const std::vector<std::int64_t>& lengths, at::Device device);
};

}  // namespace fathom::ops
