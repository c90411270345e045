// SentEval's transfer tasks and the STS correlations for any sentence encoder (Conneau and Kiela 2018; arXiv 1809.06590's evaluation).
// Where ours differs from the toolkit: logistic regression is minimised by L-BFGS rather than liblinear, folds are drawn by our generator,
// and relatedness is learnt with cross-entropy on the toolkit's target distributions, its C chosen on the development set.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/eval/model_choice.h"
#include "fathom/retrieval/sentence_encoder.h"

namespace fathom::eval {

struct TaskScore {
  std::string task;           // "MR", "SICK-R", "STS14"
  std::string metric;         // "accuracy", "pearson"
  double score = 0;           // times 100
  std::string second_metric;  // "f1", "spearman" or ""
  double second_score = 0;
  std::int64_t examples = 0;  // that the score is taken of
  std::string file;           // of the test examples; tells a part of a set from the whole
};

struct SentEvalOptions {
  std::filesystem::path data;      // with senteval/ and sts/ inside
  std::vector<std::string> tasks;  // empty: all
  ChoiceOptions choice;
  at::Device device = at::kCPU;                       // of the classifiers
  std::function<void(const TaskScore&)> report = {};  // as each task is done
};

// In the order of tables: MR CR SUBJ MPQA SST2 SST5 TREC MRPC SICK-E SICK-R STSB STS12 … STS16 STSB-cosine.
const std::vector<std::string>& senteval_tasks();
// The ten of arXiv 1809.06590 §4: what averages are taken of.
const std::vector<std::string>& ten_tasks();

// Throws UsageError for a task that is not known, Error for files that are missing or wrong (file:line).
std::vector<TaskScore> run_senteval(const retrieval::SentenceEncoder& encoder, const SentEvalOptions& options);

}  // namespace fathom::eval
