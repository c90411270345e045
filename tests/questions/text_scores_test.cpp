#include "fathom/questions/text_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace fathom::questions {
namespace {

GeneratedTexts two_systems() {
  return {{"a", "b"},
          {{"who wrote the long report ?"}, {"When did it end ?", "in which year did it end ?"}},
          {{"who wrote the long report ?", "when did it end ?"}, {"what is the report ?", "which year did it end ?"}}};
}

std::map<std::string, double> values(const std::vector<std::string>& generated, const std::vector<std::vector<std::string>>& references,
                                     const ScoreOptions& options) {
  std::map<std::string, double> values;
  for (const Metric& metric : score_texts(generated, references, options).metrics) values[metric.name] = corpus_score(metric.statistics);
  return values;
}

TEST(TextScores, ByHand) {
  const GeneratedTexts texts = two_systems();
  // Three of five words (the, report, ?) and all six; one of four pairs and all five. The closest references have six and, of five and
  // seven, five words: as many as the texts, so that nothing is taken off for brevity.
  auto scores = values(texts.systems[1], texts.references, {});
  EXPECT_NEAR(scores.at("bleu_1"), 9.0 / 11, 1e-8);
  EXPECT_NEAR(scores.at("bleu_2"), std::sqrt(9.0 / 11 * 6.0 / 9), 1e-8);
  EXPECT_DOUBLE_EQ(scores.at("type_accuracy"), 0.5);  // "what" for "who"; "which" is that of the second reference
  // Longest common subsequences: the, report, ? (3 of 5, 3 of 6); which … ? (6 of 6, 6 of 7).
  const double b = 1.44, first = (1 + b) * 0.6 * 0.5 / (0.5 + b * 0.6), second = (1 + b) * 1.0 * (6.0 / 7) / (6.0 / 7 + b);
  EXPECT_NEAR(scores.at("rouge_l"), (first + second) / 2, 1e-12);
}

TEST(TextScores, CaseCountsUnlessTakenAway) {
  const GeneratedTexts texts = two_systems();
  EXPECT_LT(values(texts.systems[0], texts.references, {}).at("bleu_1"), 1.0);  // "when", "When"
  const auto lower = values(texts.systems[0], texts.references, {.lower_case = true});
  for (const char* metric :
       {"bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "type_accuracy", "sacrebleu", "meteor_1_5_without_paraphrases"}) {
    EXPECT_NEAR(lower.at(metric), 1.0, 1e-8) << metric;
  }
  // nltk's METEOR has a penalty for one chunk, too: 1 - 0.5 (1/6)^3 and 1 - 0.5 (1/5)^3.
  EXPECT_NEAR(lower.at("meteor"), 1.0 - 0.25 * (std::pow(1.0 / 6, 3) + std::pow(1.0 / 5, 3)), 1e-12);
}

TEST(TextScores, WordsOfRunningText) {
  const std::vector<std::string> generated{"Isn't it late?"};
  const std::vector<std::vector<std::string>> references{{"Is n't it late ?"}};
  EXPECT_NEAR(values(generated, references, {.words = ScoreWords::penn}).at("bleu_4"), 1.0, 1e-8);
  EXPECT_LT(values(generated, references, {}).at("bleu_1"), 0.5);
}

TEST(TextScores, AnEmptyTextScoresNothing) {
  for (const auto& [metric, value] : values({""}, {{"who is it ?"}}, {})) EXPECT_NEAR(value, 0.0, 1e-12) << metric;
}

TEST(ScoreReport, IntervalsAndComparisonsWithTheFirstSystem) {
  GeneratedTexts texts = two_systems();
  for (int i = 0; i < 3; ++i) {  // more of the same, for resamples that differ
    for (auto& system : texts.systems) system.insert(system.end(), {system[0], system[1]});
    texts.references.insert(texts.references.end(), {texts.references[0], texts.references[1]});
    texts.ids.insert(texts.ids.end(), {"c" + std::to_string(i), "d" + std::to_string(i)});
  }
  const ScoreOptions options{.lower_case = true, .resamples = 200, .seed = 5};
  std::vector<SystemScores> scores;
  for (const auto& system : texts.systems) scores.push_back(score_texts(system, texts.references, options));
  const OrderedJson report = score_report(texts, scores, {"good.txt", "bad.txt"}, options);
  EXPECT_EQ(report.at("sentences"), 8);
  EXPECT_EQ(report.at("references"), 12);
  EXPECT_EQ(report.at("systems").size(), 2U);
  EXPECT_NEAR(report["systems"][0]["scores"]["bleu_4"]["value"].get<double>(), 100.0, 1e-6);
  for (const OrderedJson& system : report.at("systems")) {
    for (const auto& [name, score] : system.at("scores").items()) {
      EXPECT_LE(score.at("low").get<double>(), score.at("value").get<double>() + 1e-9) << name;
      EXPECT_GE(score.at("high").get<double>(), score.at("value").get<double>() - 1e-9) << name;
    }
  }
  ASSERT_EQ(report.at("comparisons").size(), 1U);
  const OrderedJson& comparison = report["comparisons"][0];
  EXPECT_EQ(comparison.at("system"), "bad.txt");
  EXPECT_EQ(comparison.at("baseline"), "good.txt");
  const OrderedJson& bleu = comparison["differences"]["bleu_4"];
  const double gap =
      report["systems"][1]["scores"]["bleu_4"]["value"].get<double>() - report["systems"][0]["scores"]["bleu_4"]["value"].get<double>();
  EXPECT_NEAR(bleu.at("value").get<double>(), gap, 1e-9);
  EXPECT_LT(bleu.at("high").get<double>(), 0.0);
  // The types differ in four texts, in one direction: 2 of 2^4 assignments are as far apart.
  EXPECT_NEAR(comparison["differences"]["type_accuracy"]["p"].get<double>(), 0.125, 0.08);
  EXPECT_NE(score_table(report).find("bad.txt against good.txt"), std::string::npos);

  const std::string lines = sentence_scores(texts, scores, {"good.txt", "bad.txt"});
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 16);
  const Json first = Json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(first.at("id"), "a");
  EXPECT_EQ(first.at("system"), "good.txt");
  EXPECT_NEAR(first.at("bleu_4").get<double>(), 100.0, 1e-6);
  EXPECT_EQ(first.at("type_right"), true);
}

}  // namespace
}  // namespace fathom::questions
