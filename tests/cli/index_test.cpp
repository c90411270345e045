// fathom index and fathom search as a user runs them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

class IndexCommand : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    std::filesystem::create_directories(scratch_ / "site/sub");
    write("site/bank.html", "<title>Bank accounts</title><p>Bring your passport to open an account at the bank.</p>");
    write("site/sub/car.md", "# Renting a car\n\nThe airport has *many* cars for rent.\n");
    write("site/visa.txt", "A visa takes two weeks.\nFees are paid in cash.\n");
    write("more.jsonl", "{\"id\": \"boat\", \"title\": \"Boats\", \"text\": \"Boats leave every hour.\", \"topic\": \"travel\"}\n");
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch_ / name, std::ios::binary) << text; }
  void build() {
    const ProgramResult built = fathom("index build --input @site --out @index --quiet --vector-width 8");
    ASSERT_EQ(built.code, 0) << built.err;
    EXPECT_EQ(built.out, (scratch_ / "index").string() + "\n");
  }
  nlohmann::json search(const std::string& arguments) {
    const ProgramResult found = fathom("search --index @index --json " + arguments);
    EXPECT_EQ(found.code, 0) << found.err;
    return nlohmann::json::parse(found.out);
  }
};

TEST_F(IndexCommand, BuildsSearchesAndChanges) {
  build();
  const auto first = search("--query passport --explain");
  EXPECT_EQ(first.at("results").at(0).at("id"), "bank.html");
  EXPECT_EQ(first.at("results").at(0).at("title"), "Bank accounts");
  EXPECT_EQ(first.at("terms").at(0).at("pages"), 1);
  EXPECT_TRUE(first.at("results").at(0).contains("parts"));

  ASSERT_EQ(fathom("index add --index @index --input @more.jsonl --quiet").code, 0);
  EXPECT_EQ(search("--query boats --filter topic=travel").at("results").at(0).at("id"), "boat");
  EXPECT_TRUE(search("--query passport --mode bm25 --filter topic=travel").at("results").empty());
  const ProgramResult removed = fathom("index remove --index @index boat sub/car.md");
  EXPECT_EQ(removed.out, "2 pages removed; 2 pages in the index\n") << removed.err;
  EXPECT_TRUE(search("--query boats --mode bm25").at("results").empty());
  EXPECT_EQ(fathom("index compact --index @index").out, "2 pages in the index\n");
  const auto info = nlohmann::json::parse(fathom("index info --index @index --json --verify").out);
  EXPECT_EQ(info.at("pages"), 2);
  EXPECT_EQ(info.at("kind"), "pages");
}

TEST_F(IndexCommand, PrintsTextWithTheMatchMarked) {
  build();
  const ProgramResult found = fathom("search --index @index --k 1 --explain", "two weeks\n\nquantum lattice\n");
  ASSERT_EQ(found.code, 0) << found.err;
  EXPECT_THAT(found.out, testing::HasSubstr("A visa takes «two» «weeks»."));
  EXPECT_THAT(found.out, testing::HasSubstr("log-odds"));
  EXPECT_THAT(found.out, testing::HasSubstr("? quantum lattice\n  no good answer"));
}

TEST_F(IndexCommand, MeasuresAndTunes) {
  build();
  write("queries.jsonl", "{\"qid\": \"1\", \"text\": \"passport\"}\n");
  write("qrels.txt", "1 0 bank.html 1\n");
  const auto scores = nlohmann::json::parse(fathom("index eval --index @index --queries @queries.jsonl --qrels @qrels.txt --json").out);
  EXPECT_DOUBLE_EQ(scores.at("bm25").at("ndcg@10"), 1.0);
  EXPECT_TRUE(scores.at("min-max").contains("recall@100"));
  EXPECT_EQ(fathom("index tune --index @index --queries @queries.jsonl --qrels @qrels.txt").code, 0);
  fails("index tune --index @index --queries @queries.jsonl", 2, "--qrels");
}

TEST_F(IndexCommand, RepairsWhatIsDamaged) {
  for (int i = 0; i < 12; ++i) write("site/p" + std::to_string(i) + ".txt", "The river runs to the sea and the sea is wide.\n");
  build();
  std::filesystem::path segment;
  for (const auto& entry : std::filesystem::directory_iterator(scratch_ / "index/segments")) segment = entry.path();
  ASSERT_FALSE(segment.empty());
  {
    std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(-1, std::ios::end);
    file.put('\x55');
  }
  fails("search --index @index --query river", 1, "fathom index repair");
  fails("index info --index @index --verify", 1, "checksum");
  EXPECT_EQ(fathom("index repair --index @index").out, "1 damaged segments and 0 damaged files of cells made again\n");
  EXPECT_EQ(fathom("search --index @index --query river").code, 0);
}

TEST_F(IndexCommand, SaysWhatCannotBeRepaired) {
  for (int i = 0; i < 12; ++i) write("site/p" + std::to_string(i) + ".txt", "The river runs to the sea and the sea is wide.\n");
  build();
  fails("index repair --index @nowhere", 1, "no such index directory");
  const auto encoder = scratch_ / "index/encoder-1/weights.safetensors";
  ASSERT_TRUE(std::filesystem::exists(encoder));
  {
    std::fstream file(encoder, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(-2, std::ios::end);
    file.put('\x11');
  }
  fails("index info --index @index --verify", 1, "cannot be made again");
  fails("index repair --index @index", 1, "put back a copy");
}

TEST_F(IndexCommand, RepliesToEveryLine) {
  build();
  const ProgramResult found = fathom("search --index @index --k 1 --json", "two weeks\n\n\xff\npassport\n");
  EXPECT_EQ(found.code, 1);
  std::vector<nlohmann::json> replies;
  std::istringstream lines(found.out);
  for (std::string line; std::getline(lines, line);) replies.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(replies.size(), 4U) << found.out;
  EXPECT_THAT(replies[1].at("refused").get<std::string>(), testing::HasSubstr("standard input:2: blank"));
  EXPECT_THAT(replies[2].at("refused").get<std::string>(), testing::HasSubstr("standard input:3: byte 1 (0xff)"));
  EXPECT_EQ(replies[3].at("results").at(0).at("id"), "bank.html");
  EXPECT_EQ(run_program({"search", "--index", (scratch_ / "index").string(), "--query", ""}).code, 2);
}

TEST_F(IndexCommand, ExportsItsPagesAsRecords) {
  build();
  ASSERT_EQ(fathom("index add --index @index --input @more.jsonl --quiet").code, 0);
  EXPECT_EQ(fathom("index export --index @index --out @pages.jsonl").out, "4 pages\n");
  std::map<std::string, nlohmann::json> pages;
  std::ifstream file(scratch_ / "pages.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto page = nlohmann::json::parse(line);
    pages[page.at("id").get<std::string>()] = page;
  }
  EXPECT_EQ(pages.at("sub/car.md").at("title"), "Renting a car");
  EXPECT_EQ(pages.at("boat").at("topic"), "travel");
  // An index of the records is the same index.
  ASSERT_EQ(fathom("index build --input @pages.jsonl --out @again --quiet --vector-width 8").code, 0);
  for (const char* query : {"passport", "cash", "cars"}) {
    const auto one = search(std::string("--query ") + query).at("results").at(0);
    const auto two = nlohmann::json::parse(fathom(std::string("search --index @again --json --query ") + query).out).at("results").at(0);
    EXPECT_EQ(one.at("id"), two.at("id"));
    EXPECT_EQ(one.at("sentence"), two.at("sentence"));
  }
  fails("index export --index @nowhere --out @x.jsonl", 1, "no such index directory");
}

TEST_F(IndexCommand, ReplacesAnEarlierResultOnlyWhenTold) {
  build();
  fails("index build --input @more.jsonl --out @index --quiet", 2, "--force");
  EXPECT_EQ(search("--query passport").at("results").at(0).at("id"), "bank.html");
  EXPECT_EQ(fathom("index build --input @more.jsonl --out @index --quiet --force").code, 0);
  EXPECT_EQ(search("--query boats").at("results").at(0).at("id"), "boat");
  std::filesystem::create_directory(scratch_ / "encoder");
  write("encoder/config.json", "{}");
  fails("index train --pages @more.jsonl --examples @more.jsonl --out @encoder", 2, "--force");
}

TEST_F(IndexCommand, NamesTheArmsWhenThereIsNoSuchBaseline) {
  write("queries.jsonl", "{\"id\": \"1\", \"query\": \"boats\"}\n");
  write("qrels.txt", "1 0 boat 1\n");
  const std::string compare = "index compare --pages @more.jsonl --queries @queries.jsonl --judgements @qrels.txt --bm25 ";
  fails(compare + "--baseline one", 2, "there is no arm 'one'; the arms are 'BM25'");
  EXPECT_EQ(fathom(compare + "--baseline BM25 --quiet").code, 0);
}

TEST_F(IndexCommand, SaysWhatIsWrong) {
  fails("search --index @nowhere --query x", 1, "no such index directory");
  fails("index build --input @nowhere --out @index --quiet", 1, "nowhere");
  fails("index build --input @site --out @site --quiet --force", 2, "refusing to replace");
  fails("index build --input @site --out @index --memory lots --quiet", 2, "no size");
  write("broken.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\n{\n");
  fails("index build --input @broken.jsonl --out @index --quiet", 1, "broken.jsonl:2");
  write("empty.jsonl", "{\"id\": \"471\", \"text\": \"\"}\n");
  fails("index build --input @empty.jsonl --out @index --quiet", 1, "--skip-bad");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "index"));
  build();
  fails("search --index @index --query x --filter topic", 2, "key=value");
  fails("search --index @index --query x --mode best", 2, "no way to rank");
  fails("index remove --index @index nowhere.html", 1, "nothing was removed");
}

}  // namespace
}  // namespace fathom::cli
