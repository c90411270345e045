// Packs the tokens of a corpus into training batches of rows of fixed length, in a seeded order that changes every epoch.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/data/token_corpus.h"

namespace fathom::data {

// Sequences laid end to end; targets are the next tokens (-100: no loss).
struct PackedBatch {
  std::vector<std::int64_t> input_ids;   // [tokens]
  std::vector<std::int64_t> targets;     // [tokens]
  std::vector<std::int64_t> positions;   // [tokens], restarts where cu_seqlens restarts
  std::vector<std::int32_t> cu_seqlens;  // [sequences + 1]: the attention spans
};

struct PackingOptions {
  std::int64_t sequence_length = 512;
  std::int64_t sequences = 8;           // rows a batch
  bool attend_across_documents = true;  // DeepSeek-V3 §4.1 packs without masking between documents; false isolates them
  std::uint64_t seed = 0;
};

class PackedBatches {
 public:
  // `tokens` must outlive the object. Throws Error when it holds fewer than sequence_length + 1 tokens.
  PackedBatches(const TokenCorpus& tokens, PackingOptions options);
  // Batch number `index` ≥ 0 of the endless shuffled stream: a function of corpus, options and index, so resuming is setting the
  // index. Not for concurrent calls (the order of the current epoch is kept).
  PackedBatch batch(std::int64_t index) const;
  std::int64_t batches_per_epoch() const;

 private:
  const std::vector<std::int64_t>& order(std::int64_t epoch) const;
  void append_row(std::int64_t row, PackedBatch& batch) const;
  // The first document that begins after `token`.
  std::int64_t next_document(std::int64_t token) const;

  const TokenCorpus* tokens_;
  PackingOptions options_;
  std::int64_t rows_ = 0;
  mutable std::int64_t ordered_epoch_ = -1;
  mutable std::vector<std::int64_t> order_;
};

}  // namespace fathom::data
