#include "fathom/data/supervised_batches.h"

#include <algorithm>
#include <map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::data {
namespace {

constexpr std::int64_t no_target = -100;

// The last token of an example is a target only.
std::int64_t inputs_of(const SupervisedExample& example) { return static_cast<std::int64_t>(example.ids.size()) - 1; }

bool has_target(const SupervisedExample& example) {
  return example.answer_begin >= 1 && example.answer_begin < static_cast<std::int64_t>(example.ids.size());
}

}  // namespace

SupervisedBatches::SupervisedBatches(std::vector<SupervisedExample> examples, SupervisedOptions options) : options_(options) {
  require(options.sequence_length > 0 && options.sequences > 0, "batches of {} rows of {} tokens were asked for", options.sequences,
          options.sequence_length);
  for (SupervisedExample& example : examples) {
    if (has_target(example) && inputs_of(example) <= options.sequence_length) {
      examples_.push_back(std::move(example));
    } else {
      ++left_out_;
    }
  }
  require(!examples_.empty(), "none of {} examples fits into {} tokens with an answer to learn; raise the sequence length", left_out_,
          options.sequence_length);

  // Best fit: each example goes to the row with the least room that still holds it. The order is shuffled first, so that rows mix.
  std::multimap<std::int64_t, std::size_t> room;
  for (const std::int64_t index : Rng(options.seed).permutation(this->examples())) {
    const std::int64_t length = inputs_of(examples_[static_cast<std::size_t>(index)]);
    const auto fit = room.lower_bound(length);
    if (fit == room.end()) {
      rows_.push_back({index});
      room.emplace(options.sequence_length - length, rows_.size() - 1);
      continue;
    }
    const auto [left, row] = *fit;
    room.erase(fit);
    rows_[row].push_back(index);
    room.emplace(left - length, row);
  }
}

std::int64_t SupervisedBatches::batches_per_epoch() const {
  return (static_cast<std::int64_t>(rows_.size()) + options_.sequences - 1) / options_.sequences;
}

std::int64_t SupervisedBatches::target_tokens() const {
  std::int64_t total = 0;
  for (const SupervisedExample& example : examples_) total += static_cast<std::int64_t>(example.ids.size()) - example.answer_begin;
  return total;
}

PackedBatch SupervisedBatches::batch(std::int64_t index) const {
  require(index >= 0, "batch {} was asked for; batches are counted from 0", index);
  const auto rows = static_cast<std::int64_t>(rows_.size());
  PackedBatch batch;
  batch.cu_seqlens.push_back(0);
  for (std::int64_t i = 0; i < options_.sequences; ++i) {
    const std::int64_t place = index * options_.sequences + i, epoch = place / rows;
    if (epoch != ordered_epoch_) {
      // Stream 0 of the seed packed the rows.
      order_ = Rng(options_.seed, static_cast<std::uint64_t>(epoch) + 1).permutation(rows);
      ordered_epoch_ = epoch;
    }
    for (const std::int64_t example : rows_[static_cast<std::size_t>(order_[static_cast<std::size_t>(place % rows)])]) {
      append_example(examples_[static_cast<std::size_t>(example)], batch);
    }
  }
  return batch;
}

void SupervisedBatches::append_example(const SupervisedExample& example, PackedBatch& batch) const {
  const std::int64_t inputs = inputs_of(example);
  for (std::int64_t i = 0; i < inputs; ++i) {
    batch.input_ids.push_back(example.ids[static_cast<std::size_t>(i)]);
    batch.targets.push_back(i + 1 >= example.answer_begin ? example.ids[static_cast<std::size_t>(i) + 1] : no_target);
    batch.positions.push_back(i);
  }
  batch.cu_seqlens.push_back(batch.cu_seqlens.back() + static_cast<std::int32_t>(inputs));
}

}  // namespace fathom::data
