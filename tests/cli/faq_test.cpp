// fathom faq as a user runs it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "fathom/base/output_lock.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

class FaqCommand : public ::testing::Test {
 protected:
  FaqCommand() {
    write("faq.jsonl",
          "{\"id\": \"bank\", \"question\": \"How do I open a bank account?\", \"answer\": \"Bring your passport.\"}\n"
          "{\"id\": \"car\", \"question\": \"Where can I rent a cheap car?\", \"answer\": \"At the airport.\"}\n"
          "{\"id\": \"visa\", \"question\": \"How long does a visa take?\", \"answer\": \"Two weeks.\"}\n");
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch / name, std::ios::binary) << text; }
  std::string path(const std::string& name) const { return (scratch / name).string(); }
  ProgramResult build(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"faq", "build", "--input", path("faq.jsonl"), "--out", path("faq"), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  }
  ScratchDirectory scratch;
};

TEST_F(FaqCommand, BuildsAndAnswers) {
  const ProgramResult built = build();
  ASSERT_EQ(built.code, 0) << built.err;
  EXPECT_EQ(built.out, path("faq") + "\n");
  const ProgramResult found = run_program({"faq", "search", "--model", path("faq"), "--query", "open a bank account", "--json"});
  ASSERT_EQ(found.code, 0) << found.err;
  const auto answer = nlohmann::json::parse(found.out);
  EXPECT_EQ(answer.at("results").at(0).at("id"), "bank");
  EXPECT_EQ(answer.at("results").at(0).at("answer"), "Bring your passport.");
  EXPECT_TRUE(answer.at("answered"));
  EXPECT_EQ(answer.at("results").at(0).at("words").at(0).at("query_word"), "open");
}

TEST_F(FaqCommand, ReadsQuestionsFromStandardInput) {
  ASSERT_EQ(build().code, 0);
  const ProgramResult found = run_program({"faq", "search", "--model", path("faq")}, "rent a car\n \t\r\nquantum lattice\r\n");
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_NE(found.out.find("? rent a car\n"), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("At the airport."), std::string::npos);
  EXPECT_NE(found.out.find("matched: "), std::string::npos);
  EXPECT_NE(found.out.find("? quantum lattice\n  no word of this question is in the FAQ\n  nothing matches well\n"), std::string::npos)
      << found.out;
}

TEST_F(FaqCommand, RefusesWhatIsNoQuestion) {
  ASSERT_EQ(build().code, 0);
  const ProgramResult found = run_program({"faq", "search", "--model", path("faq"), "--json"}, "\nopen a \xFF bank\nrent a car\n?!\n");
  EXPECT_EQ(found.code, 1);  // a line could not be read
  std::vector<nlohmann::json> replies;
  std::istringstream lines(found.out);
  for (std::string line; std::getline(lines, line);) replies.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_EQ(replies[0].at("refused"), "standard input:1: blank; a question is expected");
  EXPECT_EQ(replies[1].at("refused"), "standard input:2: byte 8 (0xff) is not UTF-8; convert the text");
  EXPECT_TRUE(replies[2].at("answered"));
  EXPECT_EQ(replies[3].at("words"), 0);
  EXPECT_TRUE(replies[3].at("results").empty());
  const ProgramResult blank = run_program({"faq", "search", "--model", path("faq")}, " \n");
  EXPECT_EQ(blank.code, 0);
  EXPECT_EQ(blank.out, "?\n  refused: standard input:1: blank; a question is expected\n");
  for (const char* query : {"", " ", "caf\xE9"}) {
    const ProgramResult refused = run_program({"faq", "search", "--model", path("faq"), "--query", query});
    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find("--query 1"), std::string::npos) << refused.err;
  }
}

TEST_F(FaqCommand, NumbersOutOfRangeAreWrongUsage) {
  ASSERT_EQ(build().code, 0);
  write("pairs.jsonl", "{\"qid\": \"Q1\", \"rid\": \"a\", \"rank\": 1, \"relevant\": 1, \"q\": \"car\", \"r\": \"cars\"}\n");
  for (const char* value : {"nan", "inf", "-inf", "-0.1", "1e300", "x"}) {
    const std::string said = std::string("got ") + value;
    for (const char* option : {"--threshold", "--initial-rank"}) {
      const ProgramResult result = run_program({"faq", "search", "--model", path("faq"), "--query", "car", option, value});
      EXPECT_EQ(result.code, 2) << option << " " << value;
      EXPECT_NE(result.err.find(option), std::string::npos) << result.err;
    }
    for (const char* option : {"--alignment", "--mismatch", "--initial-rank", "--states"}) {
      const ProgramResult result = run_program({"faq", "eval", "--model", path("faq"), "--data", path("pairs.jsonl"), option, value});
      EXPECT_EQ(result.code, 2) << option << " " << value;
      EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
    }
  }
}

TEST_F(FaqCommand, TakesWordVectorsFromTextFiles) {
  // word2vec's header, a word with spaces, a word given twice, tabs, spaces at the end; bank and money are alike.
  write("vectors.txt", "6 3\nbank 1 0 0 \n. . . 0 0 1\nmoney\t0.9 0.1 0\ncar 0 1 0\nbank 0 0 1\nvisa 0 0 1\r\n");
  const ProgramResult built = build({"--word-vectors", path("vectors.txt")});
  ASSERT_EQ(built.code, 0) << built.err;
  const ProgramResult found = run_program({"faq", "search", "--model", path("faq"), "--query", "money account", "--json", "--top-k", "1"});
  ASSERT_EQ(found.code, 0) << found.err;
  const auto answer = nlohmann::json::parse(found.out);
  EXPECT_EQ(answer.at("results").at(0).at("id"), "bank");
  EXPECT_EQ(answer.at("results").at(0).at("words").at(0).at("question_word"), "bank");
  write("short.txt", "bank 1 0 0\nmoney 1 0\n");
  const ProgramResult bad =
      run_program({"faq", "build", "--input", path("faq.jsonl"), "--out", path("bad"), "--word-vectors", path("short.txt")});
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("short.txt:2: a word and 3 numbers are expected"), std::string::npos) << bad.err;
  EXPECT_FALSE(std::filesystem::exists(scratch / "bad"));
}

TEST_F(FaqCommand, TwoRunsDoNotWriteTheSameDirectory) {
  const FileLock lock = lock_output(scratch / "faq");
  const ProgramResult second = build();
  EXPECT_EQ(second.code, 1);
  EXPECT_NE(second.err.find("faq is being written by another run"), std::string::npos) << second.err;
  EXPECT_FALSE(std::filesystem::exists(scratch / "faq"));
}

TEST_F(FaqCommand, ReplacesAnEarlierFaqOnlyWhenTold) {
  ASSERT_EQ(build().code, 0);
  const ProgramResult second = build();
  EXPECT_EQ(second.code, 2);
  EXPECT_NE(second.err.find("--force"), std::string::npos) << second.err;
  EXPECT_EQ(build({"--force"}).code, 0);
}

TEST_F(FaqCommand, VerifiesEveryByteOnRequest) {
  ASSERT_EQ(build().code, 0);
  EXPECT_EQ(run_program({"faq", "search", "--model", path("faq"), "--query", "car", "--verify"}).code, 0);
  write("faq/matcher/word-counts.tsv", contents(scratch / "faq/matcher/word-counts.tsv") + "zebra\t1\n");
  const ProgramResult damaged = run_program({"faq", "search", "--model", path("faq"), "--query", "car", "--verify"});
  EXPECT_EQ(damaged.code, 1);
  EXPECT_NE(damaged.err.find("word-counts.tsv"), std::string::npos) << damaged.err;
}

TEST_F(FaqCommand, EvaluatesPairs) {
  ASSERT_EQ(build().code, 0);
  write("pairs.jsonl",
        "{\"qid\": \"Q1\", \"rid\": \"a\", \"rank\": 1, \"relevant\": 0, \"q\": \"rent a car\", \"r\": \"open a bank account\"}\n"
        "{\"qid\": \"Q1\", \"rid\": \"b\", \"rank\": 2, \"relevant\": 1, \"q\": \"rent a car\", \"r\": \"rent a cheap car\"}\n");
  const ProgramResult result = run_program({"faq", "eval", "--model", path("faq"), "--data", path("pairs.jsonl")});
  ASSERT_EQ(result.code, 0) << result.err;
  const auto scores = nlohmann::json::parse(result.out);
  EXPECT_DOUBLE_EQ(scores.at("map"), 100.0);
  EXPECT_DOUBLE_EQ(scores.at("engine").at("map"), 50.0);
  EXPECT_DOUBLE_EQ(scores.at("engine").at("mrr"), 50.0);
  EXPECT_TRUE(scores.contains("avgrec"));
}

TEST_F(FaqCommand, SaysWhatIsWrongAndLeavesNothing) {
  write("faq.jsonl", "{\"question\": \"Why?\", \"answer\": \"So.\"}\n{\"question\": \"Wh\n");
  const ProgramResult broken = build();
  EXPECT_EQ(broken.code, 1);
  EXPECT_NE(broken.err.find("faq.jsonl:2"), std::string::npos) << broken.err;
  EXPECT_FALSE(std::filesystem::exists(scratch / "faq"));

  write("faq.jsonl", "{\"question\": \"Why?\"}\n");
  EXPECT_NE(build().err.find("--allow-missing-answers"), std::string::npos);
  EXPECT_EQ(build({"--allow-missing-answers"}).code, 0);
  EXPECT_EQ(build({"--matcher", path("faq"), "--text", path("faq.jsonl")}).code, 2);
  EXPECT_EQ(run_program({"faq", "search", "--model", path("nowhere"), "--query", "x"}).code, 1);
  EXPECT_EQ(run_program({"faq", "search"}).code, 2);
}

TEST_F(FaqCommand, WarnsOfDuplicates) {
  write("faq.jsonl", "{\"question\": \"Why?\", \"answer\": \"So.\"}\n{\"question\": \"Why?\", \"answer\": \"So.\"}\n");
  const ProgramResult built = build();
  EXPECT_EQ(built.code, 0);
  EXPECT_NE(built.err.find("faq.jsonl:2: the same question and answer"), std::string::npos) << built.err;
}

TEST_F(FaqCommand, RefusesAnIndexOfAnotherVersion) {
  ASSERT_EQ(build().code, 0);
  const std::string config = contents(scratch / "faq/matcher/config.json");
  std::string changed = config;
  const std::string key = "\"format_version\": 2";
  changed.replace(changed.find(key), key.size(), "\"format_version\": 3");
  write("faq/matcher/config.json", changed);
  const ProgramResult result = run_program({"faq", "search", "--model", path("faq"), "--query", "x"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("format version 3"), std::string::npos) << result.err;
  write("faq/matcher/config.json", config);
  std::filesystem::resize_file(scratch / "faq/index.sqlite", 9000);
  EXPECT_NE(run_program({"faq", "search", "--model", path("faq"), "--query", "x"}).err.find("truncated"), std::string::npos);
}

using FaqEncoder = FaqCommand;  // needs libtorch

TEST_F(FaqEncoder, TrainsAnEncoderInTheModelLibrary) {
  std::string lines;
  for (int i = 0; i < 12; ++i) {
    const char* things[] = {"bank", "car", "school", "doctor"};
    lines += "how can I find a good " + std::string(things[i % 4]) + " near the " + things[(i + 1) % 4] + "\n";
  }
  write("posts.txt", lines);
  const ProgramResult built =
      build({"--text", path("posts.txt"), "--encoder-hidden", "4", "--encoder-words", "500", "--vector-width", "4", "--threads", "1"});
  ASSERT_EQ(built.code, 0) << built.err;
  EXPECT_TRUE(std::filesystem::exists(scratch / "faq/matcher/encoder/forward.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "faq/generation-1/question-states.safetensors"));
  const ProgramResult found = run_program({"faq", "search", "--model", path("faq"), "--query", "rent a car", "--json"});
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_EQ(nlohmann::json::parse(found.out).at("results").at(0).at("id"), "car");
}

}  // namespace
}  // namespace fathom::cli
