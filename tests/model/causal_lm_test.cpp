// The model as a whole: determinism, packing, caching, gradients, copies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"
#include "tests/model/fixtures.h"

namespace fathom::model {
namespace {

using testing::HasSubstr;

// The families with what distinguishes their blocks.
const std::vector<std::string> families = {"deepseek_yarn", "deepseek_bias_no_q_lora", "deepseek_no_q_lora", "llama_bias", "qwen2_yarn"};

at::Tensor ids_of(std::int64_t count, std::int64_t vocab = 128) { return at::randint(vocab, {count}, at::kLong); }

class Families : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    at::manual_seed(3);
    model_ = CausalLM::load(fixture(GetParam()));
  }
  std::unique_ptr<CausalLM> model_;
};
INSTANTIATE_TEST_SUITE_P(All, Families, testing::ValuesIn(families), [](const auto& info) { return info.param; });

TEST_P(Families, PackedSequencesDoNotSeeEachOther) {
  const at::NoGradGuard no_grad;
  const std::vector<std::int64_t> lengths = {7, 1, 19, 4};
  const at::Tensor ids = ids_of(31);
  const at::Tensor together = model_->logits(model_->forward(ids, packed(lengths)));
  std::int64_t begin = 0;
  for (const std::int64_t length : lengths) {
    const at::Tensor alone = model_->logits(model_->forward(ids.narrow(0, begin, length), packed({length})));
    EXPECT_LE(largest_difference(alone, together.narrow(0, begin, length)), 1e-4);
    begin += length;
  }
}

// Prefill of ragged prompts, then several decoding steps (for MLA in the absorbed form), against computing everything anew.
TEST_P(Families, CachedEqualsRecomputed) {
  const at::NoGradGuard no_grad;
  const ModelConfig& config = model_->config();
  nn::KvCacheOptions options;
  options.layers = config.num_hidden_layers;
  options.width = config.cache_width();
  options.page_size = 4;
  options.pages = 40;
  options.tensor_options = at::TensorOptions().dtype(at::kFloat);
  nn::KvCache cache(options);
  const std::vector<nn::KvCache::Sequence> sequences = {cache.add(), cache.add(), cache.add()};
  const std::vector<std::int64_t> prompts = {5, 9, 1};
  std::vector<at::Tensor> ids;
  for (std::size_t s = 0; s < 3; ++s) ids.push_back(ids_of(prompts[s] + 7));

  const auto run = [&](const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& counts, bool prefill) {
    const nn::KvCache::Step step = cache.append(sequences, counts);
    nn::ForwardContext context = packed(counts);
    std::vector<at::Tensor> pieces, positions;
    for (std::size_t s = 0; s < 3; ++s) {
      pieces.push_back(ids[s].narrow(0, from[s], counts[s]));
      positions.push_back(at::arange(from[s], from[s] + counts[s], at::kLong));
    }
    context.positions = at::cat(positions);
    context.cache = &cache;
    context.step = &step;
    context.prefill = prefill;
    return model_->logits(model_->forward(at::cat(pieces), context)).split_with_sizes(counts);
  };
  const auto expect = [&](const std::vector<at::Tensor>& found, const std::vector<std::int64_t>& from) {
    for (std::size_t s = 0; s < 3; ++s) {
      const std::int64_t end = from[s] + found[s].size(0);
      const at::Tensor anew = model_->logits(model_->forward(ids[s].narrow(0, 0, end), packed({end})));
      EXPECT_LE(largest_difference(found[s], anew.narrow(0, from[s], found[s].size(0))), 2e-4) << "sequence " << s << " up to " << end;
    }
  };
  expect(run({0, 0, 0}, prompts, true), {0, 0, 0});
  std::vector<std::int64_t> done = prompts;
  for (const std::vector<std::int64_t>& counts : {std::vector<std::int64_t>{1, 1, 1}, {3, 1, 2}, {1, 1, 1}}) {  // one piece is longer
    expect(run(done, counts, false), done);
    for (std::size_t s = 0; s < 3; ++s) done[s] += counts[s];
  }
}

// Gradients of the kernels against those of the plain tensor expressions (a double-precision model takes that path).
TEST_P(Families, GradientsMatchDoublePrecision) {
  const at::Tensor ids = ids_of(24), weights = at::randn({24, model_->config().vocab_size});
  const auto exact = CausalLM::load(fixture(GetParam()), {.dtype = at::kDouble});
  for (CausalLM* model : {model_.get(), exact.get()}) {
    model->set_trainable(true);
    const at::Tensor hidden = model->forward(ids, packed({10, 14}));
    at::Tensor loss = (at::matmul(hidden, model->output_weight().t()).log_softmax(1) * weights).sum();
    loss.backward();
  }
  const auto ours = model_->parameters(), theirs = exact->parameters();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_TRUE(ours[i].tensor.grad().defined() && theirs[i].tensor.grad().defined()) << ours[i].name;
    const at::Tensor expected = theirs[i].tensor.grad().to(at::kFloat);
    EXPECT_LE(largest_difference(ours[i].tensor.grad(), expected), 2e-3 * (1.0 + expected.abs().max().item<double>())) << ours[i].name;
  }
}

// The plain expressions against finite differences, in double precision: two entries of every parameter.
TEST_P(Families, GradientsMatchFiniteDifferences) {
  const auto model = CausalLM::load(fixture(GetParam()), {.dtype = at::kDouble});
  const at::Tensor ids = ids_of(12), weights = at::randn({12, model->config().vocab_size}, at::kDouble);
  const auto loss_of = [&] {
    return (at::matmul(model->forward(ids, packed({5, 7})), model->output_weight().t()).log_softmax(1) * weights).sum();
  };
  model->set_trainable(true);
  loss_of().backward();
  const at::NoGradGuard no_grad;
  for (nn::Parameter& parameter : model->parameters()) {
    const at::Tensor gradient = parameter.tensor.grad().view({-1});
    at::Tensor flat = parameter.tensor.detach().view({-1});
    // The largest gradient is checked, and one in the middle.
    for (const std::int64_t index : {gradient.abs().argmax().item<std::int64_t>(), flat.size(0) / 2}) {
      const double before = flat[index].item<double>(), step = 1e-5;
      const auto at_value = [&](double value) {
        flat[index].fill_(value);
        return loss_of().item<double>();
      };
      const double measured = (at_value(before + step) - at_value(before - step)) / (2.0 * step);
      flat[index].fill_(before);
      const double expected = gradient[index].item<double>();
      EXPECT_NEAR(measured, expected, 1e-4 * (1.0 + std::abs(expected))) << parameter.name << " at " << index;
    }
  }
}

TEST_P(Families, CountsParameters) {
  std::int64_t numbers = 0;
  const SafetensorsFile file = SafetensorsFile::open(fixture(GetParam()) / "model.safetensors");
  for (const std::string& name : file.names())
    if (!name.ends_with("e_score_correction_bias")) numbers += file.tensor(name).numel();
  EXPECT_EQ(model_->parameter_count(), numbers);

  const ModelConfig& config = model_->config();
  std::int64_t idle = config.tie_word_embeddings ? 0 : config.vocab_size * config.hidden_size;
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer)
    if (config.is_moe_layer(layer))
      idle += (config.n_routed_experts - config.num_experts_per_tok) * 3 * config.hidden_size * config.moe_intermediate_size;
  EXPECT_EQ(model_->active_parameter_count(), numbers - idle);
}

TEST_P(Families, CopiesStandAlone) {
  const at::NoGradGuard no_grad;
  const at::Tensor ids = ids_of(9);
  const at::Tensor before = model_->forward(ids, packed({9}));
  const auto copy = model_->clone();
  for (nn::Parameter& parameter : copy->parameters()) parameter.tensor.mul_(1.5);
  EXPECT_TRUE(at::equal(model_->forward(ids, packed({9})), before));
  EXPECT_FALSE(at::equal(copy->forward(ids, packed({9})), before));
  copy->copy_weights_from(*model_);
  EXPECT_TRUE(at::equal(copy->forward(ids, packed({9})), before));
  EXPECT_FALSE(copy->parameters()[0].tensor.requires_grad());
}

TEST(CausalLM, InitialisesAsAFunctionOfTheSeed) {
  const ModelConfig config = ModelConfig::load(fixture("deepseek_bias"));
  CausalLM one(config), two(config), three(config);
  const int threads = at::get_num_threads();
  one.initialize(7);
  at::set_num_threads(1);
  two.initialize(7);
  at::set_num_threads(threads);
  three.initialize(8);
  const auto a = one.parameters(), b = two.parameters(), c = three.parameters();
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
    if (a[i].decay) {
      EXPECT_FALSE(at::equal(a[i].tensor, c[i].tensor)) << a[i].name;
    } else {
      EXPECT_TRUE((a[i].tensor == (a[i].name.ends_with("bias") ? 0.0 : 1.0)).all().item<bool>()) << a[i].name;
    }
    EXPECT_EQ(a[i].decay, a[i].tensor.dim() > 1) << a[i].name;
  }
  const at::Tensor& embedding = a[0].tensor;
  EXPECT_NEAR(embedding.std().item<double>(), config.initializer_range, 0.05 * config.initializer_range);
  EXPECT_NEAR(embedding.mean().item<double>(), 0.0, 0.05 * config.initializer_range);
}

TEST(CausalLM, RecordsAndReplaysRouting) {
  const at::NoGradGuard no_grad;
  const auto model = CausalLM::load(fixture("deepseek_no_q_lora"));
  const at::Tensor ids = ids_of(16);
  nn::RoutingRecord record;
  record.keep_experts = true;
  record.want_balance_loss = true;
  nn::ForwardContext context = packed({6, 10});
  context.routing = &record;
  const at::Tensor before = model->forward(ids, context);
  ASSERT_EQ(record.counts.size(), 2U);
  ASSERT_EQ(record.experts.size(), 2U);
  for (const at::Tensor& counts : record.counts) EXPECT_EQ(counts.sum().item<std::int64_t>(), 16 * model->config().num_experts_per_tok);
  EXPECT_GT(record.balance_loss.item<double>(), 1.9) << "two layers, each at least about 1";

  // With other selections the replay still follows the record.
  for (at::Tensor& bias : model->correction_biases()) bias.normal_(0.0, 5.0);
  EXPECT_FALSE(at::allclose(model->forward(ids, packed({6, 10})), before));
  nn::ForwardContext replayed = packed({6, 10});
  replayed.replay = &record.experts;
  EXPECT_LE(largest_difference(model->forward(ids, replayed), before), 1e-6);
  replayed.sequences = ops::PackedSequences::from_lengths({6}, at::kCPU);
  replayed.positions = replayed.positions.narrow(0, 0, 6);
  EXPECT_THROW(model->forward(ids.narrow(0, 0, 6), replayed), Error);
}

TEST(CausalLM, TrainsItsMultiTokenModules) {
  ModelConfig config = ModelConfig::load(fixture("deepseek_yarn"));
  config.num_mtp_modules = 2;
  CausalLM model(config);
  model.initialize(1);
  model.set_trainable(true);
  const at::Tensor ids = ids_of(12);
  nn::RoutingRecord record;
  nn::ForwardContext context = packed({12});
  context.routing = &record;
  const at::Tensor first = model.mtp_forward(0, model.forward(ids, context), ids.roll(-1), context);
  const at::Tensor second = model.mtp_forward(1, first, ids.roll(-2), context);
  at::matmul(second, model.mtp_output_weight(1).t()).log_softmax(1).select(1, 3).sum().backward();
  EXPECT_EQ(record.counts.size(), 3U) << "one expert layer in the main model, one in each module";
  EXPECT_EQ(model.correction_biases().size(), 3U);
  for (const nn::Parameter& parameter : model.parameters()) {
    // The main model's final norm and embedding are reached through the modules too.
    ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
  }
}

TEST(CausalLM, ComputesInHalfPrecisionOverFloatWeights) {
  const at::NoGradGuard no_grad;
  const auto model = CausalLM::load(fixture("deepseek_yarn"));
  const at::Tensor ids = ids_of(20), exact = model->forward(ids, packed({20}));
  model->set_compute_dtype(at::kBFloat16);
  const at::Tensor rounded = model->forward(ids, packed({20}));
  EXPECT_EQ(rounded.scalar_type(), at::kBFloat16);
  EXPECT_EQ(model->logits(rounded).scalar_type(), at::kFloat);
  // Rounding may turn a choice of experts; most positions agree closely.
  EXPECT_LE((rounded.to(at::kFloat) - exact).abs().median().item<double>(), 0.03);
}

TEST(CausalLM, RefusesWhatItCannotAnswer) {
  const at::NoGradGuard no_grad;
  const auto model = CausalLM::load(fixture("llama_bias"));
  EXPECT_THAT(message_of<Error>([&] { model->forward(at::full({3}, 128, at::kLong), packed({3})); }), HasSubstr("vocabulary"));
  EXPECT_THAT(message_of<Error>([&] { model->forward(at::full({3}, -1, at::kLong), packed({3})); }), HasSubstr("vocabulary"));
  EXPECT_THAT(message_of<Error>([&] { model->forward(at::zeros({129}, at::kLong), packed({129})); }), HasSubstr("context of 128"));
  EXPECT_THAT(message_of<Error>([&] { model->forward(at::zeros({4}, at::kLong), packed({3})); }), HasSubstr("4 ids for 3 tokens"));
  const auto other = CausalLM::load(fixture("qwen2_yarn"));
  EXPECT_THAT(message_of<Error>([&] { other->copy_weights_from(*model); }), HasSubstr("cannot copy"));
}

}  // namespace
}  // namespace fathom::model
