#include <gtest/gtest.h>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

TEST(QuickstartCommand, RunsTheWholePathAtTinyScale) {
  const ScratchDirectory scratch;
  const std::filesystem::path out = scratch / "quickstart";
  const std::vector<std::string> command = {"quickstart", "--out", out.string(), "--scale", "0.005", "--threads", "1", "--quiet", "--json"};
  const ProgramResult result = run_program(command);
  ASSERT_EQ(result.code, 0) << result.err;
  const Json summary = parse_json(result.out, "output");
  EXPECT_EQ(summary, read_json(out / "summary.json"));
  for (const char* key : {"base_accuracy", "rl_accuracy", "base_mean_tokens", "rl_mean_tokens", "heldout_problems", "seconds"})
    EXPECT_TRUE(summary.at(key).is_number()) << key;
  for (const char* stage : {"pretrain", "evaluate_base", "grpo", "evaluate_rl"}) {
    EXPECT_GT(summary["stages"][stage]["tokens"].get<double>(), 0) << stage;
    EXPECT_GT(summary["stages"][stage]["tokens_per_second"].get<double>(), 0) << stage;
  }
  EXPECT_LT(summary["largest_log_prob_gap"].get<double>(), 1e-3);

  for (const char* name : {"corpus.jsonl", "heldout.jsonl", "practice.jsonl", "pretrain/recipe.toml", "grpo/recipe.toml",
                           "grpo/rollouts/step-1.jsonl", "base-model/model.safetensors", "rl-model/tokenizer.json"})
    EXPECT_TRUE(std::filesystem::exists(out / name)) << name;
  EXPECT_EQ(read_json(out / "rl-model/config.json")["model_type"], "deepseek_v3");
  const std::string report = contents(out / "report.html");
  EXPECT_NE(report.find("<svg"), std::string::npos);
  EXPECT_EQ(report.find("http"), std::string::npos) << "the report must need nothing but itself";

  // What it suggests works: the practice problems and the resolved recipe train again.
  const ProgramResult again = run_program({"grpo", "--config", (out / "grpo/recipe.toml").string(), "--set", "grpo.steps=1", "--model",
                                           (out / "base-model").string(), "--tasks", (out / "practice.jsonl").string(), "--out",
                                           (scratch / "again").string(), "--threads", "1", "--quiet"});
  EXPECT_EQ(again.code, 0) << again.err;
}

TEST(QuickstartCommand, ReplacesItsOwnResultsAndNothingElse) {
  const ScratchDirectory scratch;
  std::filesystem::create_directories(scratch / "precious");
  write_file_atomically(scratch / "precious/notes.txt", "mine");
  const ProgramResult refused = run_program({"quickstart", "--out", (scratch / "precious").string(), "--scale", "0.005"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("not empty"), std::string::npos) << refused.err;
  EXPECT_EQ(contents(scratch / "precious/notes.txt"), "mine");
  EXPECT_EQ(run_program({"quickstart", "--scale", "0"}).code, 2);

  const std::vector<std::string> command = {"quickstart", "--out",  (scratch / "q").string(), "--scale", "0.002", "--threads",
                                            "1",          "--quiet"};
  ASSERT_EQ(run_program(command).code, 0);
  write_file_atomically(scratch / "q/notes.txt", "mine");
  ASSERT_EQ(run_program(command).code, 0);
  EXPECT_EQ(contents(scratch / "q/notes.txt"), "mine");
}

}  // namespace
}  // namespace fathom::cli
