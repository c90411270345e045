#include "fathom/faq/question_matcher.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/faq/lexical_baselines.h"
#include "tests/base/scratch_directory.h"

namespace fathom::faq {
namespace {

// Nine documents: "red" in four, "car" and "auto" in one each. car and auto have vectors at 60 degrees, red is orthogonal to both.
WordImportance importance() {
  WordImportance counts;
  for (int i = 0; i < 4; ++i) counts.add_document({"red", "red"});
  counts.add_document({"car"});
  counts.add_document({"auto"});
  for (int i = 0; i < 3; ++i) counts.add_document({"other"});
  return counts;
}
vectors::WordVectors word_vectors() {
  const float s = std::sqrt(3.0f) / 2.0f;
  return {{"red", "car", "auto"}, 3, {0, 0, 5, 2, 0, 0, 0.5f, s, 0}};
}
QuestionMatcher matcher(double alignment = 0.6) {
  MatchWeights weights;
  weights.alignment = alignment;
  return {importance(), word_vectors(), weights};
}

const double idf_red = std::log(10 / 4.5), idf_rare = std::log(10 / 1.5), idf_unknown = std::log(10 / 0.5);

TEST(WordImportance, IsTheInverseDocumentFrequency) {
  const WordImportance counts = importance();
  EXPECT_DOUBLE_EQ(counts.idf("red"), idf_red);
  EXPECT_DOUBLE_EQ(counts.idf("car"), idf_rare);
  EXPECT_DOUBLE_EQ(counts.idf("never"), idf_unknown);
  EXPECT_EQ(WordImportance().idf("word"), std::log(2.0));
}

TEST(QuestionMatcher, MatchesByHand) {
  QuestionMatcher m = matcher();
  const Match match = m.match(m.read("The red car?"), m.read("red auto"));
  const double all = idf_red + idf_rare;
  EXPECT_NEAR(match.mismatch_query, idf_rare / all, 1e-6);
  EXPECT_NEAR(match.mismatch_candidate, idf_rare / all, 1e-6);
  EXPECT_NEAR(match.alignment_query, 0.5 * idf_rare / all, 1e-6);  // cos 60° = 0.5, and red is common and takes no part
  EXPECT_NEAR(match.alignment_candidate, match.alignment_query, 1e-12);
  EXPECT_NEAR(match.shared, idf_red, 1e-6);
  EXPECT_NEAR(m.score(match), -idf_rare / all + 0.6 * 0.5 * idf_rare / all, 1e-6);
}

TEST(QuestionMatcher, CommonWordsAreRemovedBeforeTheAlignment) {
  QuestionMatcher m = matcher();
  // "auto" of the candidate could be aligned with "car", but the query has "auto" itself: nothing is left to align "car" with.
  const Match match = m.match(m.read("car auto"), m.read("auto"));
  EXPECT_EQ(match.alignment_query, 0.0);
  EXPECT_NEAR(match.mismatch_query, 0.5, 1e-6);
  EXPECT_EQ(match.mismatch_candidate, 0.0);
}

TEST(QuestionMatcher, EqualQuestionsScoreHighestAndEmptyOnesMatchNothing) {
  QuestionMatcher m = matcher();
  const Question question = m.read("red car");
  EXPECT_EQ(m.score(m.match(question, m.read("Red the CAR!"))), 0.0);
  EXPECT_LT(m.score(m.match(question, m.read("red auto"))), 0.0);
  EXPECT_EQ(m.score(m.match(question, m.read("?!"))), -1.0);
  EXPECT_EQ(m.score(m.match(m.read(""), m.read(""))), -1.0);
}

TEST(QuestionMatcher, WordsThatNoVectorHasStillMatchThemselves) {
  QuestionMatcher m = matcher();
  const Match match = m.match(m.read("zyxw car"), m.read("zyxw qqqq"));
  EXPECT_NEAR(match.mismatch_query, idf_rare / (idf_rare + idf_unknown), 1e-6);
  EXPECT_EQ(match.alignment_query, 0.0);
  EXPECT_EQ(m.sentence_vector(m.read("zyxw")), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(m.score(m.match(m.read("\xFF\xFE"), m.read("red"))), -1.0);  // not UTF-8: no words
}

TEST(QuestionMatcher, FunctionWordsCountOnlyWhenThereIsNothingElse) {
  QuestionMatcher m = matcher();
  EXPECT_EQ(m.match(m.read("what is the red"), m.read("red")).mismatch_query, 0.0);
  EXPECT_EQ(m.read("who are you").content.size(), 3u);
  EXPECT_EQ(m.score(m.match(m.read("who are you"), m.read("Who are you?"))), 0.0);
}

TEST(QuestionMatcher, TheRankAddsLinearly) {
  QuestionMatcher m = matcher();
  EXPECT_DOUBLE_EQ(m.rank_bonus(1), 0.25);
  EXPECT_DOUBLE_EQ(m.rank_bonus(6), 0.125);
  EXPECT_DOUBLE_EQ(m.rank_bonus(11), 0.0);
}

TEST(QuestionMatcher, ExplainsWhichWordsMatched) {
  QuestionMatcher m = matcher();
  const auto words = m.explain(m.read("red car"), m.read("an auto, red"));
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0].candidate_word, "red");
  EXPECT_EQ(words[0].similarity, 1.0);
  EXPECT_EQ(words[1].candidate_word, "auto");
  EXPECT_NEAR(words[1].similarity, 0.5, 1e-6);
  EXPECT_NEAR(words[1].weight, idf_rare, 1e-6);
}

TEST(QuestionMatcher, WithoutVectorsEqualWordsDecide) {
  QuestionMatcher m(importance(), {}, {});
  const Match match = m.match(m.read("red car"), m.read("red auto"));
  EXPECT_EQ(match.alignment_query, 0.0);
  EXPECT_GT(match.mismatch_query, 0.0);
}

TEST(QuestionMatcher, GivesTheSameScoresAfterLoading) {
  const ScratchDirectory scratch;
  QuestionMatcher m = matcher(0.4);
  m.set_calibration({{-3.0, -1.0, 0.5, 0.0, 0.25}, 1.5});
  m.save(scratch / "m", {{"trained_on", "nothing"}});
  QuestionMatcher loaded = QuestionMatcher::load(scratch / "m");
  EXPECT_EQ(loaded.weights().alignment, 0.4);
  EXPECT_EQ(loaded.calibration().weights, m.calibration().weights);
  EXPECT_EQ(loaded.calibration().offset, 1.5);
  EXPECT_EQ(loaded.record().at("trained_on"), "nothing");
  EXPECT_EQ(loaded.score(loaded.match(loaded.read("red car"), loaded.read("auto"))), m.score(m.match(m.read("red car"), m.read("auto"))));
}

TEST(QuestionMatcher, SaysWhatIsWrongWithADirectory) {
  const ScratchDirectory scratch;
  QuestionMatcher m = matcher();
  m.save(scratch / "m", OrderedJson::object());
  Json config = read_json(scratch / "m" / "config.json");
  config["format_version"] = 7;
  write_file_atomically(scratch / "m" / "config.json", config.dump());
  const auto load = [&] { QuestionMatcher::load(scratch / "m"); };
  EXPECT_NE(message_of<Error>(load).find("format version 7, this program reads version 2"), std::string::npos);
  config["format_version"] = 2;
  config["encoder"] = true;  // whose files are not there
  write_file_atomically(scratch / "m" / "config.json", config.dump());
  EXPECT_NE(message_of<Error>(load).find("forward.safetensors"), std::string::npos);
  write_file_atomically(scratch / "m" / "word-counts.tsv", "9\nred\tmany\n");
  EXPECT_NE(message_of<Error>(load).find("word-counts.tsv:2"), std::string::npos);
  write_file_atomically(scratch / "m" / "word-counts.tsv", "9\nred\t2\nred\t1\n");
  EXPECT_NE(message_of<Error>(load).find("word-counts.tsv:3: the word 'red' is given twice"), std::string::npos);
}

TEST(LexicalBaselines, ByHand) {
  QuestionMatcher m = matcher();
  const Question a = m.read("red car"), b = m.read("red auto");
  const double squares = idf_red * idf_red + idf_rare * idf_rare;
  EXPECT_NEAR(tfidf_cosine(m, a, b), idf_red * idf_red / squares, 1e-6);
  EXPECT_NEAR(soft_cosine(m, a, b), (idf_red * idf_red + 0.25 * idf_rare * idf_rare) / squares, 1e-6);
  EXPECT_EQ(tfidf_cosine(m, a, m.read("")), 0.0);
}

TEST(QuestionEncoder, OneStepByHand) {
  // One hidden unit, one input: r = σ(0), z = σ(0) with zero gates; n = tanh(x + r · 0.5); h = 0.5 n. The state has length 1.
  const vectors::Matrix weights{3, 4, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0.5f}};
  const vectors::Matrix negative{3, 4, {0, 0, 0, 0, 0, 0, 0, 0, -2, 0, 0, 0}};
  const QuestionEncoder encoder(1, weights, negative);
  const float x = 0.3f;
  const std::vector<float> states = encoder.states({&x});
  const double forward = 0.5 * std::tanh(0.3 + 0.25), backward = 0.5 * std::tanh(-0.6), length = std::hypot(forward, backward);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_NEAR(states[0], forward / length, 1e-6);
  EXPECT_NEAR(states[1], backward / length, 1e-6);
  EXPECT_TRUE(encoder.states({}).empty());
  EXPECT_THROW(QuestionEncoder(2, weights, negative), Error);
  const ScratchDirectory scratch;
  encoder.save(scratch / "encoder");
  const std::string message = message_of<Error>([&] { QuestionEncoder::load(scratch / "encoder", 2); });
  EXPECT_NE(message.find((scratch / "encoder").string() + ": the encoder's forward weights have 4 columns"), std::string::npos) << message;
}

}  // namespace
}  // namespace fathom::faq
