#include "fathom/data/packed_batches.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::data {
namespace {

constexpr std::int64_t no_target = -100;

}  // namespace

PackedBatches::PackedBatches(const TokenCorpus& tokens, PackingOptions options) : tokens_(&tokens), options_(options) {
  require(options.sequence_length > 0 && options.sequences > 0, "batches of {} rows of {} tokens were asked for", options.sequences,
          options.sequence_length);
  // The token after a row is the last target, so the rows lie end to end in all tokens but one.
  rows_ = (tokens.size() - 1) / options.sequence_length;
  require(rows_ > 0, "the data holds {} tokens; one row of the sequence length {} needs {}: give more text, or a shorter length",
          tokens.size(), options.sequence_length, options.sequence_length + 1);
}

std::int64_t PackedBatches::batches_per_epoch() const { return (rows_ + options_.sequences - 1) / options_.sequences; }

const std::vector<std::int64_t>& PackedBatches::order(std::int64_t epoch) const {
  if (epoch != ordered_epoch_) {
    order_ = Rng(options_.seed, static_cast<std::uint64_t>(epoch)).permutation(rows_);
    ordered_epoch_ = epoch;
  }
  return order_;
}

PackedBatch PackedBatches::batch(std::int64_t index) const {
  require(index >= 0, "batch {} was asked for; batches are counted from 0", index);
  PackedBatch batch;
  const std::int64_t total = options_.sequences * options_.sequence_length;
  batch.input_ids.reserve(static_cast<std::size_t>(total));
  batch.targets.reserve(static_cast<std::size_t>(total));
  batch.positions.reserve(static_cast<std::size_t>(total));
  batch.cu_seqlens.push_back(0);
  for (std::int64_t i = 0; i < options_.sequences; ++i) {
    const std::int64_t place = index * options_.sequences + i;
    append_row(order(place / rows_)[static_cast<std::size_t>(place % rows_)], batch);
  }
  return batch;
}

void PackedBatches::append_row(std::int64_t row, PackedBatch& batch) const {
  const std::int64_t length = options_.sequence_length, begin = row * length;
  std::vector<std::int64_t> ids(static_cast<std::size_t>(length) + 1);
  tokens_->read(begin, length + 1, ids.data());
  const std::size_t first = batch.input_ids.size();
  batch.input_ids.insert(batch.input_ids.end(), ids.begin(), ids.end() - 1);
  batch.targets.insert(batch.targets.end(), ids.begin() + 1, ids.end());

  // Where attention and positions start anew: at the row, and at each document in it when documents are isolated.
  std::vector<std::int64_t> starts = {0};
  if (!options_.attend_across_documents) {
    for (std::int64_t document = next_document(begin); document < tokens_->documents(); ++document) {
      const std::int64_t start = tokens_->document_begin(document) - begin;
      if (start > length) break;
      // What follows a document is not for it to predict; its end-of-sequence token, the last of it, is.
      batch.targets[first + static_cast<std::size_t>(start) - 1] = no_target;
      if (start < length && start > starts.back()) starts.push_back(start);
    }
  }
  starts.push_back(length);
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    for (std::int64_t position = 0; position < starts[i + 1] - starts[i]; ++position) batch.positions.push_back(position);
    batch.cu_seqlens.push_back(static_cast<std::int32_t>(static_cast<std::int64_t>(first) + starts[i + 1]));
  }
}

std::int64_t PackedBatches::next_document(std::int64_t token) const {
  std::int64_t low = 0, high = tokens_->documents();
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (tokens_->document_begin(middle) > token) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace fathom::data
