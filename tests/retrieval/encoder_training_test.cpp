#include "fathom/retrieval/encoder_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/output_lock.h"
#include "fathom/retrieval/autoencoder_recipe.h"
#include "fathom/retrieval/length_batches.h"
#include "fathom/retrieval/reconstruction.h"
#include "fathom/retrieval/sentence_encoder.h"
#include "tests/base/scratch_directory.h"
#include "tests/retrieval/tiny_encoder.h"

namespace fathom::retrieval {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Recipe tiny_recipe(const std::filesystem::path& text, const std::string& architecture, std::int64_t steps) {
  Recipe recipe;
  recipe.set("data.text=" + Json(std::vector<std::string>{text.string()}).dump());
  recipe.set("model.architecture=" + architecture);
  for (const char* assignment :
       {"model.width=32", "model.heads=4", "model.inner_width=64", "model.layers=1", "data.validation_sentences=40", "vectors.width=16",
        "vectors.min_count=1", "vectors.shift=0", "vocabulary.min_count=1", "vocabulary.subwords=330", "train.batch_sentences=16",
        "train.dropout=0.1", "train.log_every=5", "schedule.peak=3e-3", "train.checkpoint_every=0"}) {
    recipe.set(assignment);
  }
  recipe.set("train.steps=" + std::to_string(steps));
  return recipe;
}

train::RunSettings quiet(const std::filesystem::path& out, bool resume = false) { return {out, at::kCPU, resume, true}; }

TEST(LengthBatches, EachSentenceOnceAnEpochAndEqualLengths) {
  std::vector<std::vector<std::int64_t>> sentences;
  for (std::int64_t i = 0; i < 50; ++i) sentences.emplace_back(static_cast<std::size_t>(3 + i % 4), i + 2);
  LengthBatches batches(sentences, 4, 9, at::kCPU), again(sentences, 4, 9, at::kCPU);
  EXPECT_EQ(batches.sentences(), 50);
  std::multiset<std::int64_t> seen;
  for (std::int64_t i = 0; i < batches.batches_per_epoch(); ++i) {
    const at::Tensor batch = batches.batch(i);
    EXPECT_LE(batch.size(0), 4);
    for (std::int64_t row = 0; row < batch.size(0); ++row) seen.insert(batch[row][0].item<std::int64_t>());
  }
  EXPECT_EQ(seen.size(), 50U);
  EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), 50U);
  // A function of the step, also when asked for out of order.
  EXPECT_TRUE(at::equal(again.batch(3 * batches.batches_per_epoch() + 1), batches.batch(3 * batches.batches_per_epoch() + 1)));
  EXPECT_TRUE(at::equal(again.batch(0), LengthBatches(sentences, 4, 9, at::kCPU).batch(0)));
  EXPECT_THROW(LengthBatches({}, 4, 9, at::kCPU), Error);
}

TEST(EncoderTraining, LearnsToRebuildSentences) {
  const ScratchDirectory scratch;
  write_tiny_text(scratch / "text.txt", 1200);
  Recipe recipe = tiny_recipe(scratch / "text.txt", "mean_max", 700);
  recipe.set("train.dropout=0");
  recipe.set("model.width=64");
  recipe.set("train.saved_weights=fp16");
  const EncoderTrainingResult result = train_encoder(recipe, quiet(scratch / "run"), 2);
  EXPECT_FALSE(result.interrupted);
  ASSERT_TRUE(result.validation_loss && result.exact_tokens && result.bleu);
  EXPECT_LT(*result.validation_loss, 0.5);  // uniform over the words: 3.4
  EXPECT_GT(*result.exact_tokens, 0.8);
  EXPECT_GT(*result.bleu, 0.5);
  const auto encoder = MeanMaxSentenceEncoder::load(result.model);
  EXPECT_EQ(encoder->width(), 128);
  EXPECT_EQ(encoder->encode({"the king saw a red house ."}).without_words, 0);
  EXPECT_THAT(read_file(scratch / "run" / "reconstructions.jsonl"), HasSubstr("\"rebuilt\""));
  EXPECT_THAT(read_file(scratch / "run" / "metrics.jsonl"), HasSubstr("reconstruction_bleu"));
  EXPECT_THAT(read_file(scratch / "run" / "recipe.toml"), HasSubstr("label_smoothing"));
  Recipe same = tiny_recipe(scratch / "text.txt", "mean_max", 5);
  EXPECT_THAT(message_of<UsageError>([&] { train_encoder(same, quiet(scratch / "run"), 1); }), HasSubstr("already holds a run"));
}

TEST(EncoderTraining, ResumingIsTheSameRun) {
  const ScratchDirectory scratch;
  write_tiny_text(scratch / "text.txt", 300);
  const auto weights = [&](const std::string& run) {
    const auto encoder = MeanMaxSentenceEncoder::load(scratch / run / "model");
    std::vector<nn::CheckpointTensor> tensors;
    encoder->model().collect_checkpoint("", tensors);
    std::vector<at::Tensor> values;
    for (const nn::CheckpointTensor& tensor : tensors) values.push_back(tensor.view.clone());
    return values;
  };
  Recipe whole = tiny_recipe(scratch / "text.txt", "mean_max", 12);
  train_encoder(whole, quiet(scratch / "whole"), 1);
  Recipe first = tiny_recipe(scratch / "text.txt", "mean_max", 7);
  train_encoder(first, quiet(scratch / "parts"), 1);
  Recipe rest = tiny_recipe(scratch / "text.txt", "mean_max", 12);
  EXPECT_EQ(train_encoder(rest, quiet(scratch / "parts", true), 1).steps, 12);
  const std::vector<at::Tensor> expected = weights("whole"), found = weights("parts");
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(at::equal(found[i], expected[i])) << i;

  // Another model is refused by the key that differs, and the run's own recipe stays.
  const std::string own_recipe = read_file(scratch / "parts" / "recipe.toml");
  Recipe wider = tiny_recipe(scratch / "text.txt", "mean_max", 14);
  wider.set("model.inner_width=32");
  EXPECT_THAT(message_of<Error>([&] { train_encoder(wider, quiet(scratch / "parts", true), 1); }),
              AllOf(HasSubstr("model.inner_width = 64"), HasSubstr("model.inner_width = 32")));
  EXPECT_EQ(read_file(scratch / "parts" / "recipe.toml"), own_recipe);

  // Another text has another vocabulary: refused before anything is changed.
  write_file_atomically(scratch / "other.txt", "one two three four five .\none two three four six .\n");
  Recipe other = tiny_recipe(scratch / "other.txt", "mean_max", 14);
  EXPECT_THAT(message_of<Error>([&] { train_encoder(other, quiet(scratch / "parts", true), 1); }),
              HasSubstr("vocabulary is not that of the recipe's text"));
}

TEST(EncoderTraining, TheLogGoesOnWhereARunWasStopped) {
  const ScratchDirectory scratch;
  write_tiny_text(scratch / "text.txt", 300);
  const auto recipe_of = [&](std::int64_t steps) {
    Recipe recipe = tiny_recipe(scratch / "text.txt", "mean_max", steps);
    for (const char* key : {"schedule.warmup_steps=0", "train.log_every=7", "train.evaluate_every=0", "train.reconstruct_every=0"})
      recipe.set(key);
    return recipe;
  };
  const auto losses = [&](const std::string& run) {
    std::map<std::int64_t, double> found;
    LineReader lines(scratch / run / "metrics.jsonl");
    while (const auto line = lines.next()) {
      const Json record = Json::parse(*line);
      found[record.at("step")] = record.at("loss");
    }
    return found;
  };
  // Ctrl-C, once the log shows that steps are made; wherever that stops the run, the rest shall look the same.
  std::thread interrupter([log = scratch / "parts" / "metrics.jsonl"] {
    std::error_code error;
    while (std::filesystem::file_size(log, error) == 0 || error) std::this_thread::yield();
    std::raise(SIGINT);
  });
  Recipe endless = recipe_of(1'000'000);
  const EncoderTrainingResult stopped = train_encoder(endless, quiet(scratch / "parts"), 1);
  interrupter.join();
  ASSERT_TRUE(stopped.interrupted);
  Recipe rest = recipe_of(stopped.steps + 15), whole = recipe_of(stopped.steps + 15);
  train_encoder(rest, quiet(scratch / "parts", true), 1);
  train_encoder(whole, quiet(scratch / "whole"), 1);
  const auto expected = losses("whole"), found = losses("parts");
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [step, loss] : expected) EXPECT_NEAR(found.at(step), loss, 1e-5) << step;
}

TEST(EncoderTraining, TwoRunsDoNotWriteTheSameDirectory) {
  const ScratchDirectory scratch;
  write_tiny_text(scratch / "text.txt", 300);
  const FileLock lock = lock_output(scratch / "run");
  Recipe recipe = tiny_recipe(scratch / "text.txt", "mean_max", 5);
  EXPECT_THAT(message_of<Error>([&] { train_encoder(recipe, quiet(scratch / "run"), 1); }), HasSubstr("is being written by another run"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST(EncoderTraining, BadValuesAreRefusedByTheirKey) {
  const ScratchDirectory scratch;
  write_tiny_text(scratch / "text.txt", 30);
  const std::vector<std::string> integers = {"model.width",          "model.heads",      "model.inner_width", "model.layers",
                                             "model.decoder_layers", "model.max_length", "train.steps",       "train.batch_sentences",
                                             "vectors.width",        "vectors.window"};
  const std::vector<std::string> numbers = {"model.layer_norm_eps",
                                            "train.dropout",
                                            "train.label_smoothing",
                                            "train.seconds",
                                            "vectors.context_smoothing",
                                            "vectors.shift",
                                            "vectors.eigenvalue_power",
                                            "optimizer.beta1",
                                            "optimizer.eps",
                                            "optimizer.weight_decay",
                                            "optimizer.clip_norm",
                                            "schedule.peak",
                                            "contrastive.learning_rate",
                                            "contrastive.dropout",
                                            "contrastive.temperature"};
  const auto refused = [&](const std::string& key, const std::string& value) {
    Recipe recipe = tiny_recipe(scratch / "text.txt", "mean_max", 5);
    recipe.set(key + "=" + value);
    EXPECT_THAT(message_of<UsageError>([&] { AutoencoderRecipe::from_recipe(recipe, at::kCPU); }), HasSubstr(key)) << value;
  };
  for (const std::string& key : integers)
    for (const char* value : {"0", "-1", "4611686018427387904", "nan"}) refused(key, value);
  for (const std::string& key : numbers)
    for (const char* value : {"nan", "inf", "-1e9"}) refused(key, value);
  for (const char* key : {"train.log_every", "vectors.min_count", "vocabulary.min_count", "data.min_words"}) refused(key, "0");
  for (const char* key : {"train.checkpoint_every", "train.evaluate_every", "vocabulary.words", "train.seed"}) refused(key, "-1");
}

TEST(EncoderTraining, ModernWithContrastiveRefinement) {
  const ScratchDirectory scratch;
  write_tiny_text(scratch / "text.txt", 400);
  Recipe recipe = tiny_recipe(scratch / "text.txt", "modern", 60);
  recipe.set("contrastive.steps=15");
  recipe.set("contrastive.batch_sentences=8");
  const EncoderTrainingResult result = train_encoder(recipe, quiet(scratch / "run"), 1);
  EXPECT_EQ(result.steps, 75);
  EXPECT_THAT(read_file(scratch / "run" / "metrics.jsonl"), HasSubstr("contrastive_loss"));
  const auto encoder = MeanMaxSentenceEncoder::load(result.model);
  EXPECT_FALSE(encoder->vocabulary().has_words());
  // Subwords know every text.
  EXPECT_EQ(encoder->encode({"zyx 你好"}).without_words, 0);
}

TEST(EncoderTraining, TextThatIsNotEnough) {
  const ScratchDirectory scratch;
  const auto message = [&](const std::string& content, const std::string& change) {
    write_file_atomically(scratch / "text.txt", content);
    Recipe recipe = tiny_recipe(scratch / "text.txt", "mean_max", 3);
    recipe.set(change);
    return message_of<Error>([&] { train_encoder(recipe, quiet(scratch / "run"), 1); });
  };
  EXPECT_THAT(message("one two three four five .\n", "vocabulary.min_count=2"), HasSubstr("no word of the text occurs 2 times"));
  EXPECT_THAT(message("one two .\none two .\n", "train.steps=2"), HasSubstr("no sentence of the text has 4 to 32 words"));
  EXPECT_THAT(message("caf\xE9 au lait is good .\n", "train.steps=2"), HasSubstr("UTF-8"));
  EXPECT_THAT(message("one two three four .\n", "train.dropout=1"), HasSubstr("train.dropout"));
  EXPECT_THAT(message("one two three four .\n", "data.max_words=50"), HasSubstr("data.max_words"));
  EXPECT_THAT(message("one two three four .\n", "train.stepps=5"), HasSubstr("train.steps"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "run"));  // nothing empty is left
  // One sentence is enough to train on, though not to hold any out.
  write_file_atomically(scratch / "text.txt", "one two three four five .\n");
  Recipe recipe = tiny_recipe(scratch / "text.txt", "mean_max", 2);
  EXPECT_EQ(train_encoder(recipe, quiet(scratch / "one"), 1).steps, 2);
}

TEST(ContrastiveLoss, KnowsItsOwnSentence) {
  at::manual_seed(2);
  MeanMaxEncoder encoder(tiny_config(Architecture::modern), at::TensorOptions().dtype(at::kFloat));
  encoder.initialize(1);
  const at::NoGradGuard no_grad;
  const at::Tensor ids = at::arange(2, 12, at::kLong).view({5, 2});
  // Without dropout each sentence is nearest to itself; of equal sentences no one is: log 5.
  EXPECT_LT(contrastive_loss(encoder, ids, at::kFloat, 0.0, 0.01).item<double>(), 0.5);
  EXPECT_NEAR(contrastive_loss(encoder, at::full({5, 3}, 4, at::kLong), at::kFloat, 0.0, 0.05).item<double>(), std::log(5.0), 1e-4);
}

}  // namespace
}  // namespace fathom::retrieval
