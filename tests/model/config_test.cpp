#include "fathom/model/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json llama() {
  return Json::parse(R"({"model_type": "llama", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128, "eos_token_id": 2})");
}

Json deepseek() {
  return Json::parse(R"({"model_type": "deepseek_v3", "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64,
    "num_hidden_layers": 2, "num_attention_heads": 4, "q_lora_rank": 16, "kv_lora_rank": 8, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
    "v_head_dim": 12, "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "n_group": 2,
    "topk_group": 1, "first_k_dense_replace": 1, "norm_topk_prob": true, "routed_scaling_factor": 2.5,
    "num_nextn_predict_layers": 1, "max_position_embeddings": 256})");
}

Json with(Json json, const std::string& key, Json value) {
  json[key] = std::move(value);
  return json;
}

std::string refusal(const Json& json) {
  const std::string message = message_of<Error>([&] { ModelConfig::from_json(json, "DIR/config.json"); });
  EXPECT_THAT(message, HasSubstr("DIR/config.json"));
  return message;
}

TEST(Config, ReadsBothDialectsAlike) {
  Json older = deepseek();
  older["rope_theta"] = 50000;
  older["rope_scaling"] = Json::parse(R"({"type": "yarn", "factor": 40, "beta_fast": 32, "beta_slow": 1, "mscale": 1.0,
    "mscale_all_dim": 0.5, "original_max_position_embeddings": 64})");
  older["torch_dtype"] = "bfloat16";
  Json newer = deepseek();
  newer["rope_parameters"] = Json::parse(R"({"rope_type": "yarn", "rope_theta": 50000.0, "factor": 40.0, "beta_fast": 32.0,
    "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 0.5, "original_max_position_embeddings": 64})");
  newer["dtype"] = "bfloat16";
  const ModelConfig a = ModelConfig::from_json(older, "older"), b = ModelConfig::from_json(newer, "newer");
  EXPECT_EQ(a.rope, b.rope);
  EXPECT_EQ(a.rope.type, "yarn");
  EXPECT_EQ(a.rope.theta, 50000.0);
  EXPECT_EQ(a.rope.original_max_position_embeddings, 64);
  EXPECT_EQ(a.num_mtp_modules, 1);

  const OrderedJson written = a.to_json();
  EXPECT_EQ(written, b.to_json());
  EXPECT_FALSE(written.contains("rope_theta") || written.contains("rope_scaling") || written.contains("torch_dtype"));
  EXPECT_EQ(written["rope_parameters"]["rope_type"], "yarn");
  EXPECT_EQ(written["dtype"], "float32");
}

TEST(Config, WritesWhatItReads) {
  for (const Json& json : {llama(), deepseek(), with(deepseek(), "q_lora_rank", nullptr), with(llama(), "head_dim", 16)}) {
    const ModelConfig config = ModelConfig::from_json(json, "first");
    const Json written = Json::parse(config.to_json().dump());
    EXPECT_EQ(ModelConfig::from_json(written, "second").to_json(), config.to_json());
  }
}

TEST(Config, KeepsUnknownKeys) {
  Json json = with(llama(), "my_note", Json::parse(R"({"a": [1, 2]})"));
  json["rope_parameters"] = Json::parse(R"({"rope_type": "default", "rope_theta": 10000.0, "extra": 3})");
  json["auto_map"] = Json::parse(R"({"AutoConfig": "configuration_x.X"})");
  const OrderedJson written = ModelConfig::from_json(json, "config").to_json();
  EXPECT_EQ(written["my_note"], OrderedJson::parse(R"({"a": [1, 2]})"));
  EXPECT_EQ(written["rope_parameters"]["extra"], 3);
  EXPECT_FALSE(written.contains("auto_map")) << "the code it points to does not travel along";
}

TEST(Config, ReadsTokenIds) {
  EXPECT_THAT(ModelConfig::from_json(llama(), "c").eos_token_ids, ElementsAre(2));
  EXPECT_THAT(ModelConfig::from_json(with(llama(), "eos_token_id", {3, 4}), "c").eos_token_ids, ElementsAre(3, 4));
  EXPECT_TRUE(ModelConfig::from_json(with(llama(), "eos_token_id", nullptr), "c").eos_token_ids.empty());
  EXPECT_THAT(refusal(with(llama(), "eos_token_id", "two")), HasSubstr("eos_token_id"));
  EXPECT_THAT(refusal(with(llama(), "eos_token_id", {"two"})), HasSubstr("eos_token_id"));
}

TEST(Config, GenerationConfigNamesTheEnd) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / "config.json") << llama().dump();
  std::ofstream(scratch / "generation_config.json") << R"({"eos_token_id": [7, 9], "temperature": 0.6})";
  const ModelConfig config = ModelConfig::load(scratch.path());
  EXPECT_THAT(config.eos_token_ids, ElementsAre(7, 9));
  EXPECT_EQ(config.generation_json()["temperature"], 0.6);
  EXPECT_THAT(message_of<Error>([&] { ModelConfig::load(scratch / "config.json"); }), HasSubstr("not a directory"));
  std::ofstream(scratch / "config.json") << "{";
  EXPECT_THAT(message_of<Error>([&] { ModelConfig::load(scratch.path()); }), HasSubstr("config.json"));
}

TEST(Config, RefusesWhatContradictsItself) {
  Json two = with(llama(), "dtype", "float32");
  two["torch_dtype"] = "float16";
  EXPECT_THAT(refusal(two), HasSubstr("torch_dtype"));
  EXPECT_THAT(refusal(with(llama(), "rope_parameters", {{"rope_theta", 1e4}, {"type", "linear"}, {"rope_type", "yarn"}, {"factor", 2.0}})),
              HasSubstr("rope_type"));
  EXPECT_THAT(refusal(with(llama(), "rope_parameters", {{"rope_theta", 1e4}, {"factor", 4.0}})), HasSubstr("rope_type"));
}

// transformers' DeepseekV3Config, not what would be handy here.
TEST(Config, WhatAFileLeavesOutIsWhatTransformersTakes) {
  Json json = deepseek();
  for (const char* key : {"routed_scaling_factor", "n_shared_experts", "q_lora_rank", "n_group", "topk_group", "first_k_dense_replace"})
    json.erase(key);
  json["n_routed_experts"] = 64;
  const ModelConfig config = ModelConfig::from_json(json, "config.json");
  EXPECT_EQ(config.routed_scaling_factor, 2.5);
  EXPECT_EQ(config.n_shared_experts, 1);
  EXPECT_EQ(config.q_lora_rank, 1536);
  EXPECT_EQ(config.n_group, 8);
  EXPECT_EQ(config.topk_group, 4);
  EXPECT_EQ(config.first_k_dense_replace, 3);
}

TEST(Config, RefusesWhatItDoesNotCompute) {
  EXPECT_THAT(refusal(with(llama(), "model_type", "gpt_oss")), HasSubstr("gpt_oss"));
  EXPECT_THAT(refusal(with(llama(), "hidden_act", "gelu")), HasSubstr("gelu"));
  EXPECT_THAT(refusal(with(deepseek(), "scoring_func", "softmax")), HasSubstr("softmax"));
  EXPECT_THAT(refusal(with(deepseek(), "topk_method", "greedy")), HasSubstr("topk_method"));
  EXPECT_THAT(refusal(with(deepseek(), "moe_layer_freq", 2)), HasSubstr("moe_layer_freq"));
  EXPECT_THAT(refusal(with(llama(), "rope_scaling", {{"rope_type", "longrope"}, {"factor", 2.0}})), HasSubstr("longrope"));
  EXPECT_THAT(refusal(with(llama(), "rope_scaling", {{"type", "dynamic"}, {"factor", 2.0}})), HasSubstr("dynamic"));
  EXPECT_THAT(refusal(with(llama(), "partial_rotary_factor", 0.5)), HasSubstr("partial_rotary_factor"));
  EXPECT_THAT(refusal(with(llama(), "quantization_config", {{"quant_method", "gptq"}})), HasSubstr("gptq"));
  EXPECT_THAT(refusal(with(llama(), "quantization_config", {{"quant_method", "fp8"}})), HasSubstr("weight_block_size"));

  Json qwen = with(llama(), "model_type", "qwen2");
  qwen["use_sliding_window"] = true;
  qwen["sliding_window"] = 32;
  EXPECT_NO_THROW(ModelConfig::from_json(qwen, "c")) << "no layer reaches max_window_layers";
  EXPECT_THAT(refusal(with(qwen, "max_window_layers", 1)), HasSubstr("use_sliding_window"));
  EXPECT_THAT(refusal(with(qwen, "layer_types", {"full_attention", "sliding_attention"})), HasSubstr("sliding_attention"));
}

TEST(Config, RefusesContradictions) {
  EXPECT_THAT(refusal(Json::array()), HasSubstr("array"));
  Json without = llama();
  without.erase("vocab_size");
  EXPECT_THAT(refusal(without), HasSubstr("vocab_size"));
  EXPECT_THAT(refusal(with(llama(), "vocab_size", -3)), HasSubstr("vocab_size"));
  EXPECT_THAT(refusal(with(llama(), "vocab_size", "many")), HasSubstr("vocab_size"));
  EXPECT_THAT(refusal(with(llama(), "num_attention_heads", 0)), HasSubstr("num_attention_heads"));
  EXPECT_THAT(refusal(with(llama(), "num_attention_heads", 5)), HasSubstr("head_dim"));
  EXPECT_THAT(refusal(with(llama(), "num_key_value_heads", 3)), HasSubstr("num_key_value_heads"));
  EXPECT_THAT(refusal(with(llama(), "head_dim", 7)), HasSubstr("even"));
  EXPECT_THAT(refusal(with(llama(), "num_hidden_layers", 1000000000)), HasSubstr("num_hidden_layers"));
  EXPECT_THAT(refusal(with(llama(), "rms_norm_eps", 0.0)), HasSubstr("rms_norm_eps"));
  EXPECT_THAT(refusal(with(deepseek(), "num_key_value_heads", 2)), HasSubstr("num_key_value_heads"));
  EXPECT_THAT(refusal(with(deepseek(), "qk_head_dim", 13)), HasSubstr("qk_head_dim"));
  EXPECT_THAT(refusal(with(deepseek(), "n_group", 3)), HasSubstr("n_group"));
  EXPECT_THAT(refusal(with(deepseek(), "topk_group", 3)), HasSubstr("topk_group"));
  EXPECT_THAT(refusal(with(deepseek(), "num_experts_per_tok", 5)), HasSubstr("num_experts_per_tok"));
  EXPECT_THAT(refusal(with(deepseek(), "kv_lora_rank", 0)), HasSubstr("kv_lora_rank"));

  Json twice = llama();
  twice["rope_theta"] = 10000.0;
  twice["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 20000.0}};
  EXPECT_THAT(refusal(twice), HasSubstr("rope_theta"));
  Json both = with(llama(), "rope_parameters", {{"rope_type", "default"}, {"rope_theta", 10000.0}});
  EXPECT_THAT(refusal(with(both, "rope_scaling", {{"rope_type", "linear"}, {"factor", 2.0}})), HasSubstr("rope_scaling"));
  EXPECT_THAT(refusal(with(llama(), "rope_scaling", {{"rope_type", "linear"}, {"factor", 0.0}})), HasSubstr("factor"));
  EXPECT_THAT(refusal(with(llama(), "rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}})), HasSubstr("low_freq_factor"));
}

}  // namespace
}  // namespace fathom::model
