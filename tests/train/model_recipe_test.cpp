#include "fathom/train/model_recipe.h"

#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/train/memory_plan.h"
#include "fathom/train/model_cost.h"
#include "tests/train/tiny_training.h"

namespace fathom::train {
namespace {

model::ModelConfig from(const std::string& toml, std::int64_t vocab_size = 4096, std::int64_t length = 256) {
  Recipe recipe = Recipe::parse("[model]\n" + toml, "r.toml");
  return ModelRecipe::from_recipe(recipe, vocab_size, length).config;
}

TEST(ModelRecipe, ReadsSizes) {
  EXPECT_EQ(parse_size("20m"), 20'000'000);
  EXPECT_EQ(parse_size("1.5b"), 1'500'000'000);
  EXPECT_EQ(parse_size("800k"), 800'000);
  EXPECT_EQ(parse_size("tiny"), 1'000'000);
  for (const char* bad : {"", "m", "20", "20x", "-3m", "1k", "enormous", "20mm"}) EXPECT_THROW(parse_size(bad), UsageError) << bad;
}

TEST(ModelRecipe, OneDialGivesAModelOfAboutThatSize) {
  for (const auto architecture : {model::Architecture::deepseek_v3, model::Architecture::llama, model::Architecture::qwen2}) {
    for (const std::int64_t size : {1'000'000, 5'000'000, 20'000'000, 100'000'000}) {
      const model::ModelConfig config = derive_config(architecture, size, 4096);
      config.validate("derived");
      const double ratio = static_cast<double>(model_cost(config, 1).parameters) / static_cast<double>(size);
      EXPECT_GT(ratio, 0.6) << size;
      EXPECT_LT(ratio, 1.6) << size;
    }
  }
}

TEST(ModelRecipe, AnyNumberCanBeSetBesideTheSize) {
  const model::ModelConfig config =
      from("size = \"5m\"\nnum_hidden_layers = 3\nn_routed_experts = 12\nnum_mtp_modules = 0\nrope_theta = 5000");
  EXPECT_EQ(config.num_hidden_layers, 3);
  EXPECT_EQ(config.n_routed_experts, 12);
  EXPECT_EQ(config.num_mtp_modules, 0);
  EXPECT_EQ(config.rope.theta, 5000);
  const model::ModelConfig wide = from("hidden_size = 192");
  EXPECT_EQ(wide.hidden_size, 192);
  EXPECT_EQ(from("type = \"llama\"\nhidden_size = 128\nnum_attention_heads = 2\nhead_dim = 64").num_key_value_heads, 2);
}

TEST(ModelRecipe, TheResolvedRecipeGivesTheSameModel) {
  Recipe first = Recipe::parse("[model]\nsize = \"5m\"\nnum_hidden_layers = 5\n", "r.toml");
  const model::ModelConfig config = ModelRecipe::from_recipe(first, 4096, 256).config;
  Recipe second = Recipe::parse(first.resolved(), "resolved.toml");
  EXPECT_EQ(ModelRecipe::from_recipe(second, 4096, 256).config.to_json(), config.to_json());
}

TEST(ModelRecipe, RefusesContradictions) {
  EXPECT_THROW(from("type = \"gpt2\""), UsageError);
  EXPECT_THROW(from("size = \"huge\""), UsageError);
  EXPECT_THROW(from("hidden_size = 0"), UsageError);
  EXPECT_THROW(from("config = \"a.json\"\ninit_from = \"b\""), UsageError);
  EXPECT_THROW(from("max_position_embeddings = 100"), UsageError);
  EXPECT_THROW(from("num_experts_per_tok = 99"), Error);
  EXPECT_THROW(from("init_from = \"/nonexistent\""), Error);
}

TEST(ModelCost, CountsTheParametersOfTheModelItself) {
  std::vector<model::ModelConfig> configs = {tiny_config(), from("size = \"1m\"")};
  configs.push_back(tiny_config());
  configs.back().q_lora_rank = 12;
  configs.back().tie_word_embeddings = true;
  configs.back().n_shared_experts = 2;
  configs.push_back(tiny_config());
  configs.back().n_routed_experts = 0;
  configs.back().num_mtp_modules = 2;
  configs.push_back(from("type = \"llama\"\nhidden_size = 64\nnum_attention_heads = 4\nnum_key_value_heads = 2\nhead_dim = 16"));
  configs.push_back(from("type = \"qwen2\"\nhidden_size = 64"));
  for (const model::ModelConfig& config : configs) {
    const model::CausalLM model(config);
    EXPECT_EQ(model_cost(config, 16).parameters, model.parameter_count()) << config.to_json().dump();
  }
}

TEST(ModelCost, MatchesTheSizeCardOfV3) {
  // DeepSeek-V3: 671 B parameters, 37 B active, the MTP module's own 11.5 B (the paper counts no embedding there).
  model::ModelConfig config;
  config.architecture = model::Architecture::deepseek_v3;
  config.vocab_size = 129280;
  config.hidden_size = 7168;
  config.intermediate_size = 18432;
  config.num_hidden_layers = 61;
  config.num_attention_heads = config.num_key_value_heads = 128;
  config.q_lora_rank = 1536;
  config.kv_lora_rank = 512;
  config.qk_nope_head_dim = 128;
  config.qk_rope_head_dim = 64;
  config.v_head_dim = 128;
  config.n_routed_experts = 256;
  config.n_shared_experts = 1;
  config.num_experts_per_tok = 8;
  config.moe_intermediate_size = 2048;
  config.first_k_dense_replace = 3;
  config.num_mtp_modules = 1;
  const ModelCost cost = model_cost(config, 4096);
  EXPECT_NEAR(static_cast<double>(cost.parameters - cost.mtp_parameters) / 1e9, 671.0, 1.0);
  EXPECT_NEAR(static_cast<double>(cost.active_parameters) / 1e9, 37.0, 1.0);
  EXPECT_NEAR(static_cast<double>(cost.mtp_parameters) / 1e9, 11.5, 0.3);
}

TEST(MemoryPlan, CountsWhatTrainingHolds) {
  const ModelCost cost = model_cost(from("size = \"1m\""), 256);
  MemoryRequest request;
  request.sequence_length = 256;
  request.rows = 8;
  request.vocab_size = 4096;
  request.hidden_size = 128;
  const MemoryPlan plan = plan_memory(cost, request);
  EXPECT_DOUBLE_EQ(plan.parameters, 4.0 * static_cast<double>(cost.parameters));
  EXPECT_DOUBLE_EQ(plan.optimizer, 2 * plan.parameters);
  EXPECT_DOUBLE_EQ(plan.activations, 8 * plan.activations_per_row);
  EXPECT_GT(plan.available, 0);
  EXPECT_GT(plan.rows_that_fit, 8);
  EXPECT_TRUE(plan.fits());
  // The number of rows that it says would fit does, one more does not.
  request.rows = plan.rows_that_fit;
  EXPECT_LE(plan_memory(cost, request).total(), plan.available * 1.05);
  request.rows = plan.rows_that_fit * 2;
  EXPECT_FALSE(plan_memory(cost, request).fits());
  request.bf16 = true;
  EXPECT_GT(plan_memory(cost, request).casts, 0);
  EXPECT_NE(plan.table().find("AdamW"), std::string::npos);
}

}  // namespace
}  // namespace fathom::train
