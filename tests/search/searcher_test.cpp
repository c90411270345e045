#include "fathom/search/searcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "fathom/search/answer.h"
#include "fathom/search/evaluation.h"
#include "fathom/search/index_build.h"
#include "tests/base/scratch_directory.h"

namespace fathom::search {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SearchIndex : public testing::Test {
 protected:
  SearchIndex() {
    write("pages.jsonl",
          page("bank", "Opening a bank account",
               "Bring your passport to the bank. The account is opened within a day. A card comes by post.", "money") +
              page("car", "Renting a car", "The airport has many cars for rent. A driving licence is needed. Cars are insured.", "travel") +
              page("visa", "Visas for visitors", "A visa takes two weeks. Bring a passport and a photograph. Fees are paid in cash.",
                   "travel") +
              page("copy-a", "Museum hours", "The museum opens at nine. It is closed on Mondays.", "travel") +
              page("copy-b", "Museum hours", "The museum opens at nine. It is closed on Mondays.", "leisure"));
    build();
  }
  static std::string page(const std::string& id, const std::string& title, const std::string& text, const std::string& topic) {
    return OrderedJson{{"id", id}, {"title", title}, {"text", text}, {"topic", topic}}.dump() + "\n";
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(scratch_ / name, std::ios::binary) << text; }
  void build() {
    IndexBuildOptions options;
    options.inputs = {(scratch_ / "pages.jsonl").string()};
    options.word_vectors.width = 8;
    build_index(options, directory());
  }
  std::filesystem::path directory() const { return scratch_ / "index"; }
  static std::vector<std::string> ids(const SearchResponse& response) {
    std::vector<std::string> out;
    for (const SearchHit& hit : response.hits) out.push_back(hit.id);
    return out;
  }
  ScratchDirectory scratch_;
};

TEST_F(SearchIndex, FindsThePageAndTheSentence) {
  Searcher searcher(directory());
  const SearchResponse response = searcher.search({.query = "how long does a visa take", .k = 2});
  ASSERT_FALSE(response.hits.empty());
  const SearchHit& hit = response.hits.front();
  EXPECT_EQ(hit.id, "visa");
  EXPECT_EQ(hit.snippet, "A visa takes two weeks.");
  EXPECT_EQ(hit.sentence, 0);
  EXPECT_EQ(hit.sentence_end - hit.sentence_begin, hit.snippet.size());
  std::vector<std::string> words;
  for (const text::Span& span : hit.highlights) words.emplace_back(span.of(hit.snippet));
  EXPECT_THAT(words, testing::Contains("takes"));  // by its stem
}

TEST_F(SearchIndex, FoldsCopiesAndFilters) {
  Searcher searcher(directory());
  for (const Mode mode : {Mode::hybrid, Mode::bm25, Mode::vectors, Mode::reciprocal_rank, Mode::min_max}) {
    const SearchResponse response = searcher.search({.query = "when does the museum open", .mode = mode});
    ASSERT_FALSE(response.hits.empty()) << name_of(mode);
    EXPECT_EQ(response.hits.front().id, "copy-a") << name_of(mode);
    EXPECT_THAT(response.hits.front().duplicates, ElementsAre("copy-b"));
    EXPECT_THAT(ids(response), testing::Not(testing::Contains("copy-b")));
  }
  EXPECT_THAT(ids(searcher.search({.query = "museum", .filter = {{"topic", "leisure"}}})), ElementsAre("copy-b"));
  EXPECT_TRUE(searcher.search({.query = "museum", .filter = {{"topic", "none"}}}).hits.empty());
  SearchRequest both{.query = "museum", .mode = Mode::bm25};
  both.fold_duplicates = false;
  EXPECT_EQ(searcher.search(both).hits.size(), 2U);
}

TEST_F(SearchIndex, SaysWhenThereIsNoGoodAnswer) {
  Searcher searcher(directory());
  for (const char* query : {"quantum lattice", "", "\" OR *", "zzz"}) EXPECT_FALSE(searcher.search({.query = query}).answered) << query;
  std::string long_query;
  for (int i = 0; i < 10'000; ++i) long_query += "word" + std::to_string(i) + " passport ";
  EXPECT_NO_THROW(searcher.search({.query = long_query}));
  EXPECT_THROW(searcher.search({.query = "x", .k = 0}), UsageError);
}

TEST_F(SearchIndex, AnswersWhenAllWordsStandTogether) {
  write("pages.jsonl", page("zoo", "Animals", "Zebras live in Africa. Lions live in Africa, too.", "x") +
                           page("sea", "The sea", "A whale is a mammal.", "x") +
                           page("deep", "Deep water", "The squid lives in deep water. A shrimp does so, too.", "x") +
                           page("pku", "北京大学简介", "北京大学创办于1898年，初名京师大学堂。北京大学位于北京市海淀区。", "x"));
  build();
  Searcher searcher(directory());
  for (const char* query :
       {"whale", "squid", "shrimp", "zebras in africa", "Where do zebras live?", "北京大学", "北京大学创办于哪一年？"}) {
    const SearchResponse response = searcher.search({.query = query});
    EXPECT_TRUE(response.answered) << query;
    EXPECT_TRUE(response.hits.front().good) << query;
  }
  for (const char* question : {"Where do zebras live?", "北京大学创办于哪一年？"})
    EXPECT_TRUE(answer(searcher, question).answered) << question;
  EXPECT_FALSE(searcher.search({.query = "whale telescope engine"}).answered);
  EXPECT_FALSE(answer(searcher, "Who repaired the telescope of the whale?").answered);
  // What shares nothing with the query is marked, beside what is good.
  const SearchResponse found = searcher.search({.query = "北京大学"});
  for (std::size_t i = 1; i < found.hits.size(); ++i) EXPECT_FALSE(found.hits[i].good) << found.hits[i].id;
}

TEST_F(SearchIndex, DoesNotTakeWordsOfGrammarForTheSubject) {
  write("pages.jsonl", page("doc", "What is rustdoc?", "What is rustdoc? It is a program that writes documentation.", "x") +
                           page("heat", "Convection", "Heat transfer is the exchange of thermal energy. Bodies are warmed by it.", "x") +
                           page("wing", "Wings", "Wings carry an aircraft. Air flows around them.", "x"));
  build();
  Searcher searcher(directory());
  const Answer found = answer(searcher, "What is heat transfer?");
  ASSERT_FALSE(found.passages.empty());
  EXPECT_EQ(found.passages.front().page, "heat");
  EXPECT_EQ(found.passages.front().share, 1.0);
  // A query of nothing else looks for the words of grammar themselves.
  EXPECT_GT(searcher.search({.query = "what is"}).hits.front().coverage, 0.9);
}

TEST_F(SearchIndex, SeesChangesAtTheNextSearch) {
  Searcher searcher(directory());
  write("more.jsonl", page("boat", "Boat trips", "Boats leave the harbour every hour.", "travel") +
                          page("car", "Renting a bicycle", "Bicycles are rented by the river.", "travel"));
  const IndexReport added = add_to_index(directory(), {(scratch_ / "more.jsonl").string()}, {});
  EXPECT_EQ(added.replaced, 1);
  EXPECT_EQ(added.pages, 6);
  EXPECT_THAT(ids(searcher.search({.query = "boats in the harbour", .k = 1})), ElementsAre("boat"));
  EXPECT_TRUE(searcher.search({.query = "airport", .mode = Mode::bm25}).hits.empty());
  EXPECT_EQ(remove_from_index(directory(), {"boat"}, false).removed, 1);
  EXPECT_TRUE(searcher.search({.query = "harbour", .mode = Mode::bm25}).hits.empty());
  EXPECT_THAT(message_of<Error>([&] { remove_from_index(directory(), {"visa", "nowhere"}, false); }), HasSubstr("'nowhere'"));
  EXPECT_FALSE(searcher.search({.query = "visa", .mode = Mode::bm25}).hits.empty());
  build();  // another index in its place
  EXPECT_FALSE(searcher.search({.query = "airport", .mode = Mode::bm25}).hits.empty());
}

TEST_F(SearchIndex, SearchesFromManyThreadsWhileItChanges) {
  Searcher searcher(directory());
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      try {
        while (!done) searcher.search({.query = "bring a passport", .k = 3});
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
  OpenIndex open = open_for_writing(directory());
  index::PageSentenceSplitter splitter;
  for (int round = 0; round < 30; ++round) {
    open.writer->add(
        index::prepare_page({.id = "new", .title = "passport", .url = "", .text = "Round " + std::to_string(round)}, splitter));
    open.writer->commit();
    if (round % 10 == 9) open.writer->compact();
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ids(searcher.search({.query = "round 29"})), testing::Contains("new"));
}

TEST_F(SearchIndex, RefusesDuplicateIdsInOneBuild) {
  write("twice.jsonl", page("a", "t", "One text.", "x") + page("a", "t", "Another text.", "x"));
  IndexBuildOptions options;
  options.inputs = {(scratch_ / "twice.jsonl").string()};
  const std::string message = message_of<Error>([&] { build_index(options, scratch_ / "other"); });
  EXPECT_THAT(message, HasSubstr("twice.jsonl:2"));
  EXPECT_THAT(message, HasSubstr("'a' was given to another page"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "other"));
  options.read.on_bad = data::OnBad::skip;
  EXPECT_EQ(build_index(options, scratch_ / "other").read.bad, 1);
}

TEST_F(SearchIndex, MeasuresItsRankings) {
  write("queries.jsonl",
        "{\"qid\": \"1\", \"text\": \"visa\"}\n{\"_id\": \"2\", \"query\": \"rent a car\"}\n{\"qid\": \"3\", \"text\": \"unjudged\"}\n");
  write("trec.txt", "1 0 visa 1\n2 0 car 2\n2 0 gone 1\n");
  write("beir.tsv", "query-id\tcorpus-id\tscore\n1\tvisa\t1\n2\tcar\t2\n2\tgone\t1\n");
  Searcher searcher(directory());
  for (const char* qrels : {"trec.txt", "beir.tsv"}) {
    const OrderedJson result = evaluate(searcher, read_judged_queries(scratch_ / "queries.jsonl", scratch_ / qrels)).to_json();
    EXPECT_EQ(result.at("queries"), 2);
    EXPECT_EQ(result.at("relevant_pages_not_in_index"), 1);
    EXPECT_DOUBLE_EQ(result.at("bm25").at("mrr@10").get<double>(), 1.0);
    EXPECT_DOUBLE_EQ(result.at("bm25").at("recall@5").get<double>(), 0.75);
  }
  write("bad.txt", "1 0 visa\n1 visa\n");
  EXPECT_THAT(message_of<Error>([&] { read_judged_queries(scratch_ / "queries.jsonl", scratch_ / "bad.txt"); }), HasSubstr("bad.txt:1"));
  write("none.txt", "9 0 visa 1\n");
  EXPECT_THAT(message_of<Error>([&] { read_judged_queries(scratch_ / "queries.jsonl", scratch_ / "none.txt"); }),
              HasSubstr("none of its queries"));
}

TEST_F(SearchIndex, RefusesAnEncoderThatIsNotTheVectors) {
  const std::filesystem::path encoder = directory() / "encoder-1";
  pages::WordVectorPageEncoder(vectors::WordVectors({"a", "b"}, 8, std::vector<float>(16, 0.5f)), {1.0f, 1.0f}, std::vector<float>(8, 0.0f),
                               1, 1)
      .save(encoder);
  EXPECT_THAT(message_of<Error>([&] { Searcher searcher(directory()); }), HasSubstr("another encoder"));
}

}  // namespace
}  // namespace fathom::search
