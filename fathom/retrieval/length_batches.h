// Sentences batched by equal length, so that no position of a batch is padding.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace fathom::retrieval {

class LengthBatches {
 public:
  // Sentences as ids without start and end; none is empty. Throws Error when there is none.
  LengthBatches(const std::vector<std::vector<std::int64_t>>& sentences, std::int64_t batch_size, std::uint64_t seed, at::Device device);

  std::int64_t batches_per_epoch() const { return per_epoch_; }
  std::int64_t sentences() const { return sentences_; }
  // Batch `step` ≥ 0, a function of the step and the seed alone: [≤ batch_size, length] int64 on the device. In each epoch every sentence
  // comes once, sentences of a length in a new order, lengths in random order.
  at::Tensor batch(std::int64_t step);

 private:
  struct Place {
    std::size_t length;         // index into by_length_
    std::int64_t begin, count;  // in its order
  };
  void plan(std::int64_t epoch);

  std::vector<at::Tensor> by_length_;  // [sentences, length] on the device
  std::int64_t batch_size_, sentences_ = 0, per_epoch_ = 0, epoch_ = -1;
  std::uint64_t seed_;
  std::vector<at::Tensor> order_;  // of each length, on the device
  std::vector<Place> places_;      // of the epoch's batches
  at::Device device_;
};

}  // namespace fathom::retrieval
