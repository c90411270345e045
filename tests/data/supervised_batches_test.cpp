#include "fathom/data/supervised_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Example n: `length` ids n * 1000, n * 1000 + 1, …
SupervisedExample example(std::int64_t n, std::int64_t length, std::int64_t answer_begin) {
  SupervisedExample result;
  for (std::int64_t i = 0; i < length; ++i) result.ids.push_back(n * 1000 + i);
  result.answer_begin = answer_begin;
  return result;
}

TEST(SupervisedBatches, OnlyAnswersCarryLoss) {
  const SupervisedBatches batches({example(1, 5, 3)}, {.sequence_length = 8, .sequences = 1});
  const PackedBatch batch = batches.batch(0);
  EXPECT_THAT(batch.input_ids, ElementsAre(1000, 1001, 1002, 1003));
  EXPECT_THAT(batch.targets, ElementsAre(-100, -100, 1003, 1004));
  EXPECT_THAT(batch.positions, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(batch.cu_seqlens, ElementsAre(0, 4));
  EXPECT_EQ(batches.target_tokens(), 2);
}

TEST(SupervisedBatches, ExamplesAreIsolatedAndRowsNeverOverflow) {
  Rng rng(2);
  std::vector<SupervisedExample> examples;
  std::int64_t inputs = 0;
  for (std::int64_t n = 0; n < 200; ++n) {
    const auto length = static_cast<std::int64_t>(3 + rng.below(60));
    examples.push_back(example(n, length, 1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(length) - 1))));
    inputs += length - 1;
  }
  const SupervisedBatches batches(examples, {.sequence_length = 64, .sequences = 1, .seed = 5});
  EXPECT_EQ(batches.examples(), 200);
  // Best fit wastes little.
  EXPECT_LT(static_cast<double>(batches.batches_per_epoch()), 1.1 * static_cast<double>(inputs) / 64 + 1);
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    std::map<std::int64_t, int> seen;
    for (std::int64_t i = 0; i < batches.batches_per_epoch(); ++i) {
      const PackedBatch batch = batches.batch(epoch * batches.batches_per_epoch() + i);
      EXPECT_LE(batch.input_ids.size(), 64u);
      EXPECT_EQ(batch.cu_seqlens.back(), static_cast<std::int32_t>(batch.input_ids.size()));
      for (std::size_t span = 0; span + 1 < batch.cu_seqlens.size(); ++span) {
        const auto begin = static_cast<std::size_t>(batch.cu_seqlens[span]), end = static_cast<std::size_t>(batch.cu_seqlens[span + 1]);
        const std::int64_t n = batch.input_ids[begin] / 1000;
        ++seen[n];
        const SupervisedExample& original = examples[static_cast<std::size_t>(n)];
        ASSERT_EQ(end - begin + 1, original.ids.size());
        for (std::size_t j = begin; j < end; ++j) {
          const auto place = static_cast<std::int64_t>(j - begin);
          EXPECT_EQ(batch.input_ids[j], n * 1000 + place);
          EXPECT_EQ(batch.positions[j], place);
          EXPECT_EQ(batch.targets[j], place + 1 >= original.answer_begin ? n * 1000 + place + 1 : -100);
        }
      }
    }
    EXPECT_EQ(seen.size(), 200u) << "epoch " << epoch;
    for (const auto& [n, count] : seen) EXPECT_EQ(count, 1) << n;
  }
}

TEST(SupervisedBatches, ABatchIsAFunctionOfItsIndex) {
  std::vector<SupervisedExample> examples;
  for (std::int64_t n = 0; n < 30; ++n) examples.push_back(example(n, 4 + n % 9, 2));
  const SupervisedOptions options{.sequence_length = 16, .sequences = 2, .seed = 9};
  const SupervisedBatches one(examples, options), other(examples, options);
  const std::int64_t many = 4 * one.batches_per_epoch();
  std::vector<std::vector<std::int64_t>> forward;
  for (std::int64_t i = 0; i < many; ++i) forward.push_back(one.batch(i).input_ids);
  for (std::int64_t i = many; i-- > 0;) EXPECT_EQ(other.batch(i).input_ids, forward[static_cast<std::size_t>(i)]);
  EXPECT_NE(forward.front(), forward[static_cast<std::size_t>(one.batches_per_epoch())]);
}

TEST(SupervisedBatches, WhatCannotBeLearnedIsLeftOut) {
  const SupervisedBatches batches({example(1, 4, 2), example(2, 100, 2), example(3, 4, 4), example(4, 9, 2)}, {.sequence_length = 8});
  EXPECT_EQ(batches.examples(), 2);  // the fourth fits exactly: its last token is a target only
  EXPECT_EQ(batches.left_out(), 2);
  EXPECT_THAT(message_of<Error>([] { SupervisedBatches({example(1, 100, 2)}, {.sequence_length = 8}); }), HasSubstr("none of 1"));
}

}  // namespace
}  // namespace fathom::data
