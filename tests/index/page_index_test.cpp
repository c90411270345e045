// The page index: what it finds, equal to looking at everything, through additions, removals and compaction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PageIndex : public testing::Test {
 protected:
  PageIndex() { PageWriter::create(scratch_.path(), {.most_vectors = 4}); }

  void start() {
    PageWriter writer(scratch_.path(), nullptr);
    writer.use_encoder(encoder_, "encoder-1");
    writer.commit();
  }
  void add(std::uint64_t begin, std::uint64_t end, std::uint64_t seed = 1) {
    PageWriter writer(scratch_.path(), &encoder_);
    for (std::uint64_t i = begin; i < end; ++i) {
      const Page page = random_page(i, 1 + static_cast<std::int64_t>(i % 6), seed);
      writer.add(prepared(page));
      expected_[page.id] = page;
    }
    writer.commit();
  }
  void remove(std::uint64_t number) {
    PageWriter writer(scratch_.path(), &encoder_);
    EXPECT_TRUE(writer.remove("page-" + std::to_string(number)));
    writer.commit();
    expected_.erase("page-" + std::to_string(number));
  }
  // The `k` best by an own pass over the pages' own texts, with the arithmetic of the index.
  std::vector<PageVectorHit> by_hand(PageReader& reader, const std::string& query, std::int64_t k, const PageFilter& filter = {}) {
    const QuantizedQuery quantized(encoder_.encode_query(query));
    BestPages best(k);
    PageSentenceSplitter splitter;
    for (const auto& [id, page] : expected_) {
      std::map<std::string, bool> passes;
      for (const auto& [key, value] : filter) {
        bool& pass = passes[key];
        for (const auto& entry : page.metadata) pass = pass || entry == std::pair(key, value);
      }
      if (std::any_of(passes.begin(), passes.end(), [](const auto& entry) { return !entry.second; })) continue;
      std::vector<std::string_view> sentences;
      for (const text::Span& span : splitter.split(page.text)) sentences.push_back(span.of(page.text));
      std::optional<PageVectorHit> top;
      for (const PageVector& vector : encoder_.encode_page(page.title, sentences, 4)) {
        const QuantizedQuery row(vector.values);
        std::int32_t dot = 0;
        for (std::size_t i = 0; i < row.codes.size(); ++i) dot += static_cast<std::int32_t>(row.codes[i]) * quantized.codes[i];
        const float score = static_cast<float>(dot) * row.scale * quantized.scale;
        if (!top || score > top->score) top = PageVectorHit{*reader.find(id), score, vector.sentence};
      }
      if (top) best.offer(*top);
    }
    return best.take();
  }
  void expect_exact(const PageFilter& filter = {}) {
    PageReader reader(scratch_.path());
    EXPECT_EQ(reader.state().pages, static_cast<std::int64_t>(expected_.size()));
    EXPECT_EQ(reader.all_pages().size(), expected_.size());
    for (const char* query : {"word1 word2 word3", "word77", "word150 word12 word9 word180"}) {
      const auto expected = by_hand(reader, query, 12, filter);
      const auto found = reader.search_vectors(QuantizedQuery(encoder_.encode_query(query)), 12, reader.allowed(filter));
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].page, expected[i].page) << query << " place " << i;
        EXPECT_FLOAT_EQ(found[i].score, expected[i].score);
        EXPECT_EQ(found[i].sentence, expected[i].sentence);
      }
    }
  }
  std::size_t segment_files() const {
    const std::filesystem::directory_iterator begin(scratch_ / segments_folder);
    return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
  }

  ScratchDirectory scratch_;
  HashPageEncoder encoder_;
  std::map<std::string, Page> expected_;
};

TEST_F(PageIndex, FindsWhatLookingAtEverythingFinds) {
  start();
  add(0, 120);
  expect_exact();
  add(120, 160);
  remove(3);
  remove(140);
  add(10, 14, 2);  // in place of others
  expect_exact();
  expect_exact({{"colour", "red"}});
  expect_exact({{"colour", "red"}, {"size", "1"}, {"size", "2"}});
  expect_exact({{"colour", "green"}});
}

TEST_F(PageIndex, CompactsToOneSegmentWithTheSameAnswers) {
  start();
  for (std::uint64_t i = 0; i < 5; ++i) add(10 * i, 10 * i + 10);
  remove(12);
  EXPECT_EQ(segment_files(), 5U);
  PageReader old(scratch_.path());
  const QuantizedQuery query(encoder_.encode_query("word1 word2"));
  const auto before = old.search_vectors(query, 5);
  {
    PageWriter writer(scratch_.path(), &encoder_);
    writer.compact();
  }
  EXPECT_EQ(segment_files(), 1U);
  expect_exact();
  // The files of the old snapshot are gone, but the reader still has them.
  const auto after = old.search_vectors(query, 5);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].page, before[0].page);
  EXPECT_TRUE(old.refresh());
  EXPECT_FALSE(old.refresh());
  EXPECT_EQ(old.segments().size(), 1U);
}

TEST_F(PageIndex, MergesNeighboursWhenThereAreManySegments) {
  start();
  for (std::uint64_t i = 0; i < 40; ++i) add(2 * i, 2 * i + 2);
  remove(0);
  EXPECT_LE(segment_files(), 16U);
  expect_exact();
}

TEST_F(PageIndex, ReadersKeepTheirSnapshot) {
  start();
  add(0, 20);
  PageReader reader(scratch_.path());
  add(20, 40);
  EXPECT_EQ(reader.all_pages().size(), 20U);
  EXPECT_FALSE(reader.find("page-30"));
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.all_pages().size(), 40U);
  EXPECT_TRUE(reader.find("page-30"));
}

TEST_F(PageIndex, ScoresTextAsItsFormulaSays) {
  start();
  add(0, 60);
  PageReader reader(scratch_.path());
  const TextQuery query = reader.text_query("word5 word6 word7 word8");
  const auto hits = reader.search_text(query);
  ASSERT_FALSE(hits.empty());
  for (const TextHit& hit : hits) {
    const Page page = reader.page(hit.document);
    EXPECT_NEAR(hit.score, reader.score_text(query, page.title, page.text), 1e-6);
    EXPECT_LE(hit.score, query.most);
  }
}

TEST_F(PageIndex, CountsTermsThroughChanges) {
  start();
  add(0, 30);
  remove(4);
  add(5, 8, 3);
  PageReader reader(scratch_.path());
  for (int word = 0; word < 200; ++word) {
    const std::string text = "word" + std::to_string(word);
    const TextQuery query = reader.text_query(text);
    EXPECT_EQ(static_cast<std::size_t>(query.terms.at(0).documents), reader.search_text(query).size()) << text;
  }
}

TEST_F(PageIndex, TakesAnyQuery) {
  start();
  add(0, 20);
  PageReader reader(scratch_.path());
  for (const char* query : {"\"", "word1\" OR \"", "title : word1", "NEAR(word1 word2)", "*", "word1*", "'; DROP TABLE documents; --", "",
                            "(((", "- AND NOT", "\xff\xfe", "^word1"})
    EXPECT_NO_THROW(reader.search_text(reader.text_query(query))) << query;
  std::string long_query;
  for (int i = 0; i < 10'000; ++i) long_query += "word" + std::to_string(i) + " ";
  const TextQuery query = reader.text_query(long_query);
  EXPECT_EQ(std::count_if(query.terms.begin(), query.terms.end(), [](const auto& term) { return term.used; }), 64);
  EXPECT_FALSE(reader.search_text(query).empty());
}

TEST_F(PageIndex, RefusesIdsThatAreGivenTwice) {
  start();
  PageWriter writer(scratch_.path(), &encoder_);
  EXPECT_FALSE(writer.add(prepared(random_page(1))));
  EXPECT_THROW(writer.add(prepared(random_page(1))), PageRefused);
  writer.commit();
  EXPECT_THROW(writer.add(prepared(random_page(1)), OnSameId::refuse), PageRefused);
  EXPECT_TRUE(writer.add(prepared(random_page(1))));
  writer.commit();
  EXPECT_EQ(writer.state().pages, 1);
}

TEST(PageCheck, SaysWhatIsWrongWithAPage) {
  const auto message = [](Page page) { return message_of<Error>([&] { check_page(page, "here"); }); };
  EXPECT_THAT(message({.id = "", .title = "t", .url = "", .text = "x"}), HasSubstr("here: the page has an empty id"));
  EXPECT_THAT(message({.id = "a\nb", .title = "t", .url = "", .text = "x"}), HasSubstr("control characters"));
  EXPECT_THAT(message({.id = std::string(2000, 'a'), .title = "t", .url = "", .text = "x"}), HasSubstr("2000 bytes"));
  EXPECT_THAT(message({.id = "a", .title = "t", .url = "", .text = "caf\xe9"}), HasSubstr("not UTF-8 (byte 3)"));
  EXPECT_THAT(message({.id = "a", .title = "t", .url = "", .text = std::string("a\0b", 3)}), HasSubstr("NUL"));
  EXPECT_THAT(message({.id = "a", .title = " ", .url = "", .text = "\n"}), HasSubstr("neither title nor text"));
  Page title_only{.id = "a", .title = "A title", .url = "", .text = ""};
  check_page(title_only, "here");
  EXPECT_EQ(title_only.text, "A title");
}

TEST(PageSentences, CutsWhatHasNoBoundary) {
  PageSentenceSplitter splitter;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "word ";
  for (const text::Span& span : splitter.split(text)) {
    EXPECT_LE(span.end - span.begin, longest_page_sentence);
    EXPECT_EQ(span.of(text).substr(0, 4), "word");
  }
  std::string chinese;
  for (int i = 0; i < 2000; ++i) chinese += "\xe4\xbd\xa0";
  std::size_t covered = 0;
  for (const text::Span& span : splitter.split(chinese)) {
    EXPECT_EQ((span.end - span.begin) % 3, 0U);
    covered += span.end - span.begin;
  }
  EXPECT_EQ(covered, chinese.size());
}

}  // namespace
}  // namespace fathom::index
