// Logits and greedy continuations of model directories that transformers wrote, against what transformers computed.
#include <gtest/gtest.h>

#include "tests/model/fixtures.h"

namespace fathom::model {
namespace {

constexpr double tolerance = 2e-4;

void expect_reference(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory)) GTEST_SKIP() << directory << " is not there";
  const at::NoGradGuard no_grad;
  const auto model = CausalLM::load(directory);
  const auto reference = SafetensorsFile::open(directory / "reference.safetensors");
  const at::Tensor ids = reference.tensor("input_ids");
  EXPECT_LE(largest_difference(logits_of(*model, ids), reference.tensor("logits")), tolerance);

  // Each greedy token is the best one, or as good within the tolerance.
  const at::Tensor greedy = reference.tensor("greedy");
  const std::int64_t prompt = directory.string().find("/tests/fixtures/") != std::string::npos ? 8 : 16;
  const at::Tensor scores = logits_of(*model, greedy)[0];
  for (std::int64_t i = prompt; i < greedy.size(1); ++i) {
    const at::Tensor row = scores[i - 1];
    EXPECT_LE((row.max() - row[greedy[0][i].item<std::int64_t>()]).item<double>(), tolerance) << "token " << i;
  }

  EXPECT_EQ(model->mtp_modules() > 0, reference.contains("mtp_logits"));
  if (model->mtp_modules() > 0) {
    EXPECT_LE(largest_difference(mtp_logits_of(*model, ids), reference.tensor("mtp_logits")), tolerance);
  }
}

class Fixtures : public testing::TestWithParam<std::string> {};
TEST_P(Fixtures, MatchTransformers) { expect_reference(fixture(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Committed, Fixtures, testing::ValuesIn(fixture_names()), [](const auto& info) { return info.param; });

class SharedFixtures : public testing::TestWithParam<const char*> {};
TEST_P(SharedFixtures, MatchTransformers) { expect_reference(shared_fixture(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Shared, SharedFixtures,
                         testing::Values("deepseek_v3_tiny", "deepseek_v3_mtp", "deepseek_v3_fp8", "llama_tiny", "qwen2_tiny"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace fathom::model
