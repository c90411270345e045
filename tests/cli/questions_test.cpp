// fathom questions generate and prompts, and what an index does with their output, as a user runs them. The program's copy finds a model
// library beside it whose generator follows rules.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

class QuestionsCommand : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (IsSkipped()) return;
    const char* library = std::getenv("FATHOM_QUESTION_RULES");
    if (library == nullptr) GTEST_SKIP() << "FATHOM_QUESTION_RULES does not name the library";
    const std::filesystem::path program = std::getenv("FATHOM_PROGRAM");
    std::filesystem::create_directories(scratch_ / "bin");
    std::filesystem::copy_file(program, scratch_ / "bin/fathom");
    std::filesystem::create_symlink(library, scratch_ / "bin" / std::getenv("FATHOM_MODEL_LIBRARY_NAME"));
    program_ = program.string();
    ::setenv("FATHOM_PROGRAM", (scratch_ / "bin/fathom").c_str(), 1);
    if (!std::filesystem::exists("/usr/share/wordnet")) GTEST_SKIP() << "WordNet (wordnet-base) is not installed";
    write("records.jsonl", record("The bassoon was made in Paris by Hotteterre in the year 1636.", "1636") +
                               record("The Forth Bridge was opened near Edinburgh in the year 1890.", "1890") +
                               record("In the year 1669 the volcano Etna buried the town of Catania.", "1669"));
    ASSERT_EQ(fathom("questions features --input @records.jsonl --out @model").code, 0);
    write(
        "pages.jsonl",
        R"({"id": "bassoon", "title": "The bassoon", "text": "The bassoon is a woodwind instrument. It was made in Paris by Hotteterre in 1636. It is long."})"
        "\n"
        R"({"id": "volcano", "title": "Volcanoes", "text": "A volcano is a mountain that burns. Etna erupted in 1669 and buried Catania. It is hot there.", "url": "https://example.org/v"})"
        "\n"
        R"({"id": "bridge", "title": "Bridges", "text": "Engineers build bridges of steel. The Forth Bridge was opened in 1890 near Edinburgh. Trains use it."})"
        "\n");
  }
  void TearDown() override {
    if (!program_.empty()) ::setenv("FATHOM_PROGRAM", program_.c_str(), 1);
  }
  static std::string record(const std::string& context, const std::string& answer) {
    return nlohmann::json{{"context", context}, {"answer", answer}, {"answer_start", context.find(answer)}}.dump() + "\n";
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch_ / name, std::ios::binary) << text; }
  std::vector<nlohmann::json> lines(const std::string& name) {
    std::vector<nlohmann::json> records;
    std::istringstream stream(contents(scratch_ / name));
    for (std::string line; std::getline(stream, line);) records.push_back(nlohmann::json::parse(line));
    return records;
  }
  void generate() {
    const ProgramResult done = fathom("questions generate --model @model --input @pages.jsonl --out @pairs.jsonl --quiet");
    ASSERT_EQ(done.code, 0) << done.err;
  }
  std::string program_;
};

TEST_F(QuestionsCommand, GeneratesEnrichesSuggestsAndClears) {
  const ProgramResult done = fathom("questions generate --model @model --input @pages.jsonl --per-page 2 --out @pairs.jsonl --quiet");
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, testing::HasSubstr("3 pages"));
  const auto pairs = lines("pairs.jsonl");
  ASSERT_FALSE(pairs.empty());
  for (const auto& pair : pairs)
    for (const char* key : {"question", "question_type", "answer", "sentence", "page", "score", "answer_start", "round_trip"})
      EXPECT_TRUE(pair.contains(key)) << key;
  // Nothing is left of the index that was made on the way.
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path()))
    EXPECT_FALSE(entry.path().filename().string().starts_with("."));

  ASSERT_EQ(fathom("index build --input @pages.jsonl --out @index --quiet --vector-width 8").code, 0);
  ASSERT_EQ(fathom("questions generate --model @model --input @index --per-page 2 --out @again.jsonl --quiet").code, 0);
  const auto again = lines("again.jsonl");  // the index has other vectors, and so other probabilities
  ASSERT_EQ(again.size(), pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) EXPECT_EQ(again[i].at("question"), pairs[i].at("question"));
  const ProgramResult enriched = fathom("index enrich --index @index --questions @pairs.jsonl --weight 0.5");
  EXPECT_EQ(enriched.code, 0) << enriched.err;
  EXPECT_THAT(enriched.out, testing::HasSubstr("questions of 3 pages are searched"));
  const ProgramResult suggested = fathom("index suggest --index @index --questions @pairs.jsonl");
  EXPECT_EQ(suggested.code, 0) << suggested.err;
  // An enriched index gives the same questions: its own do not help them.
  ASSERT_EQ(fathom("questions generate --model @model --input @index --per-page 2 --out @again.jsonl --quiet").code, 0);
  EXPECT_EQ(lines("again.jsonl").size(), pairs.size());

  const auto info = nlohmann::json::parse(fathom("index info --index @index --json").out);
  EXPECT_EQ(info.at("version"), 2);
  EXPECT_EQ(info.at("questions").at("count"), pairs.size());
  EXPECT_EQ(info.at("questions").at("weight"), 0.5);
  EXPECT_EQ(info.at("suggestions").at("count"), pairs.size());
  EXPECT_THAT(fathom("index info --index @index").out, testing::HasSubstr("are shown beside results"));
  const auto found = nlohmann::json::parse(fathom("search --index @index --json --query bassoon").out);
  ASSERT_TRUE(found.contains("people_also_ask"));
  EXPECT_EQ(found.at("people_also_ask").at(0).at("id"), "bassoon");
  EXPECT_THAT(fathom("search --index @index --query bassoon").out, testing::HasSubstr("people also ask"));

  write("queries.jsonl", "{\"qid\": \"1\", \"text\": \"bassoon\"}\n");
  write("qrels.txt", "1 0 bassoon 1\n");
  ASSERT_EQ(fathom("index build --input @pages.jsonl --out @plain --quiet --vector-width 8").code, 0);
  const ProgramResult compared = fathom("index eval --index @index --baseline @plain --queries @queries.jsonl --qrels @qrels.txt --json");
  ASSERT_EQ(compared.code, 0) << compared.err;
  EXPECT_EQ(nlohmann::json::parse(compared.out).at("difference").at("bm25").at("ndcg@10").at("difference"), 0.0);

  const ProgramResult measured = fathom("index enrich --index @plain --questions @pairs.jsonl --queries @queries.jsonl --qrels @qrels.txt");
  ASSERT_EQ(measured.code, 0) << measured.err;
  EXPECT_THAT(measured.out, testing::HasSubstr("the baseline"));

  EXPECT_EQ(fathom("index enrich --index @index --clear").out, "3 pages are found by their own text only again\n");
  EXPECT_EQ(fathom("index suggest --index @index --clear").out, "the questions of 3 pages are not shown any more\n");
  EXPECT_FALSE(nlohmann::json::parse(fathom("search --index @index --json --query bassoon").out).contains("people_also_ask"));
}

TEST_F(QuestionsCommand, AsksForAnswersThatAreGiven) {
  write("in.jsonl", "{\"context\": \"It was made in 1636.\", \"answer\": \"1636\", \"answer_start\": 15, \"topic\": \"music\"}\n");
  const ProgramResult done = fathom("questions generate --model @model --input @in.jsonl --n-best 2 --out @out.jsonl --quiet");
  ASSERT_EQ(done.code, 0) << done.err;
  const auto record = lines("out.jsonl").at(0);
  EXPECT_EQ(record.at("question"), "When: It was made in ?");
  EXPECT_EQ(record.at("question_type"), "when");
  EXPECT_EQ(record.at("topic"), "music");
  EXPECT_EQ(record.at("questions").size(), 2U);
  fails("questions generate --model @model --input @in.jsonl --out @in.jsonl", 2, "in.jsonl");
  write("bad.jsonl", "{\"context\": \"It was made in 1636.\", \"answer\": \"1700\", \"answer_start\": 15}\n");
  fails("questions generate --model @model --input @bad.jsonl --out @none.jsonl --quiet", 1,
        "bad.jsonl:1: the answer '1700' does not stand");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "none.jsonl"));
}

TEST_F(QuestionsCommand, WritesPrompts) {
  generate();
  const ProgramResult done = fathom("questions prompts --input @pairs.jsonl --out @prompts.jsonl");
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, testing::HasSubstr("prompts whose answer is a number"));
  EXPECT_TRUE(lines("prompts.jsonl").at(0).contains("prompt"));
  fails("questions prompts --input @missing.jsonl --out @p.jsonl", 1, "missing.jsonl");
  fails("questions prompts --input @pairs.jsonl --out @pairs.jsonl", 2, "pairs.jsonl");
}

TEST_F(QuestionsCommand, SaysWhatIsWrong) {
  fails("questions generate --model @nowhere --input @pages.jsonl --out @o.jsonl --quiet", 1, "no such model directory");
  fails("questions generate --model @model --input @nowhere --out @o.jsonl", 1, "no such file or directory");
  fails("questions generate --model @model --input @pages.jsonl --n-best 0 --out @o.jsonl", 2, "--n-best");
  fails("questions generate --model @model --input @pages.jsonl --n-best 9 --beam 4 --out @o.jsonl", 2, "more questions than --beam 4");
  fails("questions generate --input @pages.jsonl --out @o.jsonl", 2, "--model");
  write("dull.jsonl", "{\"id\": \"a\", \"text\": \"Too short. To ask.\\nMenu\"}\n");
  fails("questions generate --model @model --input @dull.jsonl --out @o.jsonl --quiet", 1,
        "no page holds an answer that could be asked for");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "o.jsonl"));
  generate();
  ASSERT_EQ(fathom("index build --input @pages.jsonl --out @index --quiet --vector-width 8").code, 0);
  fails("index enrich --index @index", 2, "--clear is needed");
  fails("index enrich --index @index --questions @pairs.jsonl --clear", 2, "--clear is needed");
  fails("index enrich --index @index --questions @pairs.jsonl --weight nan", 2, "--weight");
  fails("index enrich --index @index --questions @pairs.jsonl --queries @pairs.jsonl", 2, "--queries and --qrels belong together");
  fails("index suggest --index @index --questions @pairs.jsonl --per-page 0", 2, "--per-page");
  fails("index enrich --index @nowhere --questions @pairs.jsonl", 1, "no such index directory");
  fails("index train --pages @pages.jsonl --out @encoder", 2, "--examples FILE (clicks) or --synthetic FILE");
  fails("index train --pages @pages.jsonl --examples a --synthetic b --out @encoder", 2, "--synthetic");
}

}  // namespace
}  // namespace fathom::cli
