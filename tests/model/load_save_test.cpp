// Reading and writing model directories: nothing is lost, nothing wrong is taken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/base/scratch_directory.h"
#include "tests/model/fixtures.h"

namespace fathom::model {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

at::Tensor some_ids(std::int64_t vocab) { return at::randint(vocab, {2, 20}, at::kLong); }

// A small model with experts, a multi-token module, and a correction bias that is not zero.
std::unique_ptr<CausalLM> model_with_everything() {
  ModelConfig config = ModelConfig::load(fixture("deepseek_yarn"));
  config.num_mtp_modules = 2;
  auto model = std::make_unique<CausalLM>(config);
  model->initialize(5);
  for (at::Tensor& bias : model->correction_biases()) bias.normal_();
  return model;
}

void expect_same_tensors(const CausalLM& a, const CausalLM& b, at::ScalarType dtype = at::kFloat) {
  std::vector<nn::CheckpointTensor> ours, theirs;
  a.collect_checkpoint("", ours);
  b.collect_checkpoint("", theirs);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i].name, theirs[i].name);
    const at::Tensor expected = ours[i].fp32 ? ours[i].view : ours[i].view.to(dtype).to(at::kFloat);
    EXPECT_TRUE(at::equal(expected, theirs[i].view)) << ours[i].name;
  }
}

class Architectures : public testing::TestWithParam<std::string> {};
TEST_P(Architectures, SayTheSameAfterSaving) {
  const at::NoGradGuard no_grad;
  const ScratchDirectory scratch;
  const auto model = CausalLM::load(fixture(GetParam()));
  model->save(scratch.path());
  const auto again = CausalLM::load(scratch.path());
  const at::Tensor ids = some_ids(model->config().vocab_size);
  EXPECT_EQ(largest_difference(logits_of(*model, ids), logits_of(*again, ids)), 0.0);
  EXPECT_EQ(model->config().to_json(), again->config().to_json());
  EXPECT_EQ(again->config().eos_token_ids, model->config().eos_token_ids);
}
INSTANTIATE_TEST_SUITE_P(All, Architectures, testing::ValuesIn(fixture_names()), [](const auto& info) { return info.param; });

TEST(Save, KeepsModulesAndCorrectionBias) {
  const ScratchDirectory scratch;
  const auto model = model_with_everything();
  model->save(scratch.path());
  const auto again = CausalLM::load(scratch.path());
  EXPECT_EQ(again->mtp_modules(), 2);
  EXPECT_EQ(again->config().to_json()["num_nextn_predict_layers"], 2);
  expect_same_tensors(*model, *again);
  EXPECT_EQ(model->parameters().size(), again->parameters().size()) << "the modules share embedding and head again";
  const SafetensorsFile file = SafetensorsFile::open(scratch / "model.safetensors");
  for (const char* name : {"model.layers.2.enorm.weight", "model.layers.2.hnorm.weight", "model.layers.2.eh_proj.weight",
                           "model.layers.2.embed_tokens.weight", "model.layers.2.shared_head.norm.weight",
                           "model.layers.2.shared_head.head.weight", "model.layers.3.mlp.gate.e_score_correction_bias"})
    EXPECT_TRUE(file.contains(name)) << name;
}

TEST(Save, KeepsAModulesOwnEmbeddingAndHead) {
  const at::NoGradGuard no_grad;
  const ScratchDirectory scratch, second;
  model_with_everything()->save(scratch.path());
  // Rewritten with one module's embedding and the other's head changed.
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  {
    const SafetensorsFile file = SafetensorsFile::open(scratch / "model.safetensors");
    for (const std::string& name : file.names()) {
      const bool own = name == "model.layers.2.embed_tokens.weight" || name == "model.layers.3.shared_head.head.weight";
      tensors.emplace_back(name, own ? file.tensor(name) + 1.0 : file.tensor(name).clone());
    }
  }
  write_safetensors(scratch / "model.safetensors", tensors);
  const auto model = CausalLM::load(scratch.path());
  EXPECT_NE(model->mtp_output_weight(1).data_ptr(), model->output_weight().data_ptr());
  EXPECT_EQ(model->mtp_output_weight(0).data_ptr(), model->output_weight().data_ptr());
  model->save(second.path());
  const auto again = CausalLM::load(second.path());
  expect_same_tensors(*model, *again);
  const auto copy = model->clone();
  expect_same_tensors(*model, *copy);
  EXPECT_EQ(copy->parameter_count(), model->parameter_count());
}

TEST(Save, WritesHalfPrecision) {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    const ScratchDirectory scratch;
    const auto model = model_with_everything();
    model->save(scratch.path(), {.dtype = dtype});
    const SafetensorsFile file = SafetensorsFile::open(scratch / "model.safetensors");
    EXPECT_EQ(file.dtype_name("model.norm.weight"), dtype == at::kHalf ? "F16" : "BF16");
    EXPECT_EQ(file.dtype_name("model.layers.1.mlp.gate.e_score_correction_bias"), "F32");
    EXPECT_EQ(read_json(scratch / "config.json")["dtype"], dtype == at::kHalf ? "float16" : "bfloat16");
    expect_same_tensors(*model, *CausalLM::load(scratch.path()), dtype);
  }
}

TEST(Save, SplitsIntoShards) {
  const ScratchDirectory scratch;
  const auto model = model_with_everything();
  model->save(scratch.path(), {.max_shard_bytes = 40000});
  EXPECT_FALSE(fs::exists(scratch / "model.safetensors"));
  const Json index = read_json(scratch / "model.safetensors.index.json");
  std::int64_t bytes = 0;
  std::set<std::string> shards;
  for (const auto& [name, shard] : index["weight_map"].items()) shards.insert(shard.get<std::string>());
  EXPECT_GT(shards.size(), 3U);
  for (const std::string& shard : shards) {
    EXPECT_LT(fs::file_size(scratch / shard), 60000U);
    const SafetensorsFile file = SafetensorsFile::open(scratch / shard);
    for (const std::string& name : file.names()) bytes += static_cast<std::int64_t>(file.tensor(name).nbytes());
  }
  EXPECT_EQ(index["metadata"]["total_size"], bytes);
  expect_same_tensors(*model, *CausalLM::load(scratch.path()));

  fs::remove(scratch / *shards.begin());
  EXPECT_THAT(message_of<Error>([&] { CausalLM::load(scratch.path()); }), HasSubstr(*shards.begin()));
}

TEST(Save, FailsWhole) {
  const auto model = model_with_everything();
  EXPECT_THAT(message_of<Error>([&] { model->save("/nowhere/at/all"); }), HasSubstr("/nowhere/at/all"));
  // A full disk: files may not grow beyond 20 kB.
  const ScratchDirectory scratch;
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {20000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = message_of<Error>([&] {
    AtomicDirectory target(scratch / "model");
    model->save(target.path());
    target.commit();
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("model.safetensors"));
  EXPECT_EQ(scratch.entries(), 0U) << "nothing half-written remains";
}

// A copy of a fixture whose tensors or config can be changed.
class Damaged : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"config.json", "model.safetensors"}) fs::copy_file(fixture("llama_yarn") / name, scratch_ / name);
  }
  void set_config(const std::string& key, const Json& value) {
    Json config = read_json(scratch_ / "config.json");
    config[key] = value;
    write_file_atomically(scratch_ / "config.json", config.dump());
  }
  void change_tensors(const std::function<void(std::map<std::string, at::Tensor>&)>& change) {
    std::map<std::string, at::Tensor> tensors;
    {
      const SafetensorsFile file = SafetensorsFile::open(scratch_ / "model.safetensors");
      for (const std::string& name : file.names()) tensors[name] = file.tensor(name).clone();
    }
    change(tensors);
    write_safetensors(scratch_ / "model.safetensors", {tensors.begin(), tensors.end()});
  }
  std::string refusal() {
    return message_of<Error>([&] { CausalLM::load(scratch_.path()); });
  }
  ScratchDirectory scratch_;
};

TEST_F(Damaged, IsFineUnchanged) { EXPECT_EQ(refusal(), ""); }

TEST_F(Damaged, NamesMissingTensors) {
  change_tensors([](auto& tensors) { tensors.erase("model.layers.1.self_attn.k_proj.weight"); });
  EXPECT_THAT(refusal(), HasSubstr("model.layers.1.self_attn.k_proj.weight"));
}

TEST_F(Damaged, NamesUnexpectedTensors) {
  change_tensors([](auto& tensors) { tensors["model.layers.0.self_attn.sinks"] = at::zeros({4}); });
  EXPECT_THAT(refusal(), HasSubstr("self_attn.sinks"));
}

TEST_F(Damaged, AcceptsStoredFrequencies) {
  change_tensors([](auto& tensors) { tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = at::zeros({4}); });
  EXPECT_EQ(refusal(), "");
}

TEST_F(Damaged, NamesWrongShapes) {
  change_tensors([](auto& tensors) { tensors["model.norm.weight"] = at::zeros({31}); });
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("model.norm.weight"), HasSubstr("[31]"), HasSubstr("[32]")));
}

TEST_F(Damaged, NamesAWrongVocabulary) {
  set_config("vocab_size", 129);
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("model.embed_tokens.weight"), HasSubstr("129")));
}

TEST_F(Damaged, RefusesAnImpossibleSizeWithoutTakingMemory) {
  set_config("intermediate_size", 1 << 28);
  set_config("vocab_size", 1 << 28);
  EXPECT_THAT(refusal(), HasSubstr("model.embed_tokens.weight"));
}

TEST_F(Damaged, NamesAWrongDtype) {
  change_tensors([](auto& tensors) { tensors["model.norm.weight"] = at::zeros({32}, at::kInt); });
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("model.norm.weight"), HasSubstr("I32")));
}

TEST_F(Damaged, NamesATruncatedFile) {
  fs::resize_file(scratch_ / "model.safetensors", 30000);
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("model.safetensors"), HasSubstr("truncated")));
}

TEST_F(Damaged, SaysWhatIsMissing) {
  fs::remove(scratch_ / "model.safetensors");
  EXPECT_THAT(refusal(), HasSubstr("model.safetensors.index.json"));
  fs::remove(scratch_ / "config.json");
  EXPECT_THAT(refusal(), HasSubstr("config.json"));
}

TEST_F(Damaged, RefusesAnIndexThatLeavesTheDirectory) {
  fs::remove(scratch_ / "model.safetensors");
  write_file_atomically(scratch_ / "model.safetensors.index.json", R"({"weight_map": {"a": "../model.safetensors"}})");
  EXPECT_THAT(refusal(), HasSubstr("../model.safetensors"));
  write_file_atomically(scratch_ / "model.safetensors.index.json", R"({"weight_map": 3})");
  EXPECT_THAT(refusal(), HasSubstr("weight_map"));
}

TEST_F(Damaged, RefusesATieThatDoesNotHold) {
  set_config("tie_word_embeddings", true);
  EXPECT_THAT(refusal(), HasSubstr("lm_head.weight"));
  change_tensors([](auto& tensors) { tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone(); });
  EXPECT_EQ(refusal(), "");
}

TEST_F(Damaged, RefusesScalesOfTheWrongShape) {
  set_config("quantization_config", {{"quant_method", "fp8"}, {"weight_block_size", {128, 128}}});
  change_tensors([](auto& tensors) { tensors["model.layers.0.mlp.up_proj.weight_scale_inv"] = at::ones({1, 1}); });
  EXPECT_EQ(refusal(), "") << "scales of a tensor that is not float8 are of no use and do no harm";
}

}  // namespace
}  // namespace fathom::model
