#include "fathom/train/training_loop.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <limits>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/train/checkpoint.h"
#include "tests/base/scratch_directory.h"
#include "tests/train/tiny_training.h"

namespace fathom::train {
namespace {

LoopOptions options_for(const std::filesystem::path& out, std::int64_t steps) {
  LoopOptions options;
  options.out = out;
  options.total_steps = steps;
  options.quiet = true;
  options.schedule.kind = "cosine";
  options.schedule.peak = 5e-3;
  options.schedule.warmup_steps = 2;
  options.schedule.total_steps = steps;
  options.recipe = "seed = 1\n";
  return options;
}

std::vector<data::PackedBatch> batches_of(std::int64_t step) {
  return {pattern_batch(2, 12, 2 * step), pattern_batch(2, 12, 2 * step + 1)};
}

struct TinyRun {
  std::unique_ptr<model::CausalLM> model = tiny_model();
  Optimizer optimizer{model->parameters(), {}};
  LoopResult train(const LoopOptions& options, bool resume, const BatchSource& source = batches_of) {
    TrainingLoop loop(*model, optimizer, nullptr, source, {}, options);
    if (resume) loop.resume();
    return loop.run();
  }
  // Weights that are not finite at a given step.
  BatchSource poisoned_at(std::int64_t step) {
    return [this, step](std::int64_t now) {
      const at::NoGradGuard no_grad;
      if (now == step) model->parameters().back().tensor.fill_(std::numeric_limits<float>::infinity());
      return batches_of(now);
    };
  }
};

// The records of metrics.jsonl without what depends on the clock.
std::vector<Json> metrics_of(const std::filesystem::path& out) {
  std::vector<Json> records;
  LineReader lines(out / "metrics.jsonl");
  while (const auto line = lines.next()) {
    Json record = parse_json(*line, lines.position());
    for (const char* timed : {"seconds", "tokens_per_second", "utilisation"}) record.erase(timed);
    records.push_back(record);
  }
  return records;
}

// Ctrl-C at a given step, sent from the batch source.
BatchSource interrupted_at(std::int64_t step) {
  return [step](std::int64_t now) {
    if (now == step) raise(SIGINT);
    return batches_of(now);
  };
}

TEST(TrainingLoop, ResumesBitExactlyAfterAnInterruption) {
  const ScratchDirectory whole_out, parts_out;
  TinyRun whole;
  EXPECT_EQ(whole.train(options_for(whole_out.path(), 6), false).steps, 6);

  TinyRun first;
  const LoopResult stopped = first.train(options_for(parts_out.path(), 6), false, interrupted_at(2));
  EXPECT_TRUE(stopped.interrupted);
  EXPECT_EQ(stopped.steps, 3);  // the step is finished first
  TinyRun second;               // a new process would begin like this
  const LoopResult finished = second.train(options_for(parts_out.path(), 6), true);
  EXPECT_FALSE(finished.interrupted);
  EXPECT_EQ(finished.tokens, 6 * 48);

  EXPECT_TRUE(bit_equal(snapshot(*whole.model), snapshot(*second.model)));
  EXPECT_EQ(metrics_of(whole_out.path()), metrics_of(parts_out.path()));
  const auto files = {"trainer/optimizer.safetensors", "model.safetensors"};
  for (const char* file : files) {
    EXPECT_EQ(file_bytes(whole_out.path() / "checkpoints/step-6" / file), file_bytes(parts_out.path() / "checkpoints/step-6" / file))
        << file;
    EXPECT_FALSE(file_bytes(whole_out.path() / "checkpoints/step-6" / file).empty()) << file;
  }
}

TEST(TrainingLoop, ResumeDropsTheRecordsAfterItsCheckpoint) {
  const ScratchDirectory out;
  LoopOptions options = options_for(out.path(), 6);
  options.checkpoint_every = 2;
  TinyRun first;
  // Killed after step 5: the loop never gets to the end, the last checkpoint is that of step 4.
  EXPECT_THROW(first.train(options, false,
                           [](std::int64_t step) {
                             if (step == 5) fail("the power went out");
                             return batches_of(step);
                           }),
               Error);
  ASSERT_EQ(metrics_of(out.path()).size(), 5U);
  TinyRun second;
  second.train(options, true);
  const auto records = metrics_of(out.path());
  ASSERT_EQ(records.size(), 6U);
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i]["step"], i + 1);
}

TEST(TrainingLoop, KeepsTheNewestTwoCheckpoints) {
  const ScratchDirectory out;
  LoopOptions options = options_for(out.path(), 5);
  options.checkpoint_every = 1;
  TinyRun run;
  run.train(options, false);
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(out / "checkpoints")) ++count;
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(latest_checkpoint(out.path())->filename(), "step-5");
  EXPECT_TRUE(std::filesystem::exists(out / "checkpoints/step-4/trainer/state.json"));
}

TEST(TrainingLoop, StopsAtALossThatIsNotFiniteAndKeepsTheLastCheckpoint) {
  const ScratchDirectory out;
  LoopOptions options = options_for(out.path(), 6);
  options.checkpoint_every = 2;
  TinyRun run;
  const std::string message = message_of<Error>([&] { run.train(options, false, run.poisoned_at(3)); });
  EXPECT_NE(message.find("step 4"), std::string::npos) << message;
  EXPECT_NE(message.find("step-2"), std::string::npos) << message;
  EXPECT_EQ(latest_checkpoint(out.path())->filename(), "step-2");
  // The kept checkpoint is whole: the run goes on from it.
  TinyRun again;
  EXPECT_EQ(again.train(options, true).steps, 6);
}

// The checkpoint of the weights that gave the loss is no good one: the one before it is named.
TEST(TrainingLoop, NamesTheCheckpointBeforeTheOneThatIsRuined) {
  const ScratchDirectory out;
  LoopOptions options = options_for(out.path(), 6);
  options.checkpoint_every = 1;
  TinyRun run;
  const std::string message = message_of<Error>([&] { run.train(options, false, run.poisoned_at(3)); });
  EXPECT_NE(message.find("the last good checkpoint is " + (out / "checkpoints/step-2").string()), std::string::npos) << message;
  EXPECT_NE(message.find("step-3 has the weights that gave this"), std::string::npos) << message;
}

TEST(TrainingLoop, AValidationLossThatIsNotFiniteStopsTheRunToo) {
  const ScratchDirectory out;
  LoopOptions options = options_for(out.path(), 3);
  const auto model = tiny_model();
  Optimizer optimizer(model->parameters(), {});
  TrainingLoop loop(
      *model, optimizer, nullptr, batches_of, [] { return EvaluationResult{std::numeric_limits<double>::quiet_NaN(), 0, 0, 100}; },
      options);
  const std::string message = message_of<Error>([&] { loop.run(); });
  EXPECT_NE(message.find("validation loss"), std::string::npos) << message;
  EXPECT_FALSE(latest_checkpoint(out.path())) << message;
}

TEST(TrainingLoop, AFullDiskLeavesTheEarlierCheckpointWhole) {
  const ScratchDirectory out;
  TinyRun run;
  run.train(options_for(out.path(), 2), false);
  const auto kept = snapshot(*run.model);

  // Files may not grow beyond 16 KiB: writes fail as they do on a full disk.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 16 << 10;
  const auto earlier = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  CheckpointContent content;
  content.model = run.model.get();
  content.optimizer = &run.optimizer;
  const std::string message = message_of<Error>([&] { save_checkpoint(out.path(), 3, content); });
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, earlier);

  EXPECT_FALSE(message.empty());
  EXPECT_EQ(latest_checkpoint(out.path())->filename(), "step-2");
  TinyRun loaded;
  const Json state = load_checkpoint(*latest_checkpoint(out.path()), *loaded.model, loaded.optimizer);
  EXPECT_EQ(state["step"], 2);
  EXPECT_TRUE(bit_equal(snapshot(*loaded.model), kept));
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(out / "checkpoints")) ++entries;
  EXPECT_EQ(entries, 1U);  // nothing half-written stays
}

TEST(TrainingLoop, NothingToResumeIsSaid) {
  const ScratchDirectory out;
  TinyRun run;
  EXPECT_NE(message_of<Error>([&] { run.train(options_for(out.path(), 2), true); }).find("--resume"), std::string::npos);
}

TEST(TrainingLoop, RefusesACheckpointOfAnotherModel) {
  const ScratchDirectory out;
  TinyRun run;
  run.train(options_for(out.path(), 1), false);
  model::ModelConfig config = tiny_config();
  config.moe_intermediate_size = 24;
  model::CausalLM other(config);
  other.initialize(1);
  Optimizer optimizer(other.parameters(), {});
  EXPECT_THROW(load_checkpoint(*latest_checkpoint(out.path()), other, optimizer), Error);
}

TEST(TrainingLoop, ReportsValidationAtItsIntervalAndAtTheEnd) {
  const ScratchDirectory out;
  LoopOptions options = options_for(out.path(), 5);
  options.evaluate_every = 2;
  const auto model = tiny_model();
  Optimizer optimizer(model->parameters(), {});
  int calls = 0;
  TrainingLoop loop(
      *model, optimizer, nullptr, batches_of,
      [&] {
        ++calls;
        return EvaluationResult{1.5, 4.5, 2.0, 100};
      },
      options);
  EXPECT_EQ(loop.run().validation->loss, 1.5);
  EXPECT_EQ(calls, 3);
  const auto records = metrics_of(out.path());
  EXPECT_FALSE(records[0].contains("validation_loss"));
  EXPECT_EQ(records[1]["validation_loss"], 1.5);
  EXPECT_EQ(records[4]["validation_bits_per_byte"], 2.0);
}

}  // namespace
}  // namespace fathom::train
