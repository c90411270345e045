#include "fathom/engine/generator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/model/safetensors.h"
#include "tests/engine/tiny_models.h"

namespace fathom::engine {
namespace {

std::vector<std::int64_t> random_ids(Rng& rng, std::int64_t length, std::int64_t vocab) {
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < length; ++i) ids.push_back(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(vocab))));
  return ids;
}

GenerationRequest request(std::vector<std::int64_t> ids, std::int64_t new_tokens, double temperature = 0, std::int64_t samples = 1) {
  GenerationRequest result;
  result.prompt_ids = std::move(ids);
  result.params.temperature = temperature;
  result.params.max_new_tokens = new_tokens;
  result.params.seed = 5;
  result.samples = samples;
  return result;
}

at::Tensor tensor_of(const std::vector<std::int64_t>& ids) {
  at::Tensor result = at::empty({static_cast<std::int64_t>(ids.size())}, at::kLong);
  std::copy(ids.begin(), ids.end(), result.data_ptr<std::int64_t>());
  return result;
}

// Logits of the whole sequence without any cache: [tokens, vocab].
at::Tensor full_logits(const model::CausalLM& model, const std::vector<std::int64_t>& ids) {
  const at::NoGradGuard no_grad;
  const auto context = nn::ForwardContext::packed(ops::PackedSequences::from_lengths({static_cast<std::int64_t>(ids.size())}, at::kCPU));
  return model.logits(model.forward(tensor_of(ids), context));
}

// The completion is what recomputing the whole sequence for each token gives, log-probabilities included.
void expect_recomputed(const model::CausalLM& model, const GenerationRequest& request, const Completion& completion) {
  std::vector<std::int64_t> ids = request.prompt_ids;
  ids.insert(ids.end(), completion.ids.begin(), completion.ids.end());
  const at::Tensor log_probs = at::log_softmax(full_logits(model, ids), -1);
  for (std::size_t i = 0; i < completion.ids.size(); ++i) {
    const at::Tensor row = log_probs[static_cast<std::int64_t>(request.prompt_ids.size() + i) - 1];
    if (request.params.temperature == 0) {
      EXPECT_EQ(completion.ids[i], row.argmax().item<std::int64_t>()) << "token " << i;
    }
    if (request.params.temperature == 0 || request.params.temperature == 1) {
      EXPECT_NEAR(completion.log_probs[i], row[completion.ids[i]].item<float>(), 1e-4) << "token " << i;
    }
  }
}

class GeneratorOnModels : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const model::ModelConfig configs[] = {tiny_llama(), tiny_mla(false), tiny_mla(false, false), tiny_mla(true)};
    model_ = random_model(configs[GetParam()]);
  }
  std::unique_ptr<model::CausalLM> model_;
};

std::string name_of(const testing::TestParamInfo<int>& info) {
  static const char* names[] = {"GroupedHeads", "Latent", "LatentFullQuery", "LatentExperts"};
  return names[info.param];
}
INSTANTIATE_TEST_SUITE_P(Models, GeneratorOnModels, testing::Range(0, 4), name_of);

TEST_P(GeneratorOnModels, CachedIsWhatRecomputingGives) {
  Rng rng(11);
  const GenerationRequest greedy = request(random_ids(rng, 9, 97), 40);
  const GenerationRequest sampled = request(random_ids(rng, 33, 97), 40, 1.0);
  const auto completions = Generator(*model_, nullptr).generate({greedy, sampled});
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].ids.size(), 40u);
  EXPECT_EQ(completions[0].finish, FinishReason::length);
  expect_recomputed(*model_, greedy, completions[0]);
  expect_recomputed(*model_, sampled, completions[1]);
}

TEST_P(GeneratorOnModels, ABatchGivesWhatEachRequestGivesAlone) {
  Rng rng(12);
  std::vector<GenerationRequest> requests;
  for (int i = 0; i < 14; ++i)
    requests.push_back(request(random_ids(rng, 1 + static_cast<std::int64_t>(rng.below(70)), 97),
                               1 + static_cast<std::int64_t>(rng.below(40)), i % 2 == 0 ? 0.0 : 1.0));
  GeneratorOptions small;  // requests enter as others leave
  small.max_batch = 5;
  small.prefill_tokens = 100;
  const auto together = Generator(*model_, nullptr).generate(requests);
  const auto in_turns = Generator(*model_, nullptr, small).generate(requests);
  ASSERT_EQ(together.size(), requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto alone = Generator(*model_, nullptr).generate({requests[i]});
    EXPECT_EQ(together[i].ids, alone[0].ids) << "request " << i;
    EXPECT_EQ(in_turns[i].ids, alone[0].ids) << "request " << i;
    EXPECT_EQ(together[i].request, static_cast<std::int64_t>(i));
    EXPECT_EQ(together[i].ids.size(), static_cast<std::size_t>(requests[i].params.max_new_tokens));
    for (std::size_t t = 0; t < alone[0].ids.size(); ++t) EXPECT_NEAR(together[i].log_probs[t], alone[0].log_probs[t], 1e-4);
  }
}

TEST_P(GeneratorOnModels, SamplesShareTheirPromptAndDiffer) {
  Rng rng(13);
  const GenerationRequest several = request(random_ids(rng, 37, 97), 30, 1.0, 7);
  GeneratorOptions small;
  small.max_batch = 3;  // forks start later, from pages others have written beside
  const auto all = Generator(*model_, nullptr).generate({several, request({1, 2, 3}, 10)});
  const auto in_turns = Generator(*model_, nullptr, small).generate({several, request({1, 2, 3}, 10)});
  ASSERT_EQ(all.size(), 8u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].ids, in_turns[i].ids);
    EXPECT_EQ(all[i].request, i < 7 ? 0 : 1);
    EXPECT_EQ(all[i].sample, i < 7 ? static_cast<std::int64_t>(i) : 0);
  }
  for (std::size_t i = 0; i < 7; ++i) {
    expect_recomputed(*model_, several, all[i]);
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i].ids, all[j].ids);
  }
  // The first of several samples is the one that a single sample gives.
  GenerationRequest single = several;
  single.samples = 1;
  EXPECT_EQ(Generator(*model_, nullptr).generate({single})[0].ids, all[0].ids);
}

TEST(Generator, StopsAtAStopIdAndKeepsIt) {
  const auto model = random_model(tiny_llama());
  GenerationRequest free = request({3, 4, 5}, 30, 1.0);
  const auto ids = Generator(*model, nullptr).generate({free})[0].ids;
  GenerationRequest stopping = free;
  stopping.params.stop_ids = {ids[6]};
  const auto first = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), ids[6]) - ids.begin());
  const auto completion = Generator(*model, nullptr).generate({stopping})[0];
  EXPECT_EQ(completion.finish, FinishReason::stop);
  EXPECT_EQ(completion.ids, std::vector<std::int64_t>(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(first) + 1));
  EXPECT_EQ(completion.log_probs.size(), completion.ids.size());
}

TEST(Generator, TheContextEndsACompletion) {
  const auto model = random_model(tiny_llama());
  Rng rng(14);
  const auto completion = Generator(*model, nullptr).generate({request(random_ids(rng, 120, 97), 500)})[0];
  EXPECT_EQ(completion.ids.size(), 8u);
  EXPECT_EQ(completion.finish, FinishReason::length);
  const auto last = Generator(*model, nullptr).generate({request(random_ids(rng, 127, 97), 500)})[0];
  EXPECT_EQ(last.ids.size(), 1u);
}

TEST(Generator, ASmallCacheOnlyMakesRequestsWait) {
  const auto model = random_model(tiny_mla(true));
  Rng rng(15);
  std::vector<GenerationRequest> requests;
  for (int i = 0; i < 9; ++i) requests.push_back(request(random_ids(rng, 20 + i, 97), 25, 1.0, 1 + i % 3));
  const auto expected = Generator(*model, nullptr).generate(requests);
  GeneratorOptions small;
  small.cache_tokens = 160;
  const auto found = Generator(*model, nullptr, small).generate(requests);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].ids, expected[i].ids) << i;
}

TEST(Generator, CountsWhatItDoes) {
  const auto model = random_model(tiny_mla(false));
  Generator generator(*model, nullptr);
  std::vector<std::int64_t> finished;
  generator.generate({request({1, 2, 3}, 4), request({4, 5}, 6, 1.0, 2)}, {}, [&](std::int64_t count) { finished.push_back(count); });
  EXPECT_EQ(finished, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(generator.statistics().prompt_tokens, 5);
  EXPECT_EQ(generator.statistics().generated_tokens, 16);
  // A latent of 16 and a rotary key of 4 values in each of 2 layers, instead of 4 heads' keys (12) and values (8).
  EXPECT_EQ(generator.statistics().cache_bytes_per_token, 2 * (16 + 4) * 4);
}

template <typename Function>
std::string message_of(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Generator, BadRequestsAreNamed) {
  const auto model = random_model(tiny_llama());
  Generator generator(*model, nullptr);
  Rng rng(16);
  const auto message = [&](GenerationRequest bad) { return message_of([&] { generator.generate({request({1}, 1), std::move(bad)}); }); };
  const std::string too_long = message(request(random_ids(rng, 128, 97), 4));
  EXPECT_NE(too_long.find("128 tokens"), std::string::npos) << too_long;
  EXPECT_NE(too_long.find("context of 128"), std::string::npos) << too_long;
  EXPECT_NE(message(request({}, 4)).find("request 1: the prompt is empty"), std::string::npos);
  const std::string outside = message(request({5, 97}, 4));
  EXPECT_NE(outside.find("prompt id 97"), std::string::npos) << outside;
  EXPECT_NE(outside.find("97 tokens"), std::string::npos) << outside;
  EXPECT_NE(message(request({-1}, 4)).find("prompt id -1"), std::string::npos);
  EXPECT_NE(message(request({1}, 4, -0.5)).find("temperature"), std::string::npos);
  EXPECT_NE(message(request({1}, 4, 1.0, 0)).find("samples"), std::string::npos);
  GenerationRequest strings = request({1}, 4);
  strings.params.stop_strings = {"end"};
  EXPECT_NE(message(strings).find("tokenizer"), std::string::npos);
  GeneratorOptions small;
  small.cache_tokens = 32;
  EXPECT_NE(message_of([&] { Generator(*model, nullptr, small).generate({request(random_ids(rng, 30, 97), 40)}); }).find("cache"),
            std::string::npos);
}

// Every model directory below `root` that has a reference: the greedy tokens after the first `prompt_tokens` of each.
int expect_reference_tokens(const std::filesystem::path& root, std::ptrdiff_t prompt_tokens) {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (!std::filesystem::exists(entry.path() / "reference.safetensors")) continue;
    const auto file = model::SafetensorsFile::open(entry.path() / "reference.safetensors");
    if (!file.contains("greedy")) continue;
    const auto model = model::CausalLM::load(entry.path());
    const at::Tensor greedy = file.tensor("greedy")[0].contiguous();
    const std::vector<std::int64_t> ids(greedy.data_ptr<std::int64_t>(), greedy.data_ptr<std::int64_t>() + greedy.numel());
    std::vector<std::int64_t> so_far(ids.begin(), ids.begin() + prompt_tokens);
    const auto found = Generator(*model, nullptr).generate({request(so_far, static_cast<std::int64_t>(ids.size()) - prompt_tokens)})[0].ids;
    for (const std::int64_t id : found) {
      const std::int64_t expected = ids[so_far.size()];
      if (id != expected) {
        // Either is right where the two logits nearly agree; after that the texts part.
        const at::Tensor last = full_logits(*model, so_far)[-1];
        EXPECT_LT(std::abs((last[id] - last[expected]).item<float>()), 2e-4) << entry.path() << " token " << so_far.size();
        break;
      }
      so_far.push_back(id);
    }
    ++models;
  }
  return models;
}

// What transformers generates greedily.
TEST(Generator, GreedyTokensOfOurReferenceModels) {
  EXPECT_GE(expect_reference_tokens(std::filesystem::path(FATHOM_SOURCE_DIR) / "tests/fixtures/hf", 8), 10);
}

TEST(Generator, GreedyTokensOfTheSharedReferenceModels) {
  const char* shared = std::getenv("FATHOM_SHARED");
  const auto root =
      (shared != nullptr ? std::filesystem::path(shared) : std::filesystem::path(FATHOM_SOURCE_DIR) / ".." / "shared") / "fixtures/hf";
  if (!std::filesystem::is_directory(root)) GTEST_SKIP() << root << " is absent";
  EXPECT_GE(expect_reference_tokens(root, 16), 1);
}

}  // namespace
}  // namespace fathom::engine
