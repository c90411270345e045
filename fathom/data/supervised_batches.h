// Packs prompts with their answers into batches for supervised fine-tuning: loss on the answers only, examples invisible to each
// other (DeepSeek-V3 §5.1), no padding.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/data/packed_batches.h"

namespace fathom::data {

struct SupervisedExample {
  std::vector<std::int64_t> ids;  // prompt, then answer with its end-of-sequence token
  std::int64_t answer_begin = 0;  // index of the answer's first token
};

struct SupervisedOptions {
  std::int64_t sequence_length = 512;  // capacity of a row
  std::int64_t sequences = 8;          // rows a batch
  std::uint64_t seed = 0;
};

class SupervisedBatches {
 public:
  // Examples longer than a row or without a token to learn are left out and counted. Throws Error when none is left.
  SupervisedBatches(std::vector<SupervisedExample> examples, SupervisedOptions options);

  // Batch number `index` ≥ 0 of the endless stream; rows are shuffled anew every epoch. A function of examples, options and index.
  // Not for concurrent calls.
  PackedBatch batch(std::int64_t index) const;
  std::int64_t batches_per_epoch() const;
  std::int64_t examples() const { return static_cast<std::int64_t>(examples_.size()); }
  std::int64_t left_out() const { return left_out_; }
  // Tokens that carry loss in one epoch.
  std::int64_t target_tokens() const;

 private:
  void append_example(const SupervisedExample& example, PackedBatch& batch) const;

  std::vector<SupervisedExample> examples_;
  SupervisedOptions options_;
  std::int64_t left_out_ = 0;
  std::vector<std::vector<std::int64_t>> rows_;  // the examples of each row
  mutable std::int64_t ordered_epoch_ = -1;
  mutable std::vector<std::int64_t> order_;
};

}  // namespace fathom::data
