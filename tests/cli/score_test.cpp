// fathom score as a user runs it.
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <string>

#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

class ScoreCommand : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    write("references.txt", "who wrote the report ?\nwhen did the war end ?\n");
    write("good.txt", "who wrote the report ?\nwhen did it end ?\n");
    write("bad.txt", "what is it ?\nwhat is the war ?\n");
  }
  void write(const std::string& name, const std::string& content) { std::ofstream(scratch_ / name, std::ios::binary) << content; }
};

TEST_F(ScoreCommand, ScoresAndComparesWithoutAModel) {
  for (const std::string command : {"score", "eval"}) {
    const ProgramResult outcome =
        fathom(command +
               " --generated @good.txt @bad.txt --references @references.txt --wordnet none --resamples 50 --json --sentences @each.jsonl");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const auto report = nlohmann::json::parse(outcome.out);
    EXPECT_EQ(report.at("sentences"), 2);
    EXPECT_EQ(report.at("synonyms"), "none");
    // All words but "it" match, nine of ten; the references have eleven.
    EXPECT_NEAR(report["systems"][0]["scores"]["bleu_1"]["value"].get<double>(), 90.0 * std::exp(1.0 - 11.0 / 10), 1e-6);
    EXPECT_EQ(report["systems"][1]["scores"]["type_accuracy"]["value"], 0.0);
    EXPECT_EQ(report["comparisons"][0]["differences"]["type_accuracy"]["value"], -100.0);
    EXPECT_THAT(contents(scratch_ / "each.jsonl"), testing::HasSubstr("\"generated\":\"when did it end ?\""));
  }
}

TEST_F(ScoreCommand, TextReport) {
  const ProgramResult outcome =
      fathom("score --generated @good.txt --references @references.txt --wordnet none --words penn --lower-case --resamples 50");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::HasSubstr("2 texts, 2 references; words by penn, lower-cased; METEOR's synonyms: none"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("type_accuracy                     100.00  [100.00, 100.00]"));
}

TEST_F(ScoreCommand, RefusesWrongUse) {
  fails("score --generated @good.txt", 2, "--references is required");
  fails("score --generated @good.txt --references @references.txt --words letters", 2, "--words");
  fails("score --generated @good.txt --references @references.txt --resamples 0", 2, "--resamples");
}

TEST_F(ScoreCommand, NamesWhatIsWrongWithFiles) {
  write("short.txt", "who ?\n");
  fails("score --generated @short.txt --references @references.txt --wordnet none", 1, "references.txt:2 has no partner");
  fails("score --generated @absent.txt --references @references.txt --wordnet none", 1, "absent.txt");
  fails("score --generated @good.txt --references @references.txt --wordnet @nowhere", 1, "install Debian's wordnet-base");
}

}  // namespace
}  // namespace fathom::cli
