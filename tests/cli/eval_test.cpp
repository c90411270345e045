#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fathom/base/json.h"
#include "tests/cli/run_program.h"
#include "tests/cli/tiny_model_directory.h"

namespace fathom::cli {
namespace {

class EvalCommand : public testing::Test {
 protected:
  EvalCommand() { write_tiny_model(scratch_ / "model"); }

  ProgramResult eval(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"eval", "--model", (scratch_ / "model").string(), "--max-new-tokens", "6"});
    return run_program(arguments);
  }
  std::string file(const std::string& name, const std::string& text) {
    write_file_atomically(scratch_ / name, text);
    return (scratch_ / name).string();
  }

  ScratchDirectory scratch_;
};

TEST_F(EvalCommand, WritesResultsAndShowsATable) {
  const std::string tasks =
      file("tasks.jsonl",
           "{\"question\": \"1 + 1?\", \"answer\": \"It is 2.\\n#### 2\"}\n{\"question\": \"2 + 3?\", \"answer\": \"#### 5\"}\n"
           "{\"question\": \"4 + 4?\", \"answer\": \"#### 8\"}\n");
  const std::string out = (scratch_ / "results").string();
  const ProgramResult result = eval({"--tasks", tasks, "--samples", "2", "--limit", "2", "--out", out});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("pass@1"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("2 problems x 2 samples"), std::string::npos) << result.out;
  const Json json = read_json(out + "/results.json");
  EXPECT_EQ(json["problems"], 2);
  EXPECT_TRUE(json["cons@2"]["low"].is_number());
  const std::string samples = contents(out + "/samples.jsonl");
  EXPECT_EQ(std::count(samples.begin(), samples.end(), '\n'), 2);
  EXPECT_EQ(parse_json(samples.substr(0, samples.find('\n')), "samples")["responses"].size(), 2u);

  const ProgramResult as_json = eval({"--tasks", tasks, "--samples", "2", "--limit", "2", "--json"});
  ASSERT_EQ(as_json.code, 0) << as_json.err;
  EXPECT_EQ(parse_json(as_json.out, "output")["pass@1"], json["pass@1"]);
}

TEST_F(EvalCommand, PerplexityOfText) {
  const std::string text = file("text.txt", "Some words of text.\nAnd a second line of it.\n");
  const ProgramResult result = eval({"--text", text, "--json", "--sequence-length", "16"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Json json = parse_json(result.out, "output");
  EXPECT_EQ(json["words"], 10);
  EXPECT_GT(json["loss"].get<double>(), 1.0);
  EXPECT_NEAR(json["perplexity"].get<double>(), std::exp(json["loss"].get<double>()), 1e-6 * json["perplexity"].get<double>());
  const ProgramResult table = eval({"--text", text});
  EXPECT_NE(table.out.find("bits per byte"), std::string::npos) << table.out << table.err;
  EXPECT_EQ(eval({"--text", text, "--sequence-length", "1000"}).code, 1);
}

TEST_F(EvalCommand, BadInputIsExplained) {
  const ProgramResult broken = eval({"--tasks", file("broken.jsonl", "{\"question\": \"a\", \"answer\": \"#### 1\"}\n{\"question\": }\n")});
  EXPECT_EQ(broken.code, 1);
  EXPECT_NE(broken.err.find("broken.jsonl:2"), std::string::npos) << broken.err;
  EXPECT_EQ(eval({"--tasks", file("empty.jsonl", "")}).code, 1);
  EXPECT_EQ(eval({"--tasks", "/nonexistent.jsonl"}).code, 1);
  EXPECT_EQ(eval({}).code, 2);
  EXPECT_EQ(eval({"--tasks", file("t.jsonl", "{\"question\": \"a\", \"answer\": \"#### 1\"}\n"), "--task-format", "riddle"}).code, 2);
}

}  // namespace
}  // namespace fathom::cli
