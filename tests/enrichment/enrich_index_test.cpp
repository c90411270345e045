#include "fathom/enrichment/enrich_index.h"

#include <gmock/gmock.h>

#include "fathom/base/error.h"
#include "fathom/enrichment/round_trip.h"
#include "fathom/search/answer.h"
#include "tests/enrichment/small_index.h"

namespace fathom::enrichment {
namespace {

using testing::HasSubstr;

class EnrichIndex : public SmallIndex {
 protected:
  static QuestionPair pair(const std::string& question, const std::string& answer, const std::string& sentence, const std::string& page) {
    QuestionPair pair;
    pair.question = question;
    pair.answer = answer;
    pair.sentence = sentence;
    pair.page = page;
    return pair;
  }
  const QuestionPair maker_ =
      pair("Which craftsman invented the fagotto?", "Hotteterre", "It was made in Paris by Hotteterre in 1636.", "bassoon");
  const QuestionPair eruption_ =
      pair("When did the Sicilian mountain explode?", "1669", "Etna erupted in 1669 and buried Catania.", "volcano");
};

TEST_F(EnrichIndex, FindsPagesByTheirQuestionsAndShowsTheirText) {
  search::Searcher searcher(directory());
  const search::SearchRequest request{.query = "fagotto craftsman", .mode = search::Mode::bm25};
  EXPECT_TRUE(searcher.search(request).hits.empty());
  EnrichmentReport report =
      enrich_index(directory(), {maker_, eruption_, pair("Who?", "x", "x", "gone"), pair("Who?", "y", "y", "bridge")}, 1.0);
  EXPECT_EQ(report.questions, 2);
  EXPECT_EQ(report.pages, 2);
  EXPECT_EQ(report.unknown_pages, 1);
  EXPECT_EQ(report.unknown_sentences, 1);
  const search::SearchResponse found = searcher.search(request);
  ASSERT_EQ(found.hits.size(), 1U);
  EXPECT_EQ(found.hits[0].id, "bassoon");
  EXPECT_THAT(found.hits[0].snippet, testing::Not(HasSubstr("fagotto")));
  searcher.with_view([](const search::Searcher::View& view) {
    EXPECT_THAT(view.reader.page(*view.reader.find("bassoon")).text, testing::Not(HasSubstr("fagotto")));
  });
  for (const search::Passage& passage : search::answer(searcher, "fagotto craftsman").passages)
    EXPECT_THAT(passage.text, testing::Not(HasSubstr("fagotto")));

  // Without the questions the index is searched as if there were none.
  search::Searcher text_only(directory(), {.questions = false});
  EXPECT_TRUE(text_only.search(request).hits.empty());

  // The questions of one page take the place of its own only.
  enrich_index(directory(), {pair("Who built the dulcian?", "Hotteterre", maker_.sentence, "bassoon")}, 0.5);
  EXPECT_TRUE(searcher.search(request).hits.empty());
  EXPECT_EQ(searcher.search({.query = "dulcian", .mode = search::Mode::bm25}).hits.size(), 1U);
  EXPECT_EQ(searcher.search({.query = "Sicilian", .mode = search::Mode::bm25}).hits.size(), 1U);

  EXPECT_EQ(clear_enrichment(directory()), 2);
  EXPECT_TRUE(searcher.search({.query = "dulcian", .mode = search::Mode::bm25}).hits.empty());
  EXPECT_EQ(clear_enrichment(directory()), 0);
}

TEST_F(EnrichIndex, ChangesNothingWhenNoQuestionFits) {
  EXPECT_THAT(message_of<Error>([&] { enrich_index(directory(), {pair("Who?", "x", "x", "gone")}, 1.0); }),
              HasSubstr("none of the 1 questions is about a page of the index"));
  EXPECT_THAT(message_of<UsageError>([&] { enrich_index(directory(), {maker_}, -1.0); }), HasSubstr("0 to 100"));
  EXPECT_THAT(message_of<UsageError>([&] { suggest_questions(directory(), {maker_}, 0); }), HasSubstr("at least 1"));
  index::PageReader reader(directory());
  EXPECT_EQ(reader.question_counts().questions, 0);
}

TEST_F(EnrichIndex, SuggestsRelatedQuestionsOnce) {
  const QuestionPair place = pair("Where was the bassoon made?", "Paris", maker_.sentence, "bassoon");
  const QuestionPair year = pair("When was the bassoon made?", "1636", maker_.sentence, "bassoon");
  const QuestionPair again = pair("Where was the bassoon made then?", "Paris", maker_.sentence, "bassoon");
  const QuestionPair third = pair("Who made the bassoon?", "Hotteterre", maker_.sentence, "bassoon");
  const QuestionPair etna = pair("When did Etna erupt?", "1669", eruption_.sentence, "volcano");
  EXPECT_EQ(suggest_questions(directory(), {place, year, again, third, etna}, 5).questions, 5);
  search::Searcher searcher(directory());
  const auto asked = [&](const std::string& query) {
    std::vector<std::string> questions;
    for (const search::Suggestion& suggestion : searcher.search({.query = query}).suggestions) questions.push_back(suggestion.question);
    return questions;
  };
  std::int64_t of_bassoon = 0;
  for (const search::Suggestion& suggestion : searcher.search({.query = "bassoon"}).suggestions) of_bassoon += suggestion.page == "bassoon";
  EXPECT_EQ(of_bassoon, 2);  // of one page
  EXPECT_THAT(asked("where was the bassoon made"), testing::Not(testing::Contains(place.question)));
  EXPECT_THAT(asked("bassoon made"), testing::Not(testing::AllOf(testing::Contains(place.question), testing::Contains(again.question))));
  const search::SearchResponse response = searcher.search({.query = "Etna Catania"});
  ASSERT_FALSE(response.suggestions.empty());
  const search::Suggestion& first = response.suggestions.front();
  EXPECT_EQ(first.question, etna.question);
  EXPECT_EQ(first.answer, "1669");
  EXPECT_EQ(first.text, eruption_.sentence);
  EXPECT_EQ(first.page, "volcano");
  EXPECT_EQ(first.sentence, 1);
  EXPECT_TRUE(searcher.search({.query = "mountain", .suggestions = 0}).suggestions.empty());
  EXPECT_EQ(clear_suggestions(directory()), 2);
  EXPECT_TRUE(searcher.search({.query = "bassoon"}).suggestions.empty());
}

TEST_F(EnrichIndex, ForgetsTheQuestionsOfPagesThatChange) {
  enrich_index(directory(), {maker_, eruption_}, 1.0);
  suggest_questions(directory(), {maker_, eruption_}, 5);
  write("new.jsonl", page("bassoon", "The bassoon", "Another text about it. It has two sentences."));
  search::add_to_index(directory(), {(scratch_ / "new.jsonl").string()}, {});
  search::remove_from_index(directory(), {"volcano"}, false);
  index::PageReader reader(directory());
  const auto counts = reader.question_counts();
  EXPECT_EQ(counts.questions, 0);
  EXPECT_EQ(counts.suggestions, 0);
  EXPECT_TRUE(reader.search_text(reader.text_query("fagotto Sicilian")).empty());
}

TEST_F(EnrichIndex, RoundTripsSayWhereTheyEnd) {
  search::Searcher searcher(directory());
  const Origin origin{maker_.page, maker_.sentence, maker_.answer};
  const RoundTrip found = round_trip(searcher, "Who made the bassoon in Paris in 1636?", origin);
  EXPECT_EQ(found.verdict, RoundTrip::Verdict::found);
  EXPECT_EQ(found.page_rank, 1);
  EXPECT_GE(found.passage_rank, 1);
  EXPECT_EQ(round_trip(searcher, "When did Etna erupt and bury Catania?", origin, {.pages = 1}).verdict,
            RoundTrip::Verdict::page_not_found);
  EXPECT_EQ(round_trip(searcher, "Which woodwind instrument is the bassoon?", origin, {.pages = 1, .passages = 1}).verdict,
            RoundTrip::Verdict::answer_not_found);
  // A copy of the page is as good as the page.
  const std::string copy = "copy";
  EXPECT_EQ(round_trip(searcher, "When did Etna erupt and bury Catania?", {copy, eruption_.sentence, eruption_.answer}).verdict,
            RoundTrip::Verdict::found);
}

}  // namespace
}  // namespace fathom::enrichment
