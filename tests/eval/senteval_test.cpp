#include "fathom/eval/senteval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/rng.h"
#include "fathom/eval/logistic_regression.h"
#include "fathom/eval/model_choice.h"
#include "fathom/eval/senteval_data.h"
#include "fathom/retrieval/random_encoders.h"
#include "tests/base/scratch_directory.h"

namespace fathom::eval {
namespace {

using testing::HasSubstr;

// Two clouds of points that overlap.
LabelledFeatures clouds(std::int64_t rows, double distance, std::int64_t classes = 2) {
  Rng rng(4);
  LabelledFeatures data{at::empty({rows, 6}), {}, classes};
  for (std::int64_t row = 0; row < rows; ++row) {
    data.labels.push_back(row % classes);
    for (std::int64_t i = 0; i < 6; ++i) data.features[row][i] = rng.normal() + (i == data.labels.back() ? distance : 0.0);
  }
  return data;
}

// The gradient of scikit-learn's objective at what was found is zero, for several models at once and the rows that each uses.
TEST(LogisticRegression, FindsTheMinimum) {
  for (const std::int64_t classes : {2, 3}) {
    const LabelledFeatures data = clouds(60, 1.5, classes);
    at::Tensor targets = at::zeros({60, classes});
    for (std::int64_t row = 0; row < 60; ++row) targets[row][row % classes] = 1.0F;
    const at::Tensor uses = at::ones({3, 60}), strengths = at::tensor({0.25, 1.0, 8.0}, at::kFloat);
    uses[1].narrow(0, 0, 20).zero_();
    LogisticOptions options;
    options.tolerance = 1e-6;
    options.iterations = 500;
    const at::Tensor logits = fit_logistic({data.features, targets}, uses, strengths, options).to(at::kDouble);
    const at::Tensor x = data.features.to(at::kDouble);
    ASSERT_EQ(logits.size(2), classes == 2 ? 1 : classes);
    const at::Tensor design = at::cat({x, at::ones({60, 1}, at::kDouble)}, 1);
    for (std::int64_t model = 0; model < 3; ++model) {
      // The weights, from logits that are linear in the features.
      const at::Tensor weights = at::matmul(at::linalg_pinv(design), logits[model]);  // [7, outputs]
      const at::Tensor truth = (classes == 2 ? targets.narrow(1, 1, 1) : targets).to(at::kDouble);
      const at::Tensor found = classes == 2 ? at::sigmoid(logits[model]) : at::softmax(logits[model], 1);
      at::Tensor gradient =
          strengths[model].item<double>() * at::matmul(design.t(), (found - truth) * uses[model].to(at::kDouble).unsqueeze(1));
      gradient.narrow(0, 0, 6).add_(weights.narrow(0, 0, 6));
      EXPECT_LT(gradient.abs().max().item<double>(), 2e-3 * std::max(1.0, strengths[model].item<double>()))
          << "model " << model << ", " << classes;
    }
  }
}

TEST(LogisticRegression, SeparableRowsAreSeparated) {
  const LabelledFeatures data = clouds(40, 30.0);
  at::Tensor targets = at::zeros({40, 2});
  for (std::int64_t row = 0; row < 40; ++row) targets[row][row % 2] = 1.0F;
  const at::Tensor logits = fit_logistic({data.features, targets}, at::ones({1, 40}), at::ones({1}))[0];
  for (std::int64_t row = 0; row < 40; ++row) EXPECT_EQ(logits[row][0].item<double>() > 0, row % 2 == 1);
  EXPECT_THROW(fit_logistic({data.features, targets}, at::ones({1, 39}), at::ones({1})), Error);
}

TEST(ModelChoice, FoldsAreStratified) {
  std::vector<std::int64_t> labels(95, 0);
  for (std::size_t i = 0; i < 30; ++i) labels[i * 3] = 1;
  const std::vector<std::int64_t> folds = stratified_folds(labels, 5, 3);
  for (std::int64_t fold = 0; fold < 5; ++fold) {
    std::int64_t size = 0, ones = 0;
    for (std::size_t i = 0; i < folds.size(); ++i) {
      size += folds[i] == fold ? 1 : 0;
      ones += folds[i] == fold ? labels[i] : 0;
    }
    EXPECT_EQ(size, 19);
    EXPECT_EQ(ones, 6);
  }
  EXPECT_EQ(folds, stratified_folds(labels, 5, 3));
  EXPECT_NE(folds, stratified_folds(labels, 5, 4));
  EXPECT_THROW(stratified_folds({0, 1}, 3, 1), Error);
}

TEST(ModelChoice, FarCloudsAreToldApartAndNoiseIsNot) {
  ChoiceOptions options;
  options.folds = 4;
  const auto share = [](const Predictions& found, const std::vector<std::int64_t>& labels) {
    std::int64_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += found.classes[i] == labels[i] ? 1 : 0;
    return static_cast<double>(right) / static_cast<double>(labels.size());
  };
  const LabelledFeatures far = clouds(120, 6.0), none = clouds(400, 0.0), three = clouds(90, 6.0, 3);
  EXPECT_GT(share(nested_cross_validation(far, options), far.labels), 0.97);
  const double chance = share(nested_cross_validation(none, options), none.labels);
  EXPECT_GT(chance, 0.4);
  EXPECT_LT(chance, 0.6);
  EXPECT_GT(share(cross_validation(three, clouds(30, 6.0, 3), options), clouds(30, 6.0, 3).labels), 0.95);
  EXPECT_GT(share(by_development_set(three, clouds(30, 6.0, 3), clouds(60, 6.0, 3), options), clouds(60, 6.0, 3).labels), 0.95);
}

TEST(ModelChoice, RelatednessIsLearned) {
  Rng rng(6);
  const auto make = [&](std::int64_t rows) {
    std::pair<at::Tensor, std::vector<double>> data{at::empty({rows, 3}), {}};
    for (std::int64_t row = 0; row < rows; ++row) {
      data.second.push_back(1.0 + 4.0 * rng.uniform());
      data.first[row][0] = data.second.back();
      data.first[row][1] = rng.normal();
      data.first[row][2] = data.second.back() * data.second.back() / 5.0;
    }
    return data;
  };
  const auto train = make(200), development = make(40), test = make(40);
  const std::vector<double> found =
      relatedness(train.first, train.second, development.first, development.second, test.first, 1, 5, ChoiceOptions());
  ASSERT_EQ(found.size(), 40U);
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) worst = std::max(worst, std::abs(found[i] - test.second[i]));
  EXPECT_LT(worst, 0.6);
  EXPECT_THROW(relatedness(train.first, std::vector<double>(200, 7.0), development.first, development.second, test.first, 1, 5, {}), Error);
}

TEST(SentEvalData, FilesAndTheirMistakes) {
  const ScratchDirectory scratch;
  const auto file = [&](const std::string& text) {
    write_file_atomically(scratch / "data.txt", text);
    return scratch / "data.txt";
  };
  const LabelledSentences mr = read_numbered(file("1 a fine film\n0 dull\n"), 2);
  EXPECT_EQ(mr.labels, (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(mr.sentences[0], "a fine film");
  EXPECT_EQ(read_trec(file("NUM:date When ?\nLOC:other Where ?\n")).labels, (std::vector<std::int64_t>{5, 4}));
  const SentencePairs mrpc = read_mrpc(file("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\tOne.\tTwo.\n"));
  EXPECT_EQ(mrpc.second[0], "Two.");
  const SentencePairs sick = read_sick(file("header\n1\tA\tB\t4.5\tENTAILMENT\n"));
  EXPECT_EQ(sick.scores[0], 4.5);
  EXPECT_EQ(sick.labels[0], 1);
  EXPECT_EQ(read_sts(file("3.8\ta b\tc d\n")).scores[0], 3.8);
  EXPECT_EQ(read_sts_benchmark(file("g\tf\t2012\t1\t5.000\ta\tb\textra\n")).second[0], "b");

  EXPECT_THAT(message_of<Error>([&] { read_numbered(file("1 fine\n2 dull\n"), 2); }), HasSubstr("data.txt:2: a class from 0 to 1"));
  EXPECT_THAT(message_of<Error>([&] { read_numbered(file("good film\n"), 2); }), HasSubstr("data.txt:1"));
  EXPECT_THAT(message_of<Error>([&] { read_numbered(file(""), 2); }), HasSubstr("no examples"));
  EXPECT_THAT(message_of<Error>([&] { read_trec(file("WHAT:x Who ?\n")); }), HasSubstr("none of TREC's"));
  EXPECT_THAT(message_of<Error>([&] { read_sts(file("3.8\ta b\n")); }), HasSubstr("3 columns"));
  EXPECT_THAT(message_of<Error>([&] { read_sts(file("x\ta\tb\n")); }), HasSubstr("a similarity score"));
  EXPECT_THAT(message_of<Error>([&] { read_sick(file("h\n1\tA\tB\t4.5\tMAYBE\n")); }), HasSubstr("found 'MAYBE'"));
  EXPECT_EQ(*find_data_file(scratch / "data"), scratch / "data.txt");
  EXPECT_THAT(message_of<Error>([&] { find_data_file(scratch / "other"); }), HasSubstr("is not there"));
  write_file_atomically(scratch / "data.shared-half.txt", "1 x\n");
  EXPECT_THAT(message_of<Error>([&] { find_data_file(scratch / "data"); }), HasSubstr("several files"));
}

// Sentences whose words give their class away, through every step from file to score.
TEST(SentEval, RunsTasksFromFiles) {
  const ScratchDirectory scratch;
  std::filesystem::create_directories(scratch / "senteval");
  std::filesystem::create_directories(scratch / "sts");
  std::filesystem::create_directories(scratch.path() / "sts" / "2014");
  std::string text, sts;
  Rng rng(3);
  const std::vector<std::string> good = {"fine", "lovely", "great"}, bad = {"dull", "awful", "poor"};
  for (int i = 0; i < 80; ++i) text += std::to_string(i % 2) + " the film is " + (i % 2 == 1 ? good : bad)[rng.below(3)] + "\n";
  for (int i = 0; i < 12; ++i) sts += i % 2 == 0 ? "5\tthe film is fine\tthe film is fine\n" : "0\tfine great\tdull poor\n";
  write_file_atomically(scratch.path() / "senteval" / "MR.txt", text);
  write_file_atomically(scratch.path() / "sts" / "2014" / "a.test.tsv", sts);
  const std::vector<std::string> words = {"the", "film", "is", "fine", "lovely", "great", "dull", "awful", "poor"};
  at::manual_seed(5);
  const auto encoder =
      retrieval::make_baseline("mean", retrieval::EncoderVocabulary::of_words(words), at::randn({11, 16}), 16, 1, at::kCPU);
  SentEvalOptions options;
  options.data = scratch.path();
  options.tasks = {"MR", "STS14"};
  options.choice.folds = 3;
  const std::vector<TaskScore> scores = run_senteval(*encoder, options);
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].task, "MR");
  EXPECT_EQ(scores[0].score, 100.0);
  EXPECT_EQ(scores[0].examples, 80);
  EXPECT_NEAR(scores[1].score, 100.0, 1e-3);
  options.tasks = {"MRX"};
  EXPECT_THAT(message_of<UsageError>([&] { run_senteval(*encoder, options); }), HasSubstr("no task 'MRX'"));
  options.tasks = {"CR"};
  EXPECT_THAT(message_of<Error>([&] { run_senteval(*encoder, options); }), HasSubstr("is not there"));
}

}  // namespace
}  // namespace fathom::eval
