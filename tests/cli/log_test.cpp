// fathom log as a user runs it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

class LogCommand : public ::testing::Test {
 protected:
  LogCommand() {
    std::string lines;
    for (int q = 0; q < 3; ++q) {
      lines += "{\"query\": \"query " + std::to_string(q) + "\", \"results\": [";
      for (int p = 0; p < 5; ++p)
        lines += std::string(p > 0 ? ", " : "") + "{\"page\": \"p" + std::to_string(p) +
                 "\", \"relevance\": " + std::to_string(1 - 0.2 * p) + "}";
      lines += "]}\n";
    }
    write("rankings.jsonl", lines);
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch / name, std::ios::binary) << text; }
  std::string path(const std::string& name) const { return (scratch / name).string(); }
  ScratchDirectory scratch;
};

TEST_F(LogCommand, SimulatesReportsAndMakesExamples) {
  const ProgramResult simulated =
      run_program({"log", "simulate", "--rankings", path("rankings.jsonl"), "--model", "pbm", "--searches", "3000", "--shuffle", "all",
                   "--seed", "3", "--out", path("log.jsonl"), "--truth", path("truth.json")});
  ASSERT_EQ(simulated.code, 0) << simulated.err;
  const ProgramResult report = run_program({"log", "report", "--input", path("log.jsonl"), "--truth", path("truth.json"), "--rankings",
                                            path("rankings.jsonl"), "--html", path("report.html"), "--json"});
  ASSERT_EQ(report.code, 0) << report.err;
  const auto json = nlohmann::json::parse(report.out);
  EXPECT_EQ(json.at("searches"), 3000);
  EXPECT_EQ(json.at("models").size(), 5U);
  const auto examined = json.at("models").at(2).at("examination");
  EXPECT_NEAR(examined.at(1).get<double>(), 0.5, 0.1);
  EXPECT_GT(json.at("models").at(2).at("held_out").at("gain").get<double>(), 0);
  EXPECT_GT(json.at("counterfactual").at("ips").at("value").get<double>(),
            json.at("counterfactual").at("logged").at("value").get<double>());
  const std::string html = contents(scratch / "report.html");
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_NE(html.find("true (pbm users)"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos);
  const ProgramResult text = run_program({"log", "report", "--input", path("log.jsonl"), "--folds", "0"});
  EXPECT_NE(text.out.find("3000 searches"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("█"), std::string::npos);

  const ProgramResult examples = run_program({"log", "examples", "--input", path("log.jsonl"), "--out", path("examples.jsonl")});
  ASSERT_EQ(examples.code, 0) << examples.err;
  EXPECT_EQ(examples.out.find(path("examples.jsonl") + ": 15 examples"), 0U) << examples.out;
}

TEST_F(LogCommand, ImportsAndSaysWhatIsLeftOut) {
  write("clicks.tsv", "query\tshown\tclicked\nq\ta|b\tb\nq\tnew|a\tnew\nbad\n");
  write("pages.jsonl", "{\"id\": \"a\"}\n{\"id\": \"b\"}\n");
  const ProgramResult failed = run_program({"log", "import", "--input", path("clicks.tsv"), "--out", path("log.jsonl")});
  EXPECT_EQ(failed.code, 1);
  EXPECT_NE(failed.err.find("clicks.tsv:4"), std::string::npos) << failed.err;
  EXPECT_FALSE(std::filesystem::exists(scratch / "log.jsonl"));
  const ProgramResult done = run_program({"log", "import", "--input", path("clicks.tsv"), "--out", path("log.jsonl"), "--on-bad", "skip",
                                          "--pages", path("pages.jsonl"), "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json.at("searches"), 2);
  EXPECT_EQ(json.at("bad_records"), 1);
  EXPECT_EQ(json.at("unknown_pages").at(0), "new");
  EXPECT_NE(contents(scratch / "log.jsonl").find("[null,\"a\"],\"clicked\":[1]"), std::string::npos);
}

TEST_F(LogCommand, RefusesWrongUsage) {
  write("log.jsonl", "{\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[]}\n");
  EXPECT_EQ(run_program({"log"}).code, 2);
  EXPECT_EQ(run_program({"log", "import", "--input", path("log.jsonl")}).code, 2);
  const ProgramResult same = run_program({"log", "import", "--input", path("log.jsonl"), "--out", path("log.jsonl")});
  EXPECT_EQ(same.code, 2);
  EXPECT_NE(same.err.find("choose another name"), std::string::npos);
  EXPECT_EQ(run_program({"log", "report", "--input", path("log.jsonl"), "--model", "rcm"}).code, 2);
  const ProgramResult nothing = run_program({"log", "examples", "--input", path("log.jsonl"), "--out", path("examples.jsonl")});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_NE(nothing.err.find("no click of the log is left"), std::string::npos) << nothing.err;
  EXPECT_EQ(run_program({"log", "report", "--input", path("log.jsonl"), "--truth", path("none.json")}).code, 1);
}

}  // namespace
}  // namespace fathom::cli
