// Clicks become a better encoder: log simulate, import, examples, index train, index promote, as a user runs them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

class ClickLoop : public ProgramTest {
 protected:
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch_ / name, std::ios::binary) << text; }
  void runs(const std::string& arguments) {
    const ProgramResult done = fathom(arguments);
    ASSERT_EQ(done.code, 0) << arguments << "\n" << done.err;
  }
};

TEST_F(ClickLoop, TrainsOnTheExamplesOfALogAndReplacesTheEncoder) {
  constexpr int page_count = 40;
  std::string pages, rankings, queries, judgements;
  for (int i = 0; i < page_count; ++i) {
    const std::string n = std::to_string(i), river = "river" + std::to_string(i % 7);
    pages += R"({"id": "p)" + n + R"(", "title": "About )" + n + R"(", "text": "The thing)" + n + " lies at " + river +
             ". The water is deep there. Boats come by.\"}\n";
    rankings += R"({"query": "thing)" + n + " of " + river + R"(", "results": [)";
    for (int place = 0; place < 5; ++place)
      rankings += std::string(place > 0 ? ", " : "") + R"({"page": "p)" + std::to_string((i + 7 * ((place + i) % 5)) % page_count) +
                  R"(", "sentence": 0, "relevance": )" + (place == (5 - i % 5) % 5 ? "1" : "0") + "}";
    rankings += "]}\n";
    queries += R"({"id": "q)" + n + R"(", "query": "thing)" + n + " of " + river + "\"}\n";
    judgements += "q" + n + " 0 p" + n + " 1\n";
  }
  write("pages.jsonl", pages);
  write("rankings.jsonl", rankings);
  write("queries.jsonl", queries);
  write("qrels.tsv", judgements);
  runs("index build --input @pages.jsonl --out @index --quiet --vector-width 16");
  runs("log simulate --rankings @rankings.jsonl --model pbm --searches 2000 --seed 2 --out @raw.jsonl");
  runs("log import --input @raw.jsonl --index @index --out @log.jsonl");
  runs("log examples --input @log.jsonl --model pbm --min-attractiveness 0.2 --out @examples.jsonl");
  const ProgramResult trained = fathom(
      "index train --pages @pages.jsonl --examples @examples.jsonl --out @encoder --quiet --json --set model.width=32 --set train.epochs=2 "
      "--set train.batch_pages=8 --set vocabulary.min_count=1");
  ASSERT_EQ(trained.code, 0) << trained.err;
  const auto record = nlohmann::json::parse(trained.out);
  EXPECT_FALSE(record.empty());
  const ProgramResult promoted = fathom(
      "index promote --index @index --encoder @encoder --queries @queries.jsonl --qrels @qrels.tsv --clicks @log.jsonl --examples "
      "@examples.jsonl --margin 1 --report @report.json --quiet");
  const auto report = nlohmann::json::parse(contents(scratch_ / "report.json"));
  ASSERT_EQ(promoted.code, report.at("judged").at("ndcg@10_difference").get<double>() >= 0 ? 0 : 1) << promoted.err;
  EXPECT_EQ(report.at("clicks").at("searches"), 2000);
  EXPECT_GT(report.at("clicks").at("new").at("coverage").get<double>(), 0.1);
  if (promoted.code != 0) runs("index encode --index @index --encoder @encoder --quiet");
  EXPECT_EQ(nlohmann::json::parse(fathom("index info --index @index --json").out).at("width"), 32);
  const ProgramResult found = fathom("search --index @index --query thing5 --json");
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_EQ(nlohmann::json::parse(found.out).at("results").at(0).at("id"), "p5");
}

}  // namespace
}  // namespace fathom::cli
