#include "fathom/pages/page_collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/index/page.h"

namespace fathom::pages {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path file(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  write_file_atomically(path, text);
  return path;
}

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

const char* two_pages =
    "{\"id\": \"a\", \"title\": \"Alps\", \"text\": \"Mont Blanc is high. Snow lies on it.\"}\n"
    "{\"id\": \"b\", \"text\": \"Das Matterhorn ist schön. Es ist steil.\"}\n";

TEST(PageCollection, SplitsTheTextIntoSentences) {
  const PageCollection pages = read_pages(file("pages.jsonl", two_pages), 1);
  ASSERT_EQ(pages.pages.size(), 2U);
  EXPECT_THAT(pages.pages[0].sentence_texts(), testing::ElementsAre("Mont Blanc is high.", "Snow lies on it."));
  EXPECT_EQ(pages.by_id.at("b"), 1);
  EXPECT_EQ(pages.pages[1].title, "");
}

TEST(PageCollection, SplitsAsAnIndexDoes) {
  // A click's ordinal is the index's, which cuts what is longer than 1,000 bytes.
  std::string text = "Short.";
  for (int i = 0; i < 400; ++i) text += " word";
  text += ". Last one.";
  const PageCollection pages = read_pages(file("long.jsonl", "{\"id\": \"a\", \"text\": \"" + text + "\"}\n"), 1);
  index::PageSentenceSplitter splitter;
  const auto spans = splitter.split(pages.pages[0].text);
  ASSERT_GT(spans.size(), 3U);
  ASSERT_EQ(pages.pages[0].sentences.size(), spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) EXPECT_EQ(pages.pages[0].sentences[i].begin, spans[i].begin);
  EXPECT_EQ(pages.pages[0].sentence_texts().back(), "Last one.");
}

TEST(PageCollection, RefusesWrongPages) {
  const auto read = [](const std::string& text) { return message([&] { read_pages(file("wrong.jsonl", text), 1); }); };
  EXPECT_THAT(read("{\"title\": \"x\"}\n"), HasSubstr("'id' is missing"));
  EXPECT_THAT(read("{\"id\": \"\", \"title\": \"x\"}\n"), HasSubstr("wrong.jsonl:1"));
  EXPECT_THAT(read("{\"id\": \"x\"}\n"), HasSubstr("neither title nor text"));
  EXPECT_THAT(read(std::string(two_pages) + "{\"id\": \"a\", \"text\": \"again\"}\n"), HasSubstr("wrong.jsonl:3"));
  EXPECT_THAT(read("{\"id\": \"x\", \"text\": 5}\n"), HasSubstr("must be a string"));
  EXPECT_THAT(read("{\"id\": \"x\", \"text\": \"\xff\"}\n"), HasSubstr("wrong.jsonl:1"));
}

TEST(PageCollection, FindsTheSentenceOfAClickByOrdinalOrOffset) {
  const PageCollection pages = read_pages(file("pages.jsonl", two_pages), 1);
  const PageExamples read = read_page_examples(file("examples.jsonl",
                                                    "{\"query\": \"snow\", \"page\": \"a\", \"sentence\": 1, \"weight\": 2.5}\n"
                                                    "{\"query\": \"steil\", \"page\": \"b\", \"offset\": 27}\n"
                                                    "{\"query\": \"x\", \"page\": \"b\"}\n"
                                                    "{\"query\": \"x\", \"page\": \"gone\"}\n"
                                                    "{\"query\": \"x\", \"page\": \"a\", \"sentence\": 9}\n"
                                                    "{\"query\": \"x\", \"page\": \"a\", \"weight\": 0}\n"),
                                               pages);
  ASSERT_EQ(read.examples.size(), 4U);
  EXPECT_EQ(read.examples[0].sentence, 1);
  EXPECT_DOUBLE_EQ(read.examples[0].weight, 2.5);
  EXPECT_EQ(read.examples[1].page, 1);
  EXPECT_EQ(read.examples[1].sentence, 1);  // bytes, not characters: ö takes two
  EXPECT_EQ(read.examples[2].sentence, -1);
  EXPECT_EQ(read.examples[3].sentence, -1);
  EXPECT_EQ(read.unknown_pages, 1);
  EXPECT_EQ(read.unknown_sentences, 1);
}

TEST(PageCollection, RefusesWrongClicks) {
  const PageCollection pages = read_pages(file("pages.jsonl", two_pages), 1);
  const auto read = [&](const std::string& text) { return message([&] { read_page_examples(file("wrong.jsonl", text), pages); }); };
  EXPECT_THAT(read("{\"page\": \"a\"}\n"), HasSubstr("'query' is missing"));
  EXPECT_THAT(read("{\"query\": \"a\"}\n"), HasSubstr("'page' is missing"));
  EXPECT_THAT(read("{\"query\": \"a\", \"page\": \"a\", \"weight\": -1}\n"), HasSubstr("0 or more"));
  EXPECT_THAT(read("{\"query\": \"a\", \"page\": \"gone\"}\n"), HasSubstr("no click on a page of the collection"));
}

TEST(JudgedQueries, AreThoseWithARelevantPage) {
  const auto queries = file("queries.jsonl",
                            "{\"id\": \"1\", \"query\": \"snow\", \"group\": \"new\"}\n{\"id\": \"2\", \"query\": \"ice\"}\n"
                            "{\"id\": \"3\", \"query\": \"fog\"}\n");
  const auto judged = read_judged_queries(queries, file("qrels.tsv", "1 0 a 2\n1\t0\tb\t0\n2 0 b 0\n\n"));
  ASSERT_EQ(judged.size(), 1U);
  EXPECT_EQ(judged[0].group, "new");
  EXPECT_EQ(judged[0].judgements.at("a"), 2);
  EXPECT_THAT(message([&] { read_judged_queries(queries, file("qrels.tsv", "1 0 a\n")); }), HasSubstr("qrels.tsv:1"));
  EXPECT_THAT(message([&] { read_judged_queries(queries, file("qrels.tsv", "9 0 a 1\n")); }), HasSubstr("no query has a relevant page"));
}

}  // namespace
}  // namespace fathom::pages
