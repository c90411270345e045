// The search engine's own order, scored on the official gold files: the published baselines.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "fathom/base/file.h"
#include "fathom/metrics/ranking.h"

namespace fathom::metrics {
namespace {

// Columns: question, candidate, rank, 1 / rank, true or false; one candidate a line.
std::vector<std::vector<Candidate>> read_gold(const std::filesystem::path& path) {
  std::vector<std::vector<Candidate>> questions;
  std::string previous;
  LineReader lines(path);
  while (const auto line = lines.next()) {
    std::istringstream fields{std::string(*line)};
    std::string question, candidate, relevant;
    double rank = 0.0, score = 0.0;
    fields >> question >> candidate >> rank >> score >> relevant;
    if (question.empty()) continue;
    if (question != previous) questions.emplace_back();
    previous = question;
    questions.back().push_back({-rank, relevant == "true"});
  }
  return questions;
}

std::filesystem::path gold_directory() {
  const char* set = std::getenv("FATHOM_SHARED");
  const std::filesystem::path shared = set != nullptr ? set : FATHOM_SOURCE_DIR "/../shared";
  return shared / "data/semeval-cqa/gold";
}

TEST(SemevalGold, EngineOrderHasThePublishedScores) {
  const std::filesystem::path gold = gold_directory();
  if (!std::filesystem::exists(gold)) GTEST_SKIP() << gold << " is not there; set FATHOM_SHARED";
  const auto test_2016 = read_gold(gold / "2016-test.subtaskB.relevancy");
  ASSERT_EQ(test_2016.size(), 70u);
  const SemevalScores scores = semeval_scores(test_2016);
  EXPECT_NEAR(100.0 * scores.map, 74.75, 0.005);
  EXPECT_NEAR(100.0 * scores.average_recall, 88.30, 0.005);
  EXPECT_NEAR(100.0 * scores.mrr, 83.79, 0.005);

  const auto half_2017 = read_gold(gold / "2017-test.shared-half.subtaskB.relevancy");
  ASSERT_EQ(half_2017.size(), 44u);
  EXPECT_NEAR(100.0 * semeval_scores(half_2017).map, 40.46, 0.005);
}

}  // namespace
}  // namespace fathom::metrics
