#include "fathom/ops/packed.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "fathom/base/error.h"

namespace fathom::ops {

PackedSequences PackedSequences::from_offsets(std::vector<std::int32_t> offsets, at::Device device) {
  require(!offsets.empty() && offsets.front() == 0, "packed sequences: offsets must start with 0");
  PackedSequences result;
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    const std::int64_t length = std::int64_t{offsets[i]} - offsets[i - 1];
    require(length >= 0, "packed sequences: offset {} is {}, below the one before it ({}); offsets must not fall", i, offsets[i],
            offsets[i - 1]);
    result.max_length = std::max(result.max_length, length);
  }
  at::Tensor on_host = at::empty({static_cast<std::int64_t>(offsets.size())}, at::TensorOptions().dtype(at::kInt));
  std::memcpy(on_host.data_ptr<std::int32_t>(), offsets.data(), offsets.size() * sizeof(std::int32_t));
  result.cu_seqlens = on_host.to(device);
  result.host = std::move(offsets);
  return result;
}

PackedSequences PackedSequences::from_lengths(const std::vector<std::int64_t>& lengths, at::Device device) {
  std::vector<std::int32_t> offsets = {0};
  offsets.reserve(lengths.size() + 1);
  std::int64_t total = 0;
  for (std::int64_t length : lengths) {
    require(length >= 0, "packed sequences: a sequence of length {}; lengths must not be negative", length);
    total += length;
    require(total <= std::numeric_limits<std::int32_t>::max(), "packed sequences: {} tokens in one pack, at most {} fit", total,
            std::numeric_limits<std::int32_t>::max());
    offsets.push_back(static_cast<std::int32_t>(total));
  }
  return from_offsets(std::move(offsets), device);
}

}  // namespace fathom::ops
