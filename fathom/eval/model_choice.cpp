#include "fathom/eval/model_choice.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/metrics/correlation.h"

namespace fathom::eval {
namespace {

// A model to fit: the rows it is trained on, the rows it is judged by, and its C.
struct Job {
  std::vector<float> uses;
  std::vector<std::int64_t> judged;
  double inverse_strength;
};

at::Tensor one_hot(const std::vector<std::int64_t>& labels, std::int64_t classes, at::Device device) {
  at::Tensor targets = at::zeros({static_cast<std::int64_t>(labels.size()), classes}, at::kFloat);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] >= 0 && labels[i] < classes, "class {} of {} is out of range", labels[i], classes);
    targets[static_cast<std::int64_t>(i)][labels[i]] = 1.0F;
  }
  return targets.to(device);
}

// Logits of the judged rows of each job, [judged, classes] on the CPU. Jobs are fitted as many at a time as are worth a product.
std::vector<at::Tensor> fit_jobs(const LogisticData& data, const std::vector<Job>& jobs, const LogisticOptions& options) {
  const bool cpu = data.features.is_cpu();
  const std::size_t at_once = cpu ? 64 : 640;
  const std::int64_t rows = data.features.size(0);
  std::vector<at::Tensor> found;
  for (std::size_t begin = 0; begin < jobs.size(); begin += at_once) {
    const std::size_t count = std::min(at_once, jobs.size() - begin);
    at::Tensor uses = at::empty({static_cast<std::int64_t>(count), rows}, at::kFloat),
               strengths = at::empty({static_cast<std::int64_t>(count)}, at::kFloat);
    for (std::size_t i = 0; i < count; ++i) {
      std::copy(jobs[begin + i].uses.begin(), jobs[begin + i].uses.end(), uses.data_ptr<float>() + static_cast<std::int64_t>(i) * rows);
      strengths.data_ptr<float>()[i] = static_cast<float>(jobs[begin + i].inverse_strength);
    }
    const at::Tensor logits = fit_logistic(data, uses.to(data.features.device()), strengths.to(data.features.device()), options).cpu();
    for (std::size_t i = 0; i < count; ++i)
      found.push_back(logits[static_cast<std::int64_t>(i)].index_select(0, at::tensor(jobs[begin + i].judged, at::kLong)));
  }
  return found;
}

std::vector<std::int64_t> predicted_classes(const at::Tensor& logits) {
  const at::Tensor classes = (logits.size(1) == 1 ? logits.squeeze(1).gt(0.0).to(at::kLong) : logits.argmax(1)).contiguous();
  return {classes.data_ptr<std::int64_t>(), classes.data_ptr<std::int64_t>() + classes.size(0)};
}

double accuracy_of(const at::Tensor& logits, const std::vector<std::int64_t>& judged, const std::vector<std::int64_t>& labels) {
  const std::vector<std::int64_t> classes = predicted_classes(logits);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < judged.size(); ++i) right += classes[i] == labels[static_cast<std::size_t>(judged[i])] ? 1 : 0;
  return judged.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(judged.size());
}

// The jobs of choosing C for `training` rows of `rows` by cross-validation: for each C, each fold.
void add_fold_jobs(const std::vector<std::int64_t>& training, const std::vector<std::int64_t>& labels, std::size_t rows,
                   const ChoiceOptions& options, std::vector<Job>& jobs) {
  std::vector<std::int64_t> training_labels;
  for (const std::int64_t row : training) training_labels.push_back(labels[static_cast<std::size_t>(row)]);
  const std::vector<std::int64_t> folds = stratified_folds(training_labels, options.folds, options.seed);
  for (const double strength : senteval_inverse_strengths) {
    for (int fold = 0; fold < options.folds; ++fold) {
      Job job{std::vector<float>(rows, 0.0F), {}, strength};
      for (std::size_t i = 0; i < training.size(); ++i) {
        if (folds[i] == fold) {
          job.judged.push_back(training[i]);
        } else {
          job.uses[static_cast<std::size_t>(training[i])] = 1.0F;
        }
      }
      jobs.push_back(std::move(job));
    }
  }
}

struct Choice {
  double inverse_strength, score;
};
// The best C by the mean over folds of jobs that add_fold_jobs() made; of equal ones the smallest.
Choice choose(const std::vector<at::Tensor>& logits, const std::vector<Job>& jobs, std::size_t first,
              const std::vector<std::int64_t>& labels, int folds) {
  Choice best{senteval_inverse_strengths.front(), -1.0};
  for (std::size_t c = 0; c < senteval_inverse_strengths.size(); ++c) {
    double sum = 0;
    for (int fold = 0; fold < folds; ++fold) {
      const std::size_t job = first + c * static_cast<std::size_t>(folds) + static_cast<std::size_t>(fold);
      sum += accuracy_of(logits[job], jobs[job].judged, labels);
    }
    if (sum / folds > best.score) best = {senteval_inverse_strengths[c], sum / folds};
  }
  return best;
}

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = begin; row < end; ++row) rows.push_back(row);
  return rows;
}

Job job_of(const std::vector<std::int64_t>& training, std::vector<std::int64_t> judged, std::size_t rows, double inverse_strength) {
  Job job{std::vector<float>(rows, 0.0F), std::move(judged), inverse_strength};
  for (const std::int64_t row : training) job.uses[static_cast<std::size_t>(row)] = 1.0F;
  return job;
}

}  // namespace

std::vector<std::int64_t> stratified_folds(const std::vector<std::int64_t>& labels, int folds, std::uint64_t seed) {
  require(folds >= 2 && static_cast<std::size_t>(folds) <= labels.size(), "{} rows cannot be split into {} folds", labels.size(), folds);
  // Rows in random order, the classes one after the other, dealt out in turn.
  std::vector<std::int64_t> order = Rng(seed).permutation(static_cast<std::int64_t>(labels.size())), fold_of(labels.size());
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return labels[static_cast<std::size_t>(a)] < labels[static_cast<std::size_t>(b)];
  });
  for (std::size_t i = 0; i < order.size(); ++i) fold_of[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i) % folds;
  return fold_of;
}

Predictions nested_cross_validation(const LabelledFeatures& data, const ChoiceOptions& options) {
  const auto rows = static_cast<std::int64_t>(data.labels.size());
  const LogisticData problem{data.features, one_hot(data.labels, data.classes, data.features.device())};
  const std::vector<std::int64_t> outer = stratified_folds(data.labels, options.folds, options.seed);
  std::vector<std::vector<std::int64_t>> training(static_cast<std::size_t>(options.folds)), testing(training.size());
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::size_t fold = 0; fold < training.size(); ++fold)
      (outer[static_cast<std::size_t>(row)] == static_cast<std::int64_t>(fold) ? testing : training)[fold].push_back(row);
  std::vector<Job> jobs, finals;
  for (const std::vector<std::int64_t>& part : training) add_fold_jobs(part, data.labels, static_cast<std::size_t>(rows), options, jobs);
  const std::vector<at::Tensor> logits = fit_jobs(problem, jobs, options.logistic);
  Predictions result{std::vector<std::int64_t>(data.labels.size()), 0.0};
  const std::size_t per_fold = jobs.size() / training.size();
  for (std::size_t fold = 0; fold < training.size(); ++fold) {
    const Choice choice = choose(logits, jobs, fold * per_fold, data.labels, options.folds);
    result.selection_score += choice.score / options.folds;
    finals.push_back(job_of(training[fold], testing[fold], static_cast<std::size_t>(rows), choice.inverse_strength));
  }
  const std::vector<at::Tensor> tests = fit_jobs(problem, finals, options.logistic);
  for (std::size_t fold = 0; fold < tests.size(); ++fold) {
    const std::vector<std::int64_t> classes = predicted_classes(tests[fold]);
    for (std::size_t i = 0; i < classes.size(); ++i) result.classes[static_cast<std::size_t>(testing[fold][i])] = classes[i];
  }
  return result;
}

Predictions cross_validation(const LabelledFeatures& train, const LabelledFeatures& test, const ChoiceOptions& options) {
  const auto trained = static_cast<std::int64_t>(train.labels.size()), rows = trained + static_cast<std::int64_t>(test.labels.size());
  std::vector<std::int64_t> labels = train.labels;
  labels.insert(labels.end(), test.labels.begin(), test.labels.end());
  const LogisticData problem{at::cat({train.features, test.features}), one_hot(labels, train.classes, train.features.device())};
  const std::vector<std::int64_t> training = range(0, trained);
  std::vector<Job> jobs;
  add_fold_jobs(training, labels, static_cast<std::size_t>(rows), options, jobs);
  const Choice choice = choose(fit_jobs(problem, jobs, options.logistic), jobs, 0, labels, options.folds);
  const Job final_job = job_of(training, range(trained, rows), static_cast<std::size_t>(rows), choice.inverse_strength);
  return {predicted_classes(fit_jobs(problem, {final_job}, options.logistic)[0]), choice.score};
}

Predictions by_development_set(const LabelledFeatures& train, const LabelledFeatures& development, const LabelledFeatures& test,
                               const ChoiceOptions& options) {
  const auto trained = static_cast<std::int64_t>(train.labels.size()),
             developed = trained + static_cast<std::int64_t>(development.labels.size());
  std::vector<std::int64_t> labels = train.labels;
  labels.insert(labels.end(), development.labels.begin(), development.labels.end());
  labels.insert(labels.end(), test.labels.begin(), test.labels.end());
  const auto rows = static_cast<std::int64_t>(labels.size());
  const LogisticData problem{at::cat({train.features, development.features, test.features}),
                             one_hot(labels, train.classes, train.features.device())};
  std::vector<Job> jobs;
  for (const double strength : senteval_inverse_strengths)
    jobs.push_back(job_of(range(0, trained), range(trained, rows), static_cast<std::size_t>(rows), strength));
  const std::vector<at::Tensor> logits = fit_jobs(problem, jobs, options.logistic);
  Predictions best{{}, -1.0};
  for (const at::Tensor& found : logits) {
    const double score = accuracy_of(found.narrow(0, 0, developed - trained), range(trained, developed), labels);
    if (score > best.selection_score) best = {predicted_classes(found.narrow(0, developed - trained, rows - developed)), score};
  }
  return best;
}

std::vector<double> relatedness(const at::Tensor& train, const std::vector<double>& train_scores, const at::Tensor& development,
                                const std::vector<double>& development_scores, const at::Tensor& test, int lowest, int highest,
                                const ChoiceOptions& options) {
  const std::int64_t trained = train.size(0), developed = trained + development.size(0), rows = developed + test.size(0);
  at::Tensor targets = at::zeros({rows, highest - lowest + 1}, at::kFloat);
  for (std::int64_t row = 0; row < trained; ++row) {
    const double score = train_scores[static_cast<std::size_t>(row)];
    require(score >= lowest && score <= highest, "a relatedness score of {} is outside {} to {}", score, lowest, highest);
    const double floor = std::min(std::floor(score), static_cast<double>(highest - 1));
    const auto column = static_cast<std::int64_t>(floor) - lowest;
    targets[row][column] = static_cast<float>(floor + 1.0 - score);
    targets[row][column + 1] = static_cast<float>(score - floor);
  }
  const LogisticData problem{at::cat({train, development, test}), targets.to(train.device())};
  std::vector<Job> jobs;
  for (const double strength : senteval_inverse_strengths)
    jobs.push_back(job_of(range(0, trained), range(trained, rows), static_cast<std::size_t>(rows), strength));
  const at::Tensor values = at::arange(lowest, highest + 1, at::kDouble);
  std::vector<double> best;
  double best_score = -2.0;
  for (const at::Tensor& logits : fit_jobs(problem, jobs, options.logistic)) {
    const at::Tensor means = (at::softmax(logits.to(at::kDouble), 1) * values).sum(1).contiguous();
    const std::vector<double> predicted(means.data_ptr<double>(), means.data_ptr<double>() + means.size(0));
    const auto split = predicted.begin() + (developed - trained);
    const double score = metrics::pearson(std::vector<double>(predicted.begin(), split), development_scores);
    if (score > best_score) {
      best_score = score;
      best.assign(split, predicted.end());
    }
  }
  return best;
}

}  // namespace fathom::eval
