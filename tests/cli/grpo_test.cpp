#include <gtest/gtest.h>

#include <algorithm>

#include "fathom/base/json.h"
#include "tests/cli/run_program.h"
#include "tests/cli/tiny_model_directory.h"

namespace fathom::cli {
namespace {

class GrpoCommand : public testing::Test {
 protected:
  GrpoCommand() {
    write_tiny_model(scratch_ / "model");
    write_file_atomically(
        scratch_ / "tasks.jsonl",
        "{\"question\": \"1 + 1?\", \"answer\": \"It is 2.\\n#### 2\"}\n{\"question\": \"2 + 3?\", \"answer\": \"#### 5\"}\n");
  }

  ProgramResult grpo(std::vector<std::string> arguments, const std::string& tasks = "tasks.jsonl") {
    arguments.insert(arguments.begin(), {"grpo", "--model", (scratch_ / "model").string(), "--tasks", (scratch_ / tasks).string(), "--out",
                                         out().string(), "--set", "grpo.prompts_per_step=2", "--set", "grpo.group_size=2", "--set",
                                         "rollout.max_new_tokens=4", "--threads", "1"});
    return run_program(arguments);
  }
  std::filesystem::path out() const { return scratch_ / "out"; }

  ScratchDirectory scratch_;
};

TEST_F(GrpoCommand, RunsAndResumes) {
  const ProgramResult first = grpo({"--set", "grpo.steps=2", "--json"});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(parse_json(first.out, "output")["steps"], 2);
  for (const char* name :
       {"recipe.toml", "metrics.jsonl", "rollouts/step-1.jsonl", "checkpoints/step-2/trainer/state.json", "model/config.json"})
    EXPECT_TRUE(std::filesystem::exists(out() / name)) << name;
  EXPECT_NE(contents(out() / "recipe.toml").find("refresh_reference_every"), std::string::npos);  // defaults are written too

  const ProgramResult again = grpo({"--set", "grpo.steps=2"});
  EXPECT_EQ(again.code, 2);
  EXPECT_NE(again.err.find("--resume"), std::string::npos) << again.err;

  const ProgramResult resumed = grpo({"--set", "grpo.steps=3", "--resume"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const ProgramResult finished = grpo({"--set", "grpo.steps=3", "--resume"});
  EXPECT_NE(finished.out.find("All 3 steps were done before"), std::string::npos) << finished.out << finished.err;
  const std::string metrics = contents(out() / "metrics.jsonl");
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 3);
}

TEST_F(GrpoCommand, SaysThatThereIsNoSignal) {
  const ProgramResult result = grpo({"--set", "grpo.steps=3"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("nothing is rewarded"), std::string::npos) << result.err;
}

TEST_F(GrpoCommand, RefusesBadInput) {
  const ProgramResult key = grpo({"--set", "grpo.grup_size=4"});
  EXPECT_EQ(key.code, 2);
  EXPECT_NE(key.err.find("grpo.group_size"), std::string::npos) << key.err;
  EXPECT_EQ(grpo({"--set", "rollout.temperature=0"}).code, 2);
  EXPECT_EQ(grpo({"--resume"}).code, 2);

  const ProgramResult room = grpo({"--set", "rollout.max_new_tokens=1000"});
  EXPECT_EQ(room.code, 1);
  EXPECT_NE(room.err.find("context of 96"), std::string::npos) << room.err;

  write_file_atomically(scratch_ / "broken.jsonl", "{\"question\": \"1\", \"answer\": \"#### 1\"}\n{\"question\": \n");
  const ProgramResult broken = grpo({}, "broken.jsonl");
  EXPECT_EQ(broken.code, 1);
  EXPECT_NE(broken.err.find("broken.jsonl:2"), std::string::npos) << broken.err;
  EXPECT_EQ(grpo({}, "absent.jsonl").code, 2);

  const ProgramResult large = grpo({"--set", "grpo.prompts_per_step=1000000000000"});
  EXPECT_EQ(large.code, 1);
  EXPECT_NE(large.err.find("lower grpo.prompts_per_step"), std::string::npos) << large.err;

  text::BpeTrainer trainer({.vocab_size = 300});
  trainer.add("the other model's words, the words of the other model");
  trainer.train().save(scratch_ / "model");
  const ProgramResult other = grpo({});
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find("belongs to another model"), std::string::npos) << other.err;
}

TEST(GrpoHelp, DescribesTheMetrics) {
  const ProgramResult help = run_program({"grpo", "--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* name : {"no_signal_share", "log_prob_gap_max", "unparsable_share", "clip_share"})
    EXPECT_NE(help.out.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace fathom::cli
