#include "fathom/faq/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/faq/faq_evaluation.h"
#include "tests/faq/small_faq.h"

namespace fathom::faq {
namespace {

using ::testing::HasSubstr;

// Right three times out of four with a mismatch of 0, one time out of four with one of 1.
std::vector<std::pair<Match, bool>> samples(double sign = 1.0) {
  std::vector<std::pair<Match, bool>> out;
  for (int i = 0; i < 400; ++i) {
    const bool low = i % 2 == 0;
    Match match;
    match.mismatch_query = low ? 0.0 : sign;
    out.emplace_back(match, i % 8 < 2 ? !low : low);
  }
  return out;
}

TEST(Calibration, RecoversProbabilities) {
  const auto fitted = fit_calibration(samples());
  ASSERT_TRUE(fitted.has_value());
  Match match;
  EXPECT_NEAR(fitted->probability(match), 0.75, 0.01);
  match.mismatch_query = 1.0;
  EXPECT_NEAR(fitted->probability(match), 0.25, 0.01);
  EXPECT_EQ(fitted->weights[1], 0.0);  // nothing was different there
}

TEST(Calibration, RefusesWhatTeachesNothing) {
  EXPECT_FALSE(fit_calibration({}).has_value());
  std::vector<std::pair<Match, bool>> all_right = samples();
  for (auto& sample : all_right) sample.second = true;
  EXPECT_FALSE(fit_calibration(all_right).has_value());
  EXPECT_FALSE(fit_calibration(samples(-1.0)).has_value());  // less mismatch would mean less likely
}

TEST(Calibration, KeepsTheSignsThatMakeSense) {
  // Alignment speaks against being right here: it is left out, the rest is fitted.
  std::vector<std::pair<Match, bool>> mixed = samples();
  for (auto& [match, right] : mixed) match.alignment_query = right ? 0.0 : 0.5;
  const auto fitted = fit_calibration(mixed);
  ASSERT_TRUE(fitted.has_value());
  EXPECT_LT(fitted->weights[0], 0.0);
  EXPECT_EQ(fitted->weights[2], 0.0);
}

TEST(Calibration, RescalingKeepsTheOrder) {
  const Calibration before{{-8.0, 0.0, 0.0, 0.0, 0.0}, 4.0};
  const auto after = rescale(before, samples());
  ASSERT_TRUE(after.has_value());
  Match match;
  EXPECT_NEAR(after->probability(match), 0.75, 0.01);
  match.mismatch_query = 1.0;
  EXPECT_NEAR(after->probability(match), 0.25, 0.01);
  EXPECT_FALSE(rescale(before, samples(-1.0)).has_value());
}

TEST(Calibration, ReadsWhatItWroteAndRefusesNonsense) {
  const Calibration written{{-1.0, -2.0, 0.0, 0.5, 0.25}, -0.5};
  Json json = Json::parse(written.to_json().dump());
  EXPECT_EQ(Calibration::from_json(json, "c").weights, written.weights);
  json["mismatch_query"] = 0.5;
  EXPECT_THAT(message_of<Error>([&] { Calibration::from_json(json, "c"); }),
              HasSubstr("'mismatch_query' is 0.5, which has the wrong sign"));
  json["mismatch_query"] = nullptr;
  EXPECT_THAT(message_of<Error>([&] { Calibration::from_json(json, "c"); }), HasSubstr("mismatch_query"));
  json["mismatch_query"] = -1.0;
  json["offset"] = 1e300;
  EXPECT_THAT(message_of<Error>([&] { Calibration::from_json(json, "c"); }), HasSubstr("no sensible number"));
}

class LabelledFaq : public ::testing::Test {
 protected:
  std::string labels(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += "{\"query\": \"open bank account\", \"question\": \"How do I open a bank account?\"}\n";
      text += "{\"query\": \"doctor car\", \"question\": \"How long does a visa take?\"}\n";
    }
    testing::write_text(scratch / "labels.jsonl", text);
    return (scratch / "labels.jsonl").string();
  }
  ScratchDirectory scratch;
};

TEST_F(LabelledFaq, LabelsScaleTheProbability) {
  testing::write_text(scratch / "faq.jsonl", testing::small_faq);
  FaqBuildOptions options = testing::options_for(scratch / "faq.jsonl");
  options.labels = labels(20);
  build_faq(options, scratch / "faq");
  FaqSearcher searcher(scratch / "faq");
  EXPECT_GT(searcher.search("open bank account").results.at(0).score, 0.8);
  EXPECT_LT(searcher.search("doctor car").results.at(0).score, 0.2);
  EXPECT_EQ(searcher.matcher().record().at("calibration_scaled_to"), options.labels);
  EXPECT_EQ(searcher.matcher().record().at("labels_used"), true);
  options.labels = labels(2);
  EXPECT_THAT(message_of<Error>([&] { build_faq(options, scratch / "few"); }), HasSubstr("8 or more are needed"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "few"));
}

TEST_F(LabelledFaq, HeldOutEntriesLeaveQuestionsWithoutAnAnswer) {
  FaqSearcher searcher(testing::build_small(scratch));
  const QuestionSet set = read_question_set(labels(1));
  const OrderedJson none = evaluate_search(set.queries, searcher, {}, 0.0);
  EXPECT_FALSE(none.contains("held_out"));
  // Nearly all entries are taken away: nothing that is found can be right.
  const OrderedJson scores = evaluate_search(set.queries, searcher, {}, 1.0).at("held_out");
  EXPECT_EQ(scores.at("entries_left"), 0);
  EXPECT_EQ(scores.at("queries_without_answer"), 2);
  EXPECT_EQ(scores.at("error_rate"), 1.0);
  EXPECT_EQ(scores.at("at_threshold").at("refused_of_those_without_answer"), 1.0);
}

}  // namespace
}  // namespace fathom::faq
