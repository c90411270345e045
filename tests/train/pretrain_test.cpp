#include "fathom/train/pretrain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/pretrain_data.h"
#include "tests/base/scratch_directory.h"
#include "tests/train/tiny_training.h"

namespace fathom::train {
namespace {

// Two hundred short documents with a pattern to learn.
void write_corpus(const std::filesystem::path& path) {
  std::ofstream stream(path);
  for (int i = 0; i < 200; ++i) stream << "The number after " << i << " is " << i + 1 << ", and twice " << i << " is " << 2 * i << ".\n\n";
}

Recipe tiny_recipe(const std::filesystem::path& text, const std::string& more = "") {
  Recipe recipe = Recipe::parse(
      "[model]\nhidden_size = 32\nnum_hidden_layers = 2\nnum_attention_heads = 2\nqk_nope_head_dim = 8\nqk_rope_head_dim = 4\n"
      "v_head_dim = 8\nkv_lora_rank = 16\nintermediate_size = 48\nn_routed_experts = 4\nnum_experts_per_tok = 2\nmoe_intermediate_size = "
      "16\n"
      "[tokenizer]\nvocab_size = 300\n[data]\nsequence_length = 16\nvalidation_fraction = 0.1\n"
      "[train]\nbatch_sequences = 4\nsteps = 8\ncheckpoint_every = 4\nevaluate_every = 4\n[schedule]\npeak = 1e-2\n",
      "tiny.toml");
  recipe.set("data.train=" + text.string());
  if (!more.empty()) recipe.set(more);
  return recipe;
}

RunSettings quiet(const std::filesystem::path& out, bool resume = false) { return {out, at::kCPU, resume, true}; }

TEST(Pretrain, GoesFromTextToAModelDirectory) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt", "data.test=" + (scratch / "corpus.txt").string());
  const PretrainResult result = pretrain(recipe, quiet(scratch / "run"));
  EXPECT_EQ(result.loop.steps, 8);
  ASSERT_TRUE(result.loop.validation.has_value());
  EXPECT_GT(result.loop.validation->bits_per_byte, 0.0);
  ASSERT_EQ(result.tests.size(), 1U);
  EXPECT_LT(result.tests[0].second.loss, std::log(300.0));
  EXPECT_TRUE(std::filesystem::exists(scratch / "run/model/tokenizer.json"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "run/recipe.toml"));
  EXPECT_TRUE(latest_checkpoint(scratch / "run").has_value());
  const auto model = model::CausalLM::load(result.model);
  EXPECT_EQ(model->mtp_modules(), 1);
  EXPECT_EQ(result.summary["training"]["steps"], 8);
  // Every byte of the text is in one of the two, a tenth or so in the smaller.
  const auto kept_apart = data::TokenCorpus::open(scratch / "run/data/train", {.split = "validation"}).text_bytes();
  const auto trained_on = data::TokenCorpus::open(scratch / "run/data/train").text_bytes();
  const auto all = static_cast<std::int64_t>(std::filesystem::file_size(scratch / "corpus.txt"));
  EXPECT_NEAR(static_cast<double>(kept_apart + trained_on), static_cast<double>(all), 0.02 * static_cast<double>(all));
  EXPECT_NEAR(static_cast<double>(kept_apart), 0.1 * static_cast<double>(all), 0.05 * static_cast<double>(all));
}

TEST(Pretrain, TheResolvedRecipeRepeatsTheRunBitByBit) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  pretrain(recipe, quiet(scratch / "first"));
  Recipe again = Recipe::load(scratch / "first/recipe.toml");
  pretrain(again, quiet(scratch / "second"));
  EXPECT_EQ(file_bytes(scratch / "first/model/model.safetensors"), file_bytes(scratch / "second/model/model.safetensors"));
}

TEST(Pretrain, ContinuesFromAModelDirectory) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  const PretrainResult base = pretrain(recipe, quiet(scratch / "base"));
  Recipe more;
  more.set("data.train=" + (scratch / "corpus.txt").string());
  more.set("model.init_from=" + base.model.string());
  more.set("data.sequence_length=16");
  more.set("train.batch_sequences=4");
  more.set("train.steps=2");
  more.set("schedule.peak=1e-9");
  more.set("data.validation_fraction=0.1");
  const PretrainResult continued = pretrain(more, quiet(scratch / "more"));
  // Practically no learning: it begins where the first run ended.
  ASSERT_TRUE(continued.loop.validation.has_value());
  EXPECT_NEAR(continued.loop.validation->loss, base.loop.validation->loss, 0.01);
}

TEST(Pretrain, LeavesOutWhatTheRecipeExcludes) {
  const ScratchDirectory scratch;
  std::filesystem::create_directories(scratch / "text/held-out");
  write_corpus(scratch / "text/a.txt");
  write_corpus(scratch / "text/held-out/b.txt");
  PretrainDataRecipe recipe;
  recipe.exclude = {"held-out"};
  EXPECT_EQ(recipe.files({(scratch / "text").string()}, "data.train").size(), 1U);
  recipe.exclude = {"*.txt"};
  EXPECT_THROW(recipe.files({(scratch / "text").string()}, "data.train"), Error);
}

TEST(Pretrain, TrainsOnAPreparedCorpusWithItsTokenizerAndSplits) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  const PretrainResult raw = pretrain(recipe, quiet(scratch / "raw"));
  // What pretrain made of the text is a prepared corpus like any other.
  Recipe again = tiny_recipe(scratch / "raw/data/train");
  const PretrainResult prepared = pretrain(again, quiet(scratch / "prepared"));
  EXPECT_EQ(file_bytes(raw.model / "model.safetensors"), file_bytes(prepared.model / "model.safetensors"));
  ASSERT_TRUE(prepared.loop.validation.has_value());
  EXPECT_EQ(prepared.loop.validation->loss, raw.loop.validation->loss);

  Recipe twice = tiny_recipe(scratch / "raw/data/train");
  twice.set("data.train=" + Json{(scratch / "raw/data/train").string(), (scratch / "raw/data/train").string()}.dump());
  EXPECT_EQ(pretrain(twice, quiet(scratch / "twice")).loop.steps, 8);

  Recipe mixed = tiny_recipe(scratch / "raw/data/train");
  mixed.set("data.train=" + Json{(scratch / "raw/data/train").string(), (scratch / "corpus.txt").string()}.dump());
  EXPECT_THROW(pretrain(mixed, quiet(scratch / "mixed")), UsageError);

  // A shard that is not what the manifest says.
  const auto shard = scratch / "raw/data/train/train/shard-00000.safetensors";
  std::string bytes = read_file(shard);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(shard, bytes);
  Recipe changed = tiny_recipe(scratch / "raw/data/train");
  EXPECT_NE(message_of<Error>([&] { pretrain(changed, quiet(scratch / "changed")); }).find("SHA-256"), std::string::npos);
}

TEST(Pretrain, RefusesACorpusOfAnotherTokenizer) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  pretrain(recipe, quiet(scratch / "raw"));
  std::ofstream(scratch / "other.txt") << "quite another text for quite another tokenizer of quite other tokens\n";
  Recipe other = tiny_recipe(scratch / "other.txt", "data.validation_fraction=0");
  other.set("train.steps=1");
  other.set("data.sequence_length=4");
  pretrain(other, quiet(scratch / "other"));
  Recipe wrong = tiny_recipe(scratch / "raw/data/train", "tokenizer.path=" + (scratch / "other/tokenizer").string());
  EXPECT_NE(message_of<Error>([&] { pretrain(wrong, quiet(scratch / "wrong")); }).find("another tokenizer"), std::string::npos);
}

TEST(Pretrain, RefusesAnUnknownKeyWithASuggestion) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt", "schedule.peek=1");
  const std::string message = message_of<UsageError>([&] { pretrain(recipe, quiet(scratch / "run")); });
  EXPECT_NE(message.find("schedule.peak"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST(Pretrain, RefusesBadRecipesBeforeAnythingRuns) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  for (const char* bad : {"train.steps=0", "train.tokens=100", "train.batch_sequences=0", "data.sequence_length=-1", "train.precision=bf16",
                          "train.precision=fp64", "data.validation_fraction=0.9", "model.size=gigantic", "train.seed=\"one\"",
                          "optimizer.beta1=2", "data.train=[]", "tokenizer.path=/nonexistent"}) {
    Recipe recipe = tiny_recipe(scratch / "corpus.txt", bad);
    if (std::string(bad) == "train.steps=0") recipe.set("train.epochs=0");
    EXPECT_THROW(pretrain(recipe, quiet(scratch / "run")), Error) << bad;
    EXPECT_FALSE(std::filesystem::exists(scratch / "run/model")) << bad;
  }
}

TEST(Pretrain, SaysWhichInputIsUnusable) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / "empty.txt").flush();
  std::ofstream(scratch / "binary.txt") << std::string("a\0b", 3);
  std::ofstream(scratch / "broken.jsonl") << "{\"text\": \"fine\"}\n{\"text\": \n";
  for (const char* name : {"empty.txt", "binary.txt", "broken.jsonl", "missing.txt"}) {
    Recipe recipe = tiny_recipe(scratch / name);
    const std::string message = message_of<Error>([&] { pretrain(recipe, quiet(scratch / (std::string("run-") + name))); });
    EXPECT_NE(message.find(name), std::string::npos) << message;
  }
}

TEST(Pretrain, RefusesToOverwriteARun) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  const double loss = pretrain(recipe, quiet(scratch / "run")).loop.last.loss;
  Recipe again = tiny_recipe(scratch / "corpus.txt");
  EXPECT_NE(message_of<UsageError>([&] { pretrain(again, quiet(scratch / "run")); }).find("--resume"), std::string::npos);
  // A finished run that is resumed has nothing left to do and ends well.
  Recipe finished = tiny_recipe(scratch / "corpus.txt");
  const PretrainResult resumed = pretrain(finished, quiet(scratch / "run", true));
  EXPECT_EQ(resumed.loop.steps, 8);
  EXPECT_EQ(resumed.loop.last.loss, loss);
}

TEST(Pretrain, NothingToResumeIsSaidBeforeAnythingIsPrepared) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  EXPECT_NE(message_of<UsageError>([&] { pretrain(recipe, quiet(scratch / "run", true)); }).find("without --resume"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST(Pretrain, RefusesValuesThatMakeNoSense) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  const auto message = [&](const char* setting) {
    Recipe recipe = tiny_recipe(scratch / "corpus.txt");
    recipe.set(setting);
    return message_of<UsageError>([&] { pretrain(recipe, quiet(scratch / "run")); });
  };
  EXPECT_NE(message("train.seed=-1").find("train.seed"), std::string::npos);
  EXPECT_NE(message("data.sequence_length=1").find("data.sequence_length"), std::string::npos);
  EXPECT_NE(message("tokenizer.path=/no/such/tokenizer").find("'tokenizer.path' names /no/such/tokenizer"), std::string::npos);
  EXPECT_NE(message("model.init_from=/no/such/model").find("'model.init_from' names /no/such/model"), std::string::npos);
}

TEST(Pretrain, PlansWithoutTouchingAnything) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  Recipe recipe = tiny_recipe(scratch / "corpus.txt");
  const PretrainPlan plan = plan_pretraining(recipe, quiet(scratch / "run"));
  EXPECT_NE(plan.text.find("AdamW moments"), std::string::npos);
  EXPECT_GT(plan.json["memory"]["activations"].get<double>(), 0.0);
  EXPECT_EQ(scratch.entries(), 1U);
}

}  // namespace
}  // namespace fathom::train
