// Packs token files into training batches of fixed length rows, in a seeded order that is a function of (seed, epoch).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fathom/data/token_file.h"

namespace fathom::data {

struct PackedBatch {
  // `sequences` rows of `length` inputs laid end to end; targets are the next tokens (-100: no loss).
  std::vector<std::int64_t> input_ids;    // [sequences * length]
  std::vector<std::int64_t> targets;      // [sequences * length]
  std::vector<std::int64_t> positions;    // [sequences * length], restarts where cu_seqlens restarts
  std::vector<std::int32_t> cu_seqlens;   // attention spans: one a row, or one a document piece when documents are isolated
};

struct PackingOptions {
  std::int64_t sequence_length = 512;
  std::int64_t sequences = 8;             // rows a batch
  bool attend_across_documents = true;    // DeepSeek-V3 §2.5 packs without masking; SFT masks (false)
  std::uint64_t seed = 0;
};

class PackedBatches {
 public:
  // Throws Error when the file holds fewer than sequence_length + 1 tokens.
  PackedBatches(const TokenFile& tokens, PackingOptions options);
  // Batch number `index` ≥ 0 of the endless shuffled stream: a pure function of index, so resuming is setting the index.
  PackedBatch batch(std::int64_t index) const;
  std::int64_t batches_per_epoch() const;

 private:
  const TokenFile* tokens_;
  PackingOptions options_;
};

}  // namespace fathom::data
