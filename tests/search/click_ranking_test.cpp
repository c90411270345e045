#include "fathom/search/click_ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fathom/base/rng.h"
#include "fathom/search/index_build.h"
#include "tests/base/scratch_directory.h"

namespace fathom::search {
namespace {

using testing::HasSubstr;

// Queries whose clicked page one half tells from the others, where it is `knows`; the other half is noise.
ClickQueries queries(int count, bool text_knows, bool vectors_know, std::uint64_t seed = 4) {
  ClickQueries result;
  Rng rng(seed);
  for (int query = 0; query < count; ++query) {
    RankingExample example;
    for (int i = 0; i < 20; ++i) {
      const bool right = i == 0;
      Candidate candidate{.number = i + 1, .text_rank = 1, .vector_rank = 1};
      candidate.text_share = candidate.bm25 = 0.3 * rng.uniform() + (text_knows && right ? 0.3 : 0.0);
      candidate.cosine = 0.3 * rng.uniform() + (vectors_know && right ? 0.3 : 0.0);
      example.candidates.push_back(candidate);
      example.gains.push_back(right ? 2.5 : 0.0);
    }
    example.weight = 2.5;
    result.examples.push_back(std::move(example));
  }
  return result;
}

TEST(ClickRanking, TrustsTheHalfThatKnowsAndSaysHowGoodItIs) {
  const ClickRanking text = learn_ranking_from_clicks(queries(100, true, false), 1, "x");
  EXPECT_EQ(text.ranking.vector_weight, 0.0);
  EXPECT_EQ(text.queries, 100);
  EXPECT_EQ(text.held_out, 20);
  EXPECT_DOUBLE_EQ(text.text, 1.0);
  EXPECT_LT(text.vectors, 0.8);
  EXPECT_EQ(learn_ranking_from_clicks(queries(100, false, true), 1, "x").ranking.vector_weight, 1.0);
  EXPECT_EQ(text.to_json().at("held_out_ndcg@10").at("bm25"), 1.0);
}

TEST(ClickRanking, FallsBackToTheBetterHalfWhereTheMixtureFails) {
  // Too few queries to learn from, of noise: over the seeds the mixture fails on the held-out ones somewhere, and never is what is taken.
  int floored = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const ClickRanking learnt = learn_ranking_from_clicks(queries(12, false, false, seed), seed, "x");
    const double better = std::max(learnt.text, learnt.vectors);
    EXPECT_EQ(learnt.floored, learnt.mixture < better);
    if (!learnt.floored) continue;
    ++floored;
    EXPECT_EQ(learnt.ranking.vector_weight, learnt.text >= learnt.vectors ? 0.0 : 1.0);
  }
  EXPECT_GT(floored, 0);
}

TEST(ClickRanking, WeighsQueriesByTheirClicks) {
  ClickQueries mixed = queries(50, true, false);
  for (RankingExample& example : queries(50, false, true, 5).examples) {
    example.weight = 100.0;
    mixed.examples.push_back(std::move(example));
  }
  EXPECT_GT(learn_ranking_from_clicks(mixed, 1, "x").ranking.vector_weight, 0.5);
}

TEST(ClickRanking, AsksForMoreQueries) {
  EXPECT_THAT(message_of<Error>([] { learn_ranking_from_clicks(queries(9, true, true), 1, "clicks of log"); }),
              HasSubstr("clicks of log: 9 queries"));
}

TEST(ClickRanking, FindsTheCandidatesOfClicks) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / "pages.jsonl") << R"({"id": "sea", "title": "The sea", "text": "The sea is wide. Ships cross it."})"
                                         << "\n"
                                         << R"({"id": "hill", "title": "The hill", "text": "The hill is steep. Sheep graze on it."})"
                                         << "\n";
  IndexBuildOptions build;
  build.inputs = {(scratch / "pages.jsonl").string()};
  build.word_vectors.width = 8;
  build_index(build, scratch / "index");
  Searcher searcher(scratch / "index");
  const ClickQueries found = click_queries(searcher, {{"ships", "sea", 1, 2.0},
                                                      {"Ships ", "sea", -1, 1.0},  // the same query
                                                      {"ships", "hill", 0, 0.5},   // too few to count
                                                      {"sheep", "gone", 0, 1.0}});
  ASSERT_EQ(found.examples.size(), 1U);
  EXPECT_EQ(found.unknown_pages, 1);
  EXPECT_EQ(found.not_found, 1);
  EXPECT_EQ(found.examples[0].weight, 3.0);
  EXPECT_THAT(found.examples[0].gains, testing::Contains(3.0));
  EXPECT_THAT(found.examples[0].gains, testing::Not(testing::Contains(0.5)));
}

}  // namespace
}  // namespace fathom::search
