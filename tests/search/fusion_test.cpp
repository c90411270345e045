#include "fathom/search/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/rng.h"
#include "fathom/search/learn_ranking.h"
#include "tests/base/scratch_directory.h"

namespace fathom::search {
namespace {

std::vector<Candidate> three() {
  return {{.number = 1, .bm25 = 9, .text_share = 0.9, .text_rank = 1, .cosine = 0.1, .vector_rank = 3, .sentence = 0},
          {.number = 2, .bm25 = 5, .text_share = 0.5, .text_rank = 2, .cosine = 0.9, .vector_rank = 1, .sentence = 0},
          {.number = 3, .cosine = 0.8, .vector_rank = 2, .sentence = 0}};
}

std::vector<std::int64_t> numbers(const std::vector<Candidate>& candidates, Mode mode, const Ranking& ranking = {}) {
  std::vector<std::int64_t> out;
  for (const Ranked& ranked : order(candidates, mode, ranking)) out.push_back(candidates[ranked.candidate].number);
  return out;
}

TEST(Fusion, OrdersAsEachModeSays) {
  EXPECT_THAT(numbers(three(), Mode::bm25), testing::ElementsAre(1, 2));
  EXPECT_THAT(numbers(three(), Mode::vectors), testing::ElementsAre(2, 3, 1));
  EXPECT_THAT(numbers(three(), Mode::reciprocal_rank), testing::ElementsAre(2, 1, 3));
  EXPECT_THAT(numbers(three(), Mode::min_max), testing::ElementsAre(1, 2, 3));  // 1/2, 1/2 by number, 0.4375
  Ranking ranking;
  ranking.vector_weight = 0.0;
  EXPECT_THAT(numbers(three(), Mode::hybrid, ranking), testing::ElementsAre(1, 2, 3));
  ranking.vector_weight = 1.0;
  EXPECT_THAT(numbers(three(), Mode::hybrid, ranking), testing::ElementsAre(2, 3, 1));
  EXPECT_TRUE(order({}, Mode::hybrid, ranking).empty());
}

TEST(Fusion, KeepsARankingThroughJson) {
  Ranking ranking;
  ranking.text = {3.0, -2.0};
  ranking.vector_weight = 0.35;
  ranking.learnt_from = "pseudo queries";
  const Ranking read = Ranking::from_json(ranking.to_json().dump(), "here");
  EXPECT_EQ(read.to_json(), ranking.to_json());
  Json without = Json::parse(ranking.to_json().dump());
  without.erase("evidence");  // as earlier indexes have it
  EXPECT_EQ(Ranking::from_json(without.dump(), "here").evidence.coverage, pseudo_evidence.coverage);
  EXPECT_THAT(message_of<Error>([] { Ranking::from_json("{}", "here"); }), testing::HasSubstr("here: required key 'text'"));
  EXPECT_THROW(mode_of("best"), UsageError);
  EXPECT_EQ(mode_of("rrf"), Mode::reciprocal_rank);
}

// Right pages stand out in one half only; the other half is noise.
std::vector<RankingExample> examples(bool text_knows, bool vectors_know) {
  std::vector<RankingExample> all;
  Rng rng(4);
  for (int query = 0; query < 100; ++query) {
    RankingExample example;
    for (int i = 0; i < 20; ++i) {
      const bool right = i == 0;
      Candidate candidate{.number = i + 1};
      candidate.text_share = candidate.bm25 = 0.3 * rng.uniform() + (text_knows && right ? 0.3 : 0.0);
      candidate.cosine = 0.3 * rng.uniform() + (vectors_know && right ? 0.3 : 0.0);
      candidate.text_rank = candidate.vector_rank = 1;
      example.candidates.push_back(candidate);
      example.gains.push_back(right ? 1.0 : 0.0);
    }
    all.push_back(std::move(example));
  }
  return all;
}

TEST(LearnRanking, TrustsTheHalfThatKnows) {
  EXPECT_EQ(learn_ranking(examples(true, false), "x").vector_weight, 0.0);
  EXPECT_EQ(learn_ranking(examples(false, true), "x").vector_weight, 1.0);
  const Ranking both = learn_ranking(examples(true, true), "x");
  EXPECT_GT(both.text.slope, 0.0);
  EXPECT_EQ(both.learnt_from, "x");
  // What is right is likely, what is wrong is not.
  const auto sample = examples(true, true).front();
  EXPECT_GT(both.fused.probability(both.logit(sample.candidates[0])), 0.5);
  EXPECT_LT(both.fused.probability(both.logit(sample.candidates[1])), 0.5);
}

TEST(Fusion, ReadsLearntLogOddsByWhereTheyCameFrom) {
  Ranking ranking;
  EXPECT_GT(ranking.probability(0.0, 1.0), 0.5);    // all words stand together
  EXPECT_LT(ranking.probability(0.0, 0.3), 0.5);    // few do
  EXPECT_LT(ranking.probability(-8.0, 0.0), 0.25);  // nothing speaks for it
  ranking.evidence = judged_evidence;
  EXPECT_DOUBLE_EQ(ranking.probability(0.0, 1.0), 0.5);
  // A query without a vector is read by its words alone.
  Candidate candidate{.text_share = 0.5};
  candidate.compared = false;
  EXPECT_DOUBLE_EQ(ranking.logit(candidate), ranking.text.logit(0.5));
}

TEST(LearnRanking, KeepsDefaultsWithoutExamples) { EXPECT_EQ(learn_ranking({}, "nothing").text.slope, Ranking().text.slope); }

}  // namespace
}  // namespace fathom::search
