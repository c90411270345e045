// Choosing the strength of regularisation as SentEval does (Conneau and Kiela 2018; its default grid for logistic regression), and what the
// chosen classifier predicts.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/eval/logistic_regression.h"

namespace fathom::eval {

inline const std::vector<double> senteval_inverse_strengths = {0.25, 0.5, 1, 2, 4, 8};  // C

struct ChoiceOptions {
  int folds = 10;
  std::uint64_t seed = 1111;
  LogisticOptions logistic;
};

struct LabelledFeatures {
  at::Tensor features;               // [rows, width] fp32, on the device that computes
  std::vector<std::int64_t> labels;  // 0 … classes-1
  std::int64_t classes = 2;
};

// Folds with each class spread evenly: the fold of each row. Deterministic for a seed.
std::vector<std::int64_t> stratified_folds(const std::vector<std::int64_t>& labels, int folds, std::uint64_t seed);

// MR, CR, SUBJ, MPQA: `folds`-fold cross-validation; in each, C is chosen by a `folds`-fold cross-validation of the training part.
// → the predicted class of every row when it was in the test part, and the mean over folds of the inner accuracy.
struct Predictions {
  std::vector<std::int64_t> classes;
  double selection_score = 0;
};
Predictions nested_cross_validation(const LabelledFeatures& data, const ChoiceOptions& options);

// TREC, MRPC: C by cross-validation of the training set; → predictions of the test set.
Predictions cross_validation(const LabelledFeatures& train, const LabelledFeatures& test, const ChoiceOptions& options);

// SST, SICK-E: C by the development set; → predictions of the test set.
Predictions by_development_set(const LabelledFeatures& train, const LabelledFeatures& development, const LabelledFeatures& test,
                               const ChoiceOptions& options);

// SICK-R, STS-B: scores between `lowest` and `highest` are turned into distributions over the integers (Tai et al. 2015, §4.2), which a
// softmax regression learns; a prediction is the mean of its distribution. C by Pearson's r on the development set. → predictions of the
// test set.
std::vector<double> relatedness(const at::Tensor& train, const std::vector<double>& train_scores, const at::Tensor& development,
                                const std::vector<double>& development_scores, const at::Tensor& test, int lowest, int highest,
                                const ChoiceOptions& options);

}  // namespace fathom::eval
