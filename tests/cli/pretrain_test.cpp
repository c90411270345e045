#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

void write_corpus(const std::filesystem::path& path) {
  std::ofstream stream(path);
  for (int i = 0; i < 300; ++i) stream << "The number after " << i << " is " << i + 1 << ", and twice " << i << " is " << 2 * i << ".\n\n";
}

std::vector<std::string> arguments(const ScratchDirectory& scratch, const std::string& steps, std::vector<std::string> more = {}) {
  std::vector<std::string> all = {"pretrain",
                                  "--out",
                                  (scratch / "run").string(),
                                  "--set",
                                  "data.train=" + (scratch / "corpus.txt").string(),
                                  "--set",
                                  "model.size=50k",
                                  "--set",
                                  "tokenizer.vocab_size=280",
                                  "--set",
                                  "data.sequence_length=16",
                                  "--set",
                                  "data.validation_fraction=0.1",
                                  "--set",
                                  "train.batch_sequences=2",
                                  "--set",
                                  "train.steps=" + steps};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(PretrainCommand, TrainsAndPrintsASummary) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  const ProgramResult result = run_program(arguments(scratch, "3", {"--json", "--quiet"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const Json summary = parse_json(result.out, "stdout");
  EXPECT_EQ(summary["training"]["steps"], 3);
  EXPECT_GT(summary["training"]["validation_bits_per_byte"].get<double>(), 0.0);
  EXPECT_TRUE(std::filesystem::exists(scratch / "run/model/config.json"));
  // A second run there would overwrite the first.
  const ProgramResult again = run_program(arguments(scratch, "3", {"--quiet"}));
  EXPECT_EQ(again.code, 2);
  EXPECT_NE(again.err.find("--resume"), std::string::npos);
}

TEST(PretrainCommand, PlansWithoutRunning) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  const ProgramResult result = run_program(arguments(scratch, "3", {"--plan"}));
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* line : {"parameters", "gradients", "AdamW moments", "activations", "would fit"})
    EXPECT_NE(result.out.find(line), std::string::npos);
  EXPECT_EQ(scratch.entries(), 1U);
}

// A recipe's epochs or tokens give way to --set train.steps.
TEST(PretrainCommand, TheCommandLineGivesTheLength) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  std::ofstream(scratch / "recipe.toml") << "[train]\ntokens = 1000000\n";
  const ProgramResult result = run_program(arguments(scratch, "2", {"--config", (scratch / "recipe.toml").string(), "--json", "--quiet"}));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(parse_json(result.out, "stdout")["training"]["steps"], 2);
}

TEST(PretrainCommand, RefusesWrongUsage) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  const ProgramResult typo = run_program(arguments(scratch, "3", {"--set", "train.seeed=2"}));
  EXPECT_EQ(typo.code, 2);
  EXPECT_NE(typo.err.find("train.seed"), std::string::npos) << typo.err;
  const ProgramResult no_data = run_program({"pretrain", "--out", (scratch / "run").string(), "--set", "data.trian=x.txt"});
  EXPECT_EQ(no_data.code, 2);
  EXPECT_NE(no_data.err.find("did you mean 'data.train'"), std::string::npos) << no_data.err;
  const ProgramResult command = run_program({"pretrian"});
  EXPECT_EQ(command.code, 2);
  EXPECT_NE(command.err.find("did you mean 'pretrain'"), std::string::npos) << command.err;
  const ProgramResult words = run_program(arguments(scratch, "3", {"--set", "tokenizer.pre_tokenizer=gpt9"}));
  EXPECT_EQ(words.code, 2);
  EXPECT_NE(words.err.find("gpt9"), std::string::npos) << words.err;
  std::filesystem::remove(scratch / "corpus.txt");
  const ProgramResult missing = run_program(arguments(scratch, "3"));
  EXPECT_EQ(missing.code, 2);
  EXPECT_NE(missing.err.find("'data.train' names"), std::string::npos) << missing.err;
  EXPECT_NE(missing.err.find("corpus.txt"), std::string::npos) << missing.err;
  EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
}

TEST(PretrainCommand, CtrlCWritesACheckpointAndResumeFinishes) {
  const ScratchDirectory scratch;
  write_corpus(scratch / "corpus.txt");
  std::vector<std::string> words = arguments(scratch, "100000", {"--quiet", "--set", "train.evaluate_every=0"});
  words.insert(words.begin(), std::getenv("FATHOM_PROGRAM"));
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, (scratch / "err").c_str(), O_WRONLY | O_CREAT, 0644);
  pid_t pid = 0;
  ASSERT_EQ(posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  // It is training once the first record is there.
  for (int i = 0; i < 1200 && !std::filesystem::exists(scratch / "run/metrics.jsonl"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  kill(pid, SIGINT);
  int status = 0;
  waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(contents(scratch / "err").find("--resume"), std::string::npos) << contents(scratch / "err");
  std::int64_t done = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "run/checkpoints")) {
    done = read_json(entry.path() / "trainer/state.json")["step"].get<std::int64_t>();
  }
  const ProgramResult rest = run_program(arguments(scratch, std::to_string(done + 2), {"--json", "--quiet", "--resume"}));
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(parse_json(rest.out, "stdout")["training"]["steps"], done + 2);
}

}  // namespace
}  // namespace fathom::cli
