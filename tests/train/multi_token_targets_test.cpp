#include "fathom/train/multi_token_targets.h"

#include <gtest/gtest.h>

#include <vector>

namespace fathom::train {
namespace {

std::vector<std::int64_t> values(const at::Tensor& tensor) {
  const std::int64_t* data = tensor.data_ptr<std::int64_t>();
  return {data, data + tensor.numel()};
}

at::Tensor ids(std::vector<std::int64_t> values) { return at::tensor(values, at::kLong); }

// Two sequences, 10 11 12 13 → 14 and 20 21 → 22.
const ops::PackedSequences sequences = ops::PackedSequences::from_offsets({0, 4, 6}, at::kCPU);
const std::vector<std::int64_t> inputs = {10, 11, 12, 13, 20, 21};
const std::vector<std::int64_t> targets = {11, 12, 13, 14, 21, 22};

TEST(MultiTokenTargets, FirstModuleReadsTheNextTokenAndPredictsTheOneAfter) {
  const MultiTokenTargets ahead = multi_token_targets(ids(inputs), ids(targets), sequences, 0);
  EXPECT_EQ(values(ahead.next_ids), (std::vector<std::int64_t>{11, 12, 13, 14, 21, 22}));
  EXPECT_EQ(values(ahead.targets), (std::vector<std::int64_t>{12, 13, 14, -100, 22, -100}));
}

TEST(MultiTokenTargets, SecondModuleStaysInsideItsSequence) {
  const MultiTokenTargets ahead = multi_token_targets(ids(inputs), ids(targets), sequences, 1);
  EXPECT_EQ(values(ahead.next_ids), (std::vector<std::int64_t>{12, 13, 14, 13, 22, 21}));
  EXPECT_EQ(values(ahead.targets), (std::vector<std::int64_t>{13, 14, -100, -100, -100, -100}));
}

TEST(MultiTokenTargets, IgnoredTargetsStayIgnored) {
  // A prompt of two tokens without loss, then an answer; the second sequence ends without a target.
  const MultiTokenTargets ahead = multi_token_targets(ids(inputs), ids({-100, 12, 13, 14, 21, -100}), sequences, 0);
  EXPECT_EQ(values(ahead.targets), (std::vector<std::int64_t>{12, 13, 14, -100, -100, -100}));
  EXPECT_EQ(values(ahead.next_ids), (std::vector<std::int64_t>{11, 12, 13, 14, 21, 21}));
}

TEST(MultiTokenTargets, ASequenceOfOneTokenHasNothingToPredict) {
  const MultiTokenTargets ahead = multi_token_targets(ids({5}), ids({6}), ops::PackedSequences::from_offsets({0, 1}, at::kCPU), 0);
  EXPECT_EQ(values(ahead.targets), (std::vector<std::int64_t>{-100}));
  EXPECT_EQ(values(ahead.next_ids), (std::vector<std::int64_t>{6}));
}

}  // namespace
}  // namespace fathom::train
