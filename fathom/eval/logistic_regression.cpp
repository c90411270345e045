#include "fathom/eval/logistic_regression.h"

#include <deque>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/ops/linear.h"

namespace fathom::eval {
namespace {

// The objective of all models, divided by C and the number of rows of each, which leaves the minimum where it is and makes steps alike.
class Objective {
 public:
  Objective(const LogisticData& data, const at::Tensor& uses, const at::Tensor& inverse_strengths)
      : binary_(data.targets.size(1) == 2), targets_(binary_ ? data.targets.narrow(1, 1, 1).contiguous() : data.targets) {
    const std::int64_t rows = data.features.size(0), padding = 8 - data.features.size(1) % 8;  // of which one is the intercept
    const at::Tensor extra = at::zeros({rows, padding}, data.features.options());
    extra.select(1, 0).fill_(1.0);
    features_ = at::cat({data.features, extra}, 1);
    transposed_ = features_.t().contiguous();
    const at::Tensor counts = uses.sum(1).clamp_min(1.0);
    shares_ = (uses / counts.unsqueeze(1)).t().contiguous();
    penalty_ = 1.0 / (inverse_strengths * counts);
    penalized_ = at::zeros({features_.size(1)}, features_.options());
    penalized_.narrow(0, 0, data.features.size(1)).fill_(1.0);
  }

  std::int64_t outputs() const { return targets_.size(1); }
  std::int64_t width() const { return features_.size(1); }
  std::int64_t parameters() const { return outputs() * width(); }

  // x [models, parameters] → [rows, models, outputs]
  at::Tensor logits(const at::Tensor& x) const {
    return ops::linear(features_, x.view({-1, width()})).view({features_.size(0), x.size(0), outputs()});
  }

  struct Value {
    at::Tensor objective;  // [models]
    at::Tensor gradient;   // [models, parameters]
  };
  // `models` [active] int64: which models the rows of x are.
  Value operator()(const at::Tensor& x, const at::Tensor& models) const {
    const at::Tensor z = logits(x), target = targets_.unsqueeze(1), shares = shares_.index_select(1, models),
                     penalty = penalty_.index_select(0, models);
    at::Tensor losses, errors;
    if (binary_) {
      losses = (at::softplus(z) - z * target).squeeze(2);
      errors = at::sigmoid(z) - target;
    } else {
      const at::Tensor log_probabilities = at::log_softmax(z, 2);
      losses = (log_probabilities * target).sum(2).neg();
      errors = log_probabilities.exp() - target;
    }
    const at::Tensor weighted = (errors * shares.unsqueeze(2)).view({features_.size(0), -1}).t().contiguous();
    const at::Tensor penalized = (x.view({x.size(0), outputs(), width()}) * penalized_).view({x.size(0), -1});
    Value value;
    value.objective = (losses * shares).sum(0) + 0.5 * penalty * (penalized * penalized).sum(1);
    value.gradient = ops::linear(weighted, transposed_).view({x.size(0), -1}) + penalty.unsqueeze(1) * penalized;
    return value;
  }

 private:
  bool binary_;
  at::Tensor targets_, features_, transposed_, shares_, penalty_, penalized_;
};

at::Tensor row_products(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum(1); }

// One L-BFGS run a row, in step. A row whose trial point is no improvement halves its step and waits; the others go on.
class Minimizer {
 public:
  Minimizer(const Objective& objective, std::int64_t models, const LogisticOptions& options, at::TensorOptions tensors)
      : objective_(objective), options_(options), result_(at::zeros({models, objective.parameters()}, tensors)) {
    active_ = at::arange(models, tensors.dtype(at::kLong));
    x_ = result_.clone();
    const Objective::Value start = objective_(x_, active_);
    value_ = start.objective;
    gradient_ = start.gradient;
    goal_ = options.tolerance * gradient_.norm(2, {1});
    scale_ = 1.0 / gradient_.norm(2, {1}).clamp_min(1e-12);
    direction_ = gradient_.neg() * scale_.unsqueeze(1);
    step_ = at::ones_like(value_);
  }

  at::Tensor run() {
    for (int i = 0; i < options_.iterations && active_.size(0) > 0; ++i) {
      take_step();
      retire();
    }
    result_.index_copy_(0, active_, x_);
    return result_;
  }

 private:
  void take_step() {
    const at::Tensor trial = x_ + step_.unsqueeze(1) * direction_;
    const Objective::Value found = objective_(trial, active_);
    constexpr double sufficient = 1e-4, rounding = 1e-6;
    const at::Tensor accepted =
        found.objective.le(value_ + sufficient * step_ * row_products(gradient_, direction_) + rounding * value_.abs());
    const at::Tensor take = accepted.unsqueeze(1);
    // A pair of zeros, of a row that waits, changes nothing in the recursion.
    const at::Tensor s = at::where(take, trial - x_, at::zeros_like(x_)),
                     y = at::where(take, found.gradient - gradient_, at::zeros_like(x_));
    const at::Tensor sy = row_products(s, y), yy = row_products(y, y),
                     curved = sy.gt(1e-10 * yy.sqrt() * row_products(s, s).sqrt()).logical_and(sy.gt(0));
    pairs_.push_back({s, y, at::where(curved, 1.0 / sy, at::zeros_like(sy))});
    if (static_cast<int>(pairs_.size()) > options_.history) pairs_.pop_front();
    scale_ = at::where(curved, sy / yy, scale_);
    x_ = at::where(take, trial, x_);
    gradient_ = at::where(take, found.gradient, gradient_);
    value_ = at::where(accepted, found.objective, value_);
    direction_ = at::where(take, new_direction(), direction_);
    step_ = at::where(accepted, at::ones_like(step_), 0.5 * step_);
  }

  // The two loops of L-BFGS (Nocedal and Wright, algorithm 7.4).
  at::Tensor new_direction() const {
    at::Tensor q = gradient_;
    std::vector<at::Tensor> alphas(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = pairs_[i].inverse * row_products(pairs_[i].s, q);
      q = q - alphas[i].unsqueeze(1) * pairs_[i].y;
    }
    q = q * scale_.unsqueeze(1);
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const at::Tensor beta = pairs_[i].inverse * row_products(pairs_[i].y, q);
      q = q + (alphas[i] - beta).unsqueeze(1) * pairs_[i].s;
    }
    return q.neg();
  }

  // Rows that are done are put away, once they are a quarter of all: copying the rest costs as much as a step.
  void retire() {
    constexpr double smallest_step = 1e-6;
    const at::Tensor done = gradient_.norm(2, {1}).le(goal_).logical_or(step_.lt(smallest_step));
    const std::int64_t count = done.sum().item<std::int64_t>();
    if (count == 0 || (count < active_.size(0) && 4 * count < active_.size(0))) return;
    const at::Tensor finished = done.nonzero().squeeze(1), rest = done.logical_not().nonzero().squeeze(1);
    result_.index_copy_(0, active_.index_select(0, finished), x_.index_select(0, finished));
    for (at::Tensor* state : {&active_, &x_, &value_, &gradient_, &goal_, &scale_, &direction_, &step_})
      *state = state->index_select(0, rest);
    for (Pair& pair : pairs_)
      for (at::Tensor* part : {&pair.s, &pair.y, &pair.inverse}) *part = part->index_select(0, rest);
  }

  struct Pair {
    at::Tensor s, y, inverse;  // inverse: 1 / s·y, or 0 for a pair that is not used
  };

  const Objective& objective_;
  LogisticOptions options_;
  at::Tensor result_, active_, x_, value_, gradient_, goal_, scale_, direction_, step_;
  std::deque<Pair> pairs_;
};

}  // namespace

at::Tensor fit_logistic(const LogisticData& data, const at::Tensor& uses, const at::Tensor& inverse_strengths,
                        const LogisticOptions& options) {
  const at::NoGradGuard no_grad;
  require(
      data.features.dim() == 2 && data.targets.dim() == 2 && data.features.size(0) == data.targets.size(0) && data.targets.size(1) >= 2 &&
          uses.dim() == 2 && uses.size(1) == data.features.size(0) && inverse_strengths.dim() == 1 &&
          inverse_strengths.size(0) == uses.size(0),
      "logistic regression: features [rows, width], targets [rows, 2 classes or more], uses [models, rows] and one C a model are expected");
  const Objective objective(data, uses, inverse_strengths);
  Minimizer minimizer(objective, uses.size(0), options, data.features.options());
  return objective.logits(minimizer.run()).transpose(0, 1).contiguous();
}

}  // namespace fathom::eval
