// fathom index encode, promote and tune --examples as a user runs them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

constexpr int page_count = 40;

// Page n speaks of thing n; a query names the thing. The encoders are two of word vectors, taken out of indexes.
class IndexCommandEncode : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (IsSkipped()) return;
    std::string pages, queries, judgements, bad_judgements, examples, wrong, log;
    for (int i = 0; i < page_count; ++i) {
      const std::string n = std::to_string(i), id = "p" + n, query = "thing" + n + " of river" + std::to_string(i % 7);
      const std::string other = "p" + std::to_string((i + 1) % page_count);
      pages += R"({"id": ")" + id + R"(", "title": "About )" + n + R"(", "text": "The thing)" + n + " lies at river" +
               std::to_string(i % 7) + ". The water is deep there. Boats come by.\"}\n";
      queries += R"({"id": "q)" + n + R"(", "query": ")" + query + "\"}\n";
      judgements += "q" + n + " 0 " + id + " 1\n";
      bad_judgements += "q" + n + " 0 nowhere 1\n";
      examples += R"({"query": ")" + query + R"(", "page": ")" + id + R"(", "sentence": 0, "weight": 1.5})" + "\n";
      wrong += R"({"query": ")" + query + R"(", "page": "p)" + std::to_string((i + 11) % page_count) + "\"}\n";
      log += R"({"query": ")" + query + R"(", "shown": [")" + other + R"(", ")" + id + R"("], "clicked": [")" + (i % 3 == 0 ? other : id) +
             "\"]}\n";
    }
    write("pages.jsonl", pages);
    write("queries.jsonl", queries);
    write("qrels.tsv", judgements);
    write("bad.tsv", bad_judgements);
    write("examples.jsonl", examples);
    write("wrong.jsonl", wrong);
    write("log.jsonl", log);
    ASSERT_EQ(fathom("index build --input @pages.jsonl --out @index --quiet --vector-width 16").code, 0);
    ASSERT_EQ(fathom("index build --input @pages.jsonl --out @other --quiet --vector-width 24").code, 0);
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch_ / name, std::ios::binary) << text; }
  nlohmann::json info(const std::string& index = "@index") {
    return nlohmann::json::parse(fathom("index info --verify --json --index " + index).out);
  }
  static constexpr const char* promote = "index promote --index @index --encoder @other/encoder-1 --queries @queries.jsonl --quiet ";
};

TEST_F(IndexCommandEncode, GivesAnIndexAnotherEncoder) {
  const auto before = info();
  const ProgramResult done = fathom("index encode --index @index --encoder @other/encoder-1 --examples @examples.jsonl");
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, testing::HasSubstr("in place of " + before.at("encoder_fingerprint").get<std::string>().substr(0, 12)));
  EXPECT_THAT(done.err, testing::HasSubstr("encoding pages"));
  const auto after = info();
  EXPECT_EQ(after.at("generation"), before.at("generation").get<int>() + 1);
  EXPECT_EQ(after.at("width"), info("@other").at("width"));
  EXPECT_NE(after.at("width"), before.at("width"));
  EXPECT_EQ(after.at("pages"), page_count);
  EXPECT_EQ(after.at("encoder"), "encoder-2");
  EXPECT_EQ(after.at("encoder_fingerprint"), info("@other").at("encoder_fingerprint"));
  EXPECT_THAT(after.at("ranking").at("learnt_from").get<std::string>(), testing::HasSubstr("examples.jsonl"));
  EXPECT_EQ(fathom("search --index @index --query thing3 --mode bm25 --json").code, 0);
  EXPECT_EQ(fathom("index repair --index @index").out,
            "0 damaged segments and 0 damaged files of cells made again\n");  // by its own encoder
}

TEST_F(IndexCommandEncode, PromotesWhenQualityDoesNotFall) {
  // A fusion that learnt from clicks on wrong pages makes room for improvement.
  ASSERT_EQ(fathom("index tune --index @index --examples @wrong.jsonl").code, 0);
  const ProgramResult done =
      fathom(std::string(promote) + "--qrels @qrels.tsv --clicks @log.jsonl --examples @examples.jsonl --report @report.json");
  ASSERT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, testing::HasSubstr("judged quality, 40 queries"));
  EXPECT_THAT(done.out, testing::HasSubstr("taken: judged nDCG@10 does not fall"));
  const auto report = nlohmann::json::parse(contents(scratch_ / "report.json"));
  EXPECT_TRUE(report.at("promoted").get<bool>());
  EXPECT_EQ(report.at("judged").at("queries"), page_count);
  EXPECT_GT(report.at("judged").at("interval").at(0).get<double>(), 0.0);
  EXPECT_EQ(report.at("clicks").at("searches"), page_count);
  EXPECT_LT(report.at("clicks").at("held_out").at("log_likelihood").get<double>(), 0.0);
  EXPECT_GT(report.at("clicks").at("new").at("snips").at("value").get<double>(), 0.0);
  EXPECT_EQ(info().at("encoder_fingerprint"), info("@other").at("encoder_fingerprint"));
}

TEST_F(IndexCommandEncode, RefusesWhatIsWorseAndChangesNothing) {
  const auto before = info();
  const ProgramResult refused =
      fathom(std::string(promote) + "--qrels @qrels.tsv --examples @wrong.jsonl --margin 0 --report @report.json");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, testing::HasSubstr("refused, nothing was changed: judged nDCG@10 falls by"));
  const auto report = nlohmann::json::parse(contents(scratch_ / "report.json"));
  EXPECT_FALSE(report.at("promoted").get<bool>());
  EXPECT_LT(report.at("judged").at("ndcg@10_difference").get<double>(), 0.0);
  EXPECT_EQ(info(), before);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "index/.encoder-trial"));
}

TEST_F(IndexCommandEncode, LearnsTheFusionFromClicks) {
  const ProgramResult tuned = fathom("index tune --index @index --examples @examples.jsonl");
  ASSERT_EQ(tuned.code, 0) << tuned.err;
  const auto learnt = nlohmann::json::parse(tuned.out);
  EXPECT_EQ(learnt.at("clicks").at("queries"), page_count);
  EXPECT_EQ(learnt.at("clicks").at("held_out"), page_count / 5);
  const auto& quality = learnt.at("clicks").at("held_out_ndcg@10");
  EXPECT_TRUE(learnt.at("clicks").at("better_half_taken").get<bool>() ||
              quality.at("hybrid").get<double>() >= std::max(quality.at("bm25").get<double>(), quality.at("vectors").get<double>()));
  EXPECT_EQ(info().at("ranking").at("vector_weight"), learnt.at("vector_weight"));
}

TEST_F(IndexCommandEncode, SaysWhatIsWrong) {
  const auto before = info();
  const std::string encode = "index encode --index @index --quiet --encoder ";
  fails(encode + "@nowhere", 1, "no directory of a page encoder");
  fails(encode + "@index", 1, "config.json is missing");
  fails(encode + "@index/encoder-1", 1, "the index has this encoder already");
  fails("index encode --index @nowhere --encoder @other/encoder-1 --quiet", 1, "no such index directory");
  std::filesystem::copy(scratch_ / "other/encoder-1", scratch_ / "newer");
  auto config = nlohmann::json::parse(contents(scratch_ / "newer/config.json"));
  config["format_version"] = 99;
  write("newer/config.json", config.dump());
  fails(encode + "@newer", 1, "99");
  write("newer/config.json", R"({"model_type": "llama"})");
  fails(encode + "@newer", 1, "'llama' is no page encoder");
  fails(encode + "@other/encoder-1 --queries @queries.jsonl", 2, "belong together");
  fails(encode + "@other/encoder-1 --queries @queries.jsonl --qrels @qrels.tsv --examples @examples.jsonl", 2, "give one of them");
  write("few.jsonl", "{\"query\": \"thing1\", \"page\": \"p1\"}\n");
  fails(encode + "@other/encoder-1 --examples @few.jsonl", 1, "at least 10");
  write("broken.jsonl", "{\"query\": \"a\", \"page\": \"b\"}\n{\"query\": \"a\"}\n");
  fails(encode + "@other/encoder-1 --examples @broken.jsonl", 1, "broken.jsonl:2");
  fails(std::string(promote) + "--qrels @bad.tsv --margin 2", 2, "margin");
  fails(std::string(promote) + "--qrels @nowhere.tsv", 1, "nowhere.tsv");
  write("empty.jsonl", "\n");
  fails(std::string(promote) + "--qrels @qrels.tsv --clicks @empty.jsonl", 1, "at least 2 are needed");
  EXPECT_EQ(info(), before);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "index/.encoder-trial"));
}

}  // namespace
}  // namespace fathom::cli
