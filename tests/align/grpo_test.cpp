#include "fathom/align/grpo.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "fathom/align/grpo_run.h"
#include "fathom/align/packed_responses.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/bpe_trainer.h"

namespace fathom::align {
namespace {

namespace fs = std::filesystem;

text::Tokenizer small_tokenizer() {
  text::BpeTrainerOptions options;
  options.vocab_size = 270;
  text::BpeTrainer trainer(options);
  for (int i = 0; i < 4; ++i) trainer.add("one two three four five six seven eight nine ten");
  return trainer.train();
}

// MLA and a mixture of experts, small enough for a step in milliseconds.
std::unique_ptr<model::CausalLM> small_model(std::int64_t vocab_size, std::int64_t mtp_modules = 0) {
  model::ModelConfig config;
  config.vocab_size = vocab_size;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = config.num_key_value_heads = 2;
  config.kv_lora_rank = 16;
  config.qk_nope_head_dim = 16;
  config.qk_rope_head_dim = 8;
  config.v_head_dim = 16;
  config.n_routed_experts = 4;
  config.n_shared_experts = 1;
  config.num_experts_per_tok = 2;
  config.moe_intermediate_size = 16;
  config.first_k_dense_replace = 1;
  config.max_position_embeddings = 64;
  config.initializer_range = 0.1;
  config.num_mtp_modules = mtp_modules;
  auto model = std::make_unique<model::CausalLM>(config);
  model->initialize(11);
  return model;
}

GrpoOptions small_options() {
  GrpoOptions options;
  options.steps = 4;
  options.prompts_per_step = 4;
  options.group_size = 4;
  options.max_new_tokens = 6;
  options.optimizer.weight_decay = 0.0;
  options.schedule.kind = "constant";
  options.schedule.warmup_steps = 0;
  options.schedule.peak = 5e-3;
  options.checkpoint_every = 2;
  options.keep_checkpoints = 5;
  options.seed = 3;
  return options;
}

struct Fixture {
  text::Tokenizer tokenizer = small_tokenizer();
  std::unique_ptr<model::CausalLM> model = small_model(tokenizer.vocab_size());
  std::vector<Problem> problems;

  Fixture() {
    for (const char* prompt : {"one", "two three", "four five six", "seven", "eight nine"}) {
      const auto ids = tokenizer.encode(prompt);
      problems.push_back({prompt, "1", {ids.begin(), ids.end()}, ""});
    }
  }
};

// 1 when the response's first byte is even, a rule that the policy can learn.
Reward first_byte_is_even(const Problem&, const std::string& response) {
  Reward reward;
  reward.verdict = !response.empty() && response[0] % 2 == 0 ? Verdict::correct : Verdict::wrong;
  reward.total = reward.accuracy = reward.verdict == Verdict::correct ? 1.0 : 0.0;
  return reward;
}

RewardFunction constant_reward(double value) {
  return [value](const Problem&, const std::string&) {
    Reward reward;
    reward.verdict = Verdict::wrong;
    reward.total = value;
    return reward;
  };
}

std::vector<at::Tensor> weights_of(const model::CausalLM& model) {
  std::vector<nn::CheckpointTensor> views;
  model.collect_checkpoint("", views);
  std::vector<at::Tensor> copies;
  for (const nn::CheckpointTensor& view : views) copies.push_back(view.view.detach().clone());
  return copies;
}

bool equal_weights(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const at::Tensor& x, const at::Tensor& y) { return at::equal(x, y); });
}

TEST(PackedResponses, ProjectsResponseTokensOnly) {
  std::vector<Problem> problems(2);
  problems[0].prompt_ids = {1, 2, 3};
  problems[1].prompt_ids = {4};
  std::vector<Trajectory> trajectories(2);
  trajectories[0].ids = {7, 8};
  trajectories[1].problem = 1;
  trajectories[1].ids = {9};
  const std::vector<const Trajectory*> pointers = {&trajectories[0], &trajectories[1]};
  const PackedResponses packed = PackedResponses::from(pointers, problems, at::kCPU);
  EXPECT_TRUE(at::equal(packed.input_ids, at::tensor(std::vector<std::int64_t>{1, 2, 3, 7, 4}, at::kLong)));
  EXPECT_TRUE(at::equal(packed.rows, at::tensor(std::vector<std::int64_t>{2, 3, 4}, at::kLong)));
  EXPECT_TRUE(at::equal(packed.targets, at::tensor(std::vector<std::int64_t>{7, 8, 9}, at::kLong)));
  EXPECT_EQ(packed.context.sequences.host, (std::vector<std::int32_t>{0, 4, 5}));
  EXPECT_EQ(split_by_tokens(pointers, problems, 4).size(), 2u);
  EXPECT_EQ(split_by_tokens(pointers, problems, 5).size(), 1u);
  EXPECT_EQ(split_by_tokens(pointers, problems, 1).size(), 2u);  // one that is too long stands alone
}

TEST(Grpo, OnPolicyRatioIsOneAndTheGapIsRounding) {
  Fixture f;
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, small_options(), first_byte_is_even);
  const GrpoTrainer::Step step = trainer.step();
  EXPECT_EQ(step.metrics.outputs, 16);
  EXPECT_EQ(step.metrics.updates, 1);
  EXPECT_LT(step.metrics.gap_max, 1e-4);
  EXPECT_GT(step.metrics.gap_mean, 0.0);
  EXPECT_EQ(step.metrics.clip_share, 0.0);
  EXPECT_NEAR(step.metrics.kl, 0.0, 1e-6);  // the reference is still the policy
  EXPECT_GT(step.metrics.entropy, 0.0);
  EXPECT_GT(step.metrics.gradient_norm, 0.0);
  // The weights have moved: now the policy differs from its reference.
  EXPECT_GT(trainer.step().metrics.kl, 1e-7);
}

TEST(Grpo, LearnsABandit) {
  Fixture f;
  GrpoOptions options = small_options();
  options.steps = 60;
  options.group_size = 8;
  options.max_new_tokens = 2;
  options.minibatches = 2;
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, first_byte_is_even);
  double first = 0, last = 0;
  for (int i = 0; i < 60; ++i) {
    const double reward = trainer.step().metrics.reward;
    if (i < 3) first += reward / 3;
    if (i >= 57) last += reward / 3;
  }
  EXPECT_LT(first, 0.7);
  EXPECT_GT(last, 0.95);
}

TEST(Grpo, EqualGroupsAreKeptDroppedOrResampled) {
  for (const EqualGroups rule : {EqualGroups::keep, EqualGroups::drop, EqualGroups::resample}) {
    Fixture f;
    GrpoOptions options = small_options();
    options.equal_groups = rule;
    options.loss.beta = 0.0;
    options.resample_rounds = 2;
    GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, constant_reward(0.7));
    const std::vector<at::Tensor> before = weights_of(*f.model);
    const GrpoMetrics metrics = trainer.step().metrics;
    EXPECT_EQ(metrics.no_signal_share, 1.0);
    EXPECT_EQ(metrics.gradient_norm, 0.0);
    EXPECT_TRUE(equal_weights(before, weights_of(*f.model)));
    EXPECT_EQ(metrics.updates, rule == EqualGroups::keep ? 1 : 0);
    EXPECT_EQ(metrics.resampled_groups, rule == EqualGroups::resample ? 8 : 0);
    EXPECT_EQ(metrics.outputs, rule == EqualGroups::resample ? 48 : 16);
    EXPECT_NE(no_signal_advice(metrics).find("no signal"), std::string::npos);
  }
}

TEST(Grpo, EqualGroupsCountInTheDenominatorOnlyWhenKept) {
  // Two questions; the first one's answers are all equal. Dropping it doubles what the other contributes.
  const auto first_step_norm = [](EqualGroups rule) {
    Fixture f;
    f.problems.resize(2);
    GrpoOptions options = small_options();
    options.prompts_per_step = 2;
    options.group_size = 16;
    options.equal_groups = rule;
    options.loss.beta = 0.0;
    options.optimizer.clip_norm = 0.0;
    GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, [](const Problem& problem, const std::string& response) {
      return problem.prompt == "one" ? Reward{} : first_byte_is_even(problem, response);
    });
    return trainer.step().metrics.gradient_norm;
  };
  const double kept = first_step_norm(EqualGroups::keep), dropped = first_step_norm(EqualGroups::drop);
  EXPECT_GT(kept, 0.0);
  EXPECT_NEAR(dropped / kept, 2.0, 1e-3);
}

// The whole chain from weights to loss, in fp32: directional derivative along the gradient.
TEST(Grpo, GradientThroughTheModelAgreesWithFiniteDifferences) {
  Fixture f;
  std::vector<Trajectory> trajectories(2);
  trajectories[0].ids = {40, 41, 42};
  trajectories[1].problem = 1;
  trajectories[1].ids = {50, 51};
  const PackedResponses packed = PackedResponses::from({&trajectories[0], &trajectories[1]}, f.problems, at::kCPU);
  std::vector<nn::Parameter> parameters = f.model->parameters();
  for (nn::Parameter& parameter : parameters) parameter.tensor.set_requires_grad(true);
  const at::Tensor old =
      response_log_probs(*f.model, packed, 0.8).log_probs.detach() + at::tensor({0.1, -0.05, 0.0, 0.3, -0.1}, at::kFloat);
  const auto loss = [&] {
    PolicyLossInput input;
    input.log_probs = response_log_probs(*f.model, packed, 0.8).log_probs;
    input.old_log_probs = old;
    input.reference_log_probs = old - 0.2;
    input.advantages = {1.0, -0.7};
    input.lengths = packed.lengths;
    input.minibatch_outputs = 2;
    input.minibatch_tokens = 5;
    PolicyLossOptions options;
    options.beta = 0.5;
    return policy_loss(input, options).loss;
  };
  loss().backward();
  double squared = 0;
  std::vector<at::Tensor> gradients;
  for (const nn::Parameter& parameter : parameters) {
    const at::Tensor& gradient = parameter.tensor.grad();
    gradients.push_back(gradient.defined() ? gradient.clone() : at::zeros_like(parameter.tensor));
    squared += gradients.back().square().sum().item<double>();
  }
  const at::NoGradGuard no_grad;
  const double h = 2e-3 / std::sqrt(squared);
  const auto shift = [&](double by) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].tensor.add_(gradients[i], by);
  };
  shift(h);
  const double up = loss().item<double>();
  shift(-2 * h);
  const double down = loss().item<double>();
  EXPECT_NEAR((up - down) / (2 * h) / squared, 1.0, 0.03);
}

TEST(Grpo, MicroBatchesGiveTheSameGradient) {
  const auto norm = [](std::int64_t micro_batch_tokens) {
    Fixture f;
    GrpoOptions options = small_options();
    options.micro_batch_tokens = micro_batch_tokens;
    options.balance_alpha = 0.0;
    GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, first_byte_is_even);
    return trainer.step().metrics.gradient_norm;
  };
  EXPECT_NEAR(norm(12) / norm(100000), 1.0, 1e-4);
}

TEST(Grpo, ReferenceIsRefreshed) {
  Fixture f;
  GrpoOptions options = small_options();
  options.refresh_reference_every = 2;
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, first_byte_is_even);
  EXPECT_NEAR(trainer.step().metrics.kl, 0.0, 1e-6);
  EXPECT_GT(trainer.step().metrics.kl, 1e-7);
  EXPECT_NEAR(trainer.step().metrics.kl, 0.0, 1e-6);  // two updates are done: the reference is the policy again
}

TEST(Grpo, MtpModulesAreLeftAsTheyAre) {
  Fixture f;
  f.model = small_model(f.tokenizer.vocab_size(), 1);
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, small_options(), first_byte_is_even);
  EXPECT_GT(trainer.step().metrics.gradient_norm, 0.0);
}

TEST(Grpo, BiasUpdateIsOffUnlessAskedFor) {
  for (const double speed : {0.0, 0.01}) {
    Fixture f;
    GrpoOptions options = small_options();
    options.bias_update_speed = speed;
    options.balance_alpha = 1e-3;
    GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, first_byte_is_even);
    trainer.step();
    EXPECT_EQ(f.model->correction_biases().front().abs().sum().item<double>() > 0.0, speed > 0.0);
  }
}

TEST(Grpo, StopsOnALossThatIsNotFinite) {
  Fixture f;
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, small_options(), constant_reward(std::nan("")));
  const std::vector<at::Tensor> before = weights_of(*f.model);
  try {
    trainer.step();
    FAIL() << "a reward that is no number must stop the run";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("step 1"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(equal_weights(before, weights_of(*f.model)));
}

class GrpoRunTest : public ::testing::Test {
 protected:
  fs::path out = fs::temp_directory_path() / ("fathom-grpo-run-" + std::to_string(::getpid()));
  void SetUp() override { fs::remove_all(out); }
  void TearDown() override { fs::remove_all(out); }
};

TEST_F(GrpoRunTest, ResumeContinuesBitExactly) {
  Fixture whole;
  GrpoOptions options = small_options();
  options.refresh_reference_every = 3;
  GrpoTrainer trainer(*whole.model, whole.tokenizer, whole.problems, options, first_byte_is_even);
  GrpoRunOptions run;
  run.out = out;
  run.quiet = true;
  run_grpo(trainer, *whole.model, whole.tokenizer, run);
  ASSERT_TRUE(fs::exists(out / "checkpoints/step-2"));
  EXPECT_THROW(
      {
        Fixture again;
        GrpoTrainer other(*again.model, again.tokenizer, again.problems, options, first_byte_is_even);
        run_grpo(other, *again.model, again.tokenizer, run);
      },
      Error);
  const auto comparable = [&] {
    std::string text;
    LineReader lines(out / "metrics.jsonl");
    while (const auto line = lines.next()) {
      Json record = parse_json(*line, lines.position());
      record.erase("rollout_tokens_per_second");
      record.erase("train_tokens_per_second");
      text += record.dump() + "\n";
    }
    return text;
  };
  const std::string metrics = comparable();
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 4);

  fs::remove_all(out / "checkpoints/step-4");
  Fixture resumed;
  resumed.model->initialize(99);  // everything must come from the checkpoint
  GrpoTrainer second(*resumed.model, resumed.tokenizer, resumed.problems, options, first_byte_is_even);
  run.resume = true;
  const GrpoRunResult result = run_grpo(second, *resumed.model, resumed.tokenizer, run);
  EXPECT_EQ(result.steps, 2);
  EXPECT_TRUE(equal_weights(weights_of(*whole.model), weights_of(*resumed.model)));
  EXPECT_EQ(comparable(), metrics);
}

TEST_F(GrpoRunTest, WritesRolloutsForReadingAndAModel) {
  Fixture f;
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, small_options());  // the default reward: nothing is parsable
  GrpoRunOptions run;
  run.out = out;
  run.quiet = true;
  run_grpo(trainer, *f.model, f.tokenizer, run);
  LineReader lines(out / "rollouts/step-1.jsonl");
  std::int64_t count = 0;
  while (const auto line = lines.next()) {
    const Json record = parse_json(*line, lines.position());
    for (const char* key : {"prompt", "answer", "response", "reward", "advantage", "verdict", "truncated"})
      EXPECT_TRUE(record.contains(key)) << key;
    EXPECT_EQ(record["verdict"], "unparsable");
    EXPECT_EQ(record["reward"], 0.0);
    ++count;
  }
  EXPECT_EQ(count, 16);
  EXPECT_EQ(model::CausalLM::load(out / "model")->parameter_count(), f.model->parameter_count());
}

TEST_F(GrpoRunTest, RefusesACheckpointOfAnotherRun) {
  Fixture f;
  const GrpoOptions options = small_options();
  GrpoTrainer trainer(*f.model, f.tokenizer, f.problems, options, first_byte_is_even);
  GrpoRunOptions run;
  run.out = out;
  run.quiet = true;
  run_grpo(trainer, *f.model, f.tokenizer, run);
  run.resume = true;
  Fixture other;
  other.problems.pop_back();
  GrpoTrainer fewer(*other.model, other.tokenizer, other.problems, options, first_byte_is_even);
  EXPECT_THROW(run_grpo(fewer, *other.model, other.tokenizer, run), Error);
}

TEST(GrpoRecipe, ReadsThePapersNames) {
  Recipe recipe = Recipe::parse(
      "[grpo]\nclip_low = 10\nclip_high = 10.0\nratio = \"output\"\nequal_groups = \"drop\"\n[reward]\nformat_weight = 1\n", "test");
  const GrpoOptions options = GrpoOptions::from_recipe(recipe);
  recipe.reject_unknown();
  EXPECT_EQ(options.loss.clip_low, 10.0);
  EXPECT_TRUE(options.loss.per_output);
  EXPECT_EQ(options.equal_groups, EqualGroups::drop);
  EXPECT_EQ(options.reward.format_weight, 1.0);
  EXPECT_EQ(options.optimizer.weight_decay, 0.0);
  EXPECT_EQ(options.schedule.kind, "constant");
}

TEST(GrpoRecipe, RefusesNonsenseByName) {
  for (const char* assignment : {"grpo.group_size=1", "grpo.steps=0", "grpo.beta=-1", "rollout.temperature=0", "rollout.top_p=1.5",
                                 "grpo.equal_groups=maybe", "grpo.minibatches=100000", "prompt.format=poem"}) {
    Recipe recipe;
    recipe.set(assignment);
    EXPECT_THROW(GrpoOptions::from_recipe(recipe), UsageError) << assignment;
  }
}

TEST(GrpoRecipe, TheRecipesOfTheRepositoryAreRead) {
  for (const char* name : {"recipes/grpo.toml", "recipes/grpo-r1-zero.toml"}) {
    Recipe recipe = Recipe::load(fs::path(FATHOM_SOURCE_DIR) / name);
    GrpoOptions::from_recipe(recipe);
    recipe.get("train.precision", "");
    EXPECT_NO_THROW(recipe.reject_unknown()) << name;
  }
  Recipe recipe = Recipe::load(fs::path(FATHOM_SOURCE_DIR) / "recipes/grpo-r1-zero.toml");
  const GrpoOptions options = GrpoOptions::from_recipe(recipe);  // one rollout: 8192 outputs, 16 updates of 512
  EXPECT_EQ(options.prompts_per_step * options.group_size, 8192);
  EXPECT_EQ(options.prompts_per_step * options.group_size / options.minibatches, 512);
  EXPECT_FALSE(options.reward.format_gates);
}

TEST(GrpoMetrics, EveryNumberIsDescribed) {
  const OrderedJson json = GrpoMetrics{}.to_json();
  std::vector<std::string> names, described;
  for (const auto& item : json.items()) names.push_back(item.key());
  for (const MetricDescription& d : grpo_metric_descriptions()) described.emplace_back(d.name);
  EXPECT_EQ(names, described);
  const std::string guide = read_file(fs::path(FATHOM_SOURCE_DIR) / "docs/grpo.md");
  for (const std::string& name : names) EXPECT_NE(guide.find("`" + name + "`"), std::string::npos) << name << " is missing in docs/grpo.md";
}

}  // namespace
}  // namespace fathom::align
