#include "fathom/nn/forward_context.h"

#include <gtest/gtest.h>

namespace fathom::nn {
namespace {

TEST(ForwardContext, CountsPositionsInEachSequence) {
  const ForwardContext context = ForwardContext::packed(ops::PackedSequences::from_lengths({3, 0, 1, 2}, at::kCPU));
  const std::vector<std::int64_t> expected = {0, 1, 2, 0, 0, 1};
  ASSERT_EQ(context.positions.size(0), 6);
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(context.positions[static_cast<std::int64_t>(i)].item<std::int64_t>(), expected[i]);
  EXPECT_EQ(context.cache, nullptr);
  EXPECT_FALSE(context.prefill);
  EXPECT_EQ(ForwardContext::packed(ops::PackedSequences::from_lengths({}, at::kCPU)).positions.size(0), 0);
}

}  // namespace
}  // namespace fathom::nn
