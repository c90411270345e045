#include "fathom/metrics/ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

// Candidates in ranked order from a string of 0s and 1s.
std::vector<Candidate> ranked(const std::string& relevance) {
  std::vector<Candidate> out;
  for (const char c : relevance) out.push_back({-static_cast<double>(out.size()), c == '1'});
  return out;
}

TEST(SemevalScores, ByHand) {
  // First question: precisions 1/2 and 2/3; second 1; third has nothing relevant and counts as 0.
  const SemevalScores scores = semeval_scores({ranked("0110"), ranked("1000"), ranked("0000")});
  EXPECT_DOUBLE_EQ(scores.average_precision[0], (0.5 + 2.0 / 3.0) / 2.0);
  EXPECT_NEAR(scores.map, ((0.5 + 2.0 / 3.0) / 2.0 + 1.0) / 3.0, 1e-15);
  EXPECT_NEAR(scores.mrr, (0.5 + 1.0 + 0.0) / 3.0, 1e-15);
  // Found among the best n of all questions: 1, 2, 3, 3 … 3; possible: 2, 3, 3 … 3.
  EXPECT_NEAR(scores.average_recall, (1.0 / 2.0 + 2.0 / 3.0 + 8.0) / 10.0, 1e-15);
}

TEST(SemevalScores, DividesByTheRelevantCandidatesFoundInTheTop) {
  // The eleventh candidate is beyond the depth: one relevant was found at rank 1, so average precision is 1.
  EXPECT_DOUBLE_EQ(semeval_scores({ranked("10000000001")}).map, 1.0);
  EXPECT_DOUBLE_EQ(semeval_scores({ranked("011")}, 2).map, 0.5);
}

TEST(SemevalScores, EqualScoresKeepTheFilesOrder) {
  EXPECT_DOUBLE_EQ(semeval_scores({{{0.5, false}, {0.5, true}}}).mrr, 0.5);
  EXPECT_DOUBLE_EQ(semeval_scores({{{0.5, true}, {0.5, false}}}).mrr, 1.0);
}

TEST(SemevalScores, RefusesNothingAndNotANumber) {
  EXPECT_THROW(semeval_scores({}), Error);
  EXPECT_THROW(semeval_scores({{{std::numeric_limits<double>::quiet_NaN(), true}}}), Error);
}

const std::vector<Retrieved> run = {{"a", 3.0}, {"b", 2.0}, {"c", 1.0}};

TEST(TrecMeasures, ByHand) {
  const Judgements judgements = {{"a", 0}, {"b", 2}, {"c", 1}, {"d", 1}};  // d was not retrieved
  EXPECT_DOUBLE_EQ(average_precision(run, judgements), (1.0 / 2.0 + 2.0 / 3.0) / 3.0);
  EXPECT_DOUBLE_EQ(reciprocal_rank(run, judgements), 0.5);
  EXPECT_DOUBLE_EQ(precision_at(run, judgements, 2), 0.5);
  EXPECT_DOUBLE_EQ(precision_at(run, judgements, 10), 0.2);  // missing places count as not relevant
  EXPECT_DOUBLE_EQ(recall_at(run, judgements, 2), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(recall_at(run, judgements, 10), 2.0 / 3.0);
  const double gain = 2.0 / std::log2(3.0) + 1.0 / 2.0, ideal = 2.0 + 1.0 / std::log2(3.0) + 1.0 / 2.0;
  EXPECT_DOUBLE_EQ(ndcg_at(run, judgements, 0), gain / ideal);
  EXPECT_DOUBLE_EQ(ndcg_at(run, judgements, 2), (2.0 / std::log2(3.0)) / (2.0 + 1.0 / std::log2(3.0)));
}

TEST(TrecMeasures, EqualScoresGoByDocumentIdDownwards) {
  const std::vector<Retrieved> tied = {{"doc1", 1.0}, {"doc3", 1.0}, {"doc2", 1.0}, {"doc0", 2.0}};
  std::vector<std::string> order;
  for (const Retrieved& hit : trec_order(tied)) order.push_back(hit.document);
  EXPECT_EQ(order, (std::vector<std::string>{"doc0", "doc3", "doc2", "doc1"}));
  EXPECT_DOUBLE_EQ(reciprocal_rank(tied, {{"doc1", 1}}), 0.25);
}

TEST(TrecMeasures, UnjudgedIsNotRelevantAndNegativeGainsNothing) {
  EXPECT_DOUBLE_EQ(precision_at(run, {{"b", 1}}, 3), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(ndcg_at(run, {{"a", -1}, {"b", 1}}, 0), 1.0 / std::log2(3.0));
  EXPECT_DOUBLE_EQ(average_precision(run, {{"a", -1}, {"b", 1}}), 0.5);
}

TEST(TrecMeasures, QueriesWithoutRelevantDocumentsAreZero) {
  for (const Judgements& none : {Judgements{}, Judgements{{"a", 0}}}) {
    EXPECT_EQ(average_precision(run, none), 0.0);
    EXPECT_EQ(recall_at(run, none, 3), 0.0);
    EXPECT_EQ(ndcg_at(run, none, 0), 0.0);
  }
  EXPECT_EQ(reciprocal_rank({}, {{"a", 1}}), 0.0);
}

TEST(TrecMeasures, RefusesWhatHasNoMeaning) {
  EXPECT_THROW(precision_at(run, {}, 0), Error);
  EXPECT_THROW(recall_at(run, {}, -1), Error);
  EXPECT_THROW(average_precision({{"a", 1.0}, {"a", 2.0}}, {{"a", 1}}), Error);
}

}  // namespace
}  // namespace fathom::metrics
