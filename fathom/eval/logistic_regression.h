// Logistic regression on frozen features, many models at a time: the folds of a cross-validation and the strengths of its regularisation
// are rows of one matrix, so that all of them share their products with the features.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace fathom::eval {

struct LogisticData {
  at::Tensor features;  // [rows, width] fp32
  // [rows, classes] fp32: the probability of each class (one-hot for hard labels). Two classes are told apart by one logit, as in
  // scikit-learn; more by a softmax.
  at::Tensor targets;
};

struct LogisticOptions {
  int iterations = 100;     // evaluations of the objective
  double tolerance = 1e-4;  // of the gradient's length, relative to the first
  int history = 8;          // pairs that L-BFGS remembers
};

// Minimises ½‖w‖² + C · Σ losses over the rows of each model (scikit-learn's objective; the intercept is not penalised) by L-BFGS with
// backtracking, started from zero. uses [models, rows] fp32: 1 where a model is trained on a row, else 0; inverse_strengths [models] fp32:
// C. → logits of all rows, [models, rows, classes] fp32 (two classes: [models, rows, 1], of class 1). Runs on the features' device;
// deterministic up to the device's products.
at::Tensor fit_logistic(const LogisticData& data, const at::Tensor& uses, const at::Tensor& inverse_strengths,
                        const LogisticOptions& options = {});

}  // namespace fathom::eval
