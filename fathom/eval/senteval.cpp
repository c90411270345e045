#include "fathom/eval/senteval.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/eval/senteval_data.h"
#include "fathom/metrics/classification.h"
#include "fathom/metrics/correlation.h"

namespace fathom::eval {
namespace {

namespace fs = std::filesystem;

class SentEval {
 public:
  SentEval(const retrieval::SentenceEncoder& encoder, const SentEvalOptions& options) : encoder_(encoder), options_(options) {}

  TaskScore run(const std::string& task) const {
    if (task == "MR" || task == "CR" || task == "SUBJ" || task == "MPQA") return polarity(task);
    if (task == "SST2") return sst(task, 2);
    if (task == "SST5") return sst(task, 5);
    if (task == "TREC") return trec();
    if (task == "MRPC") return mrpc();
    if (task == "SICK-E") return sick_entailment();
    if (task == "SICK-R") return sick_relatedness();
    if (task == "STSB") return sts_benchmark();
    if (task == "STSB-cosine") return sts_benchmark_cosine();
    return sts(task);
  }

 private:
  fs::path senteval(const std::string& stem) const { return *find_data_file(options_.data / "senteval" / stem); }

  at::Tensor encode(const std::vector<std::string>& sentences) const { return encoder_.encode(sentences).embeddings.to(options_.device); }
  LabelledFeatures features(const LabelledSentences& data) const { return {encode(data.sentences), data.labels, data.classes}; }

  // |u - v| and u · v, side by side (SentEval's features of a pair).
  at::Tensor pair_features(const SentencePairs& data) const {
    const at::Tensor u = encode(data.first), v = encode(data.second);
    return at::cat({(u - v).abs(), u * v}, 1);
  }
  LabelledFeatures labelled_pairs(const SentencePairs& data) const { return {pair_features(data), data.labels, data.classes}; }

  static TaskScore accuracy_score(const std::string& task, const Predictions& found, const std::vector<std::int64_t>& truth,
                                  const fs::path& file) {
    return {task,
            "accuracy",
            100.0 * metrics::accuracy(found.classes, truth),
            "",
            0.0,
            static_cast<std::int64_t>(truth.size()),
            file.filename().string()};
  }

  TaskScore polarity(const std::string& task) const {
    const fs::path file = senteval(task);
    const LabelledFeatures data = features(read_numbered(file, 2));
    return accuracy_score(task, nested_cross_validation(data, options_.choice), data.labels, file);
  }
  TaskScore sst(const std::string& task, std::int64_t classes) const {
    const fs::path file = senteval(task + "/test");
    const LabelledFeatures test = features(read_numbered(file, classes));
    const Predictions found = by_development_set(features(read_numbered(senteval(task + "/train"), classes)),
                                                 features(read_numbered(senteval(task + "/dev"), classes)), test, options_.choice);
    return accuracy_score(task, found, test.labels, file);
  }
  TaskScore trec() const {
    const fs::path file = senteval("TREC/test");
    const LabelledFeatures test = features(read_trec(file));
    return accuracy_score("TREC", cross_validation(features(read_trec(senteval("TREC/train"))), test, options_.choice), test.labels, file);
  }
  TaskScore mrpc() const {
    const fs::path file = senteval("MRPC/test");
    LabelledFeatures train = labelled_pairs(read_mrpc(senteval("MRPC/train")));
    // The official training set; some copies keep a part of it apart.
    if (const auto validation = find_data_file(options_.data / "senteval" / "MRPC" / "val", true)) {
      const LabelledFeatures rest = labelled_pairs(read_mrpc(*validation));
      train.features = at::cat({train.features, rest.features});
      train.labels.insert(train.labels.end(), rest.labels.begin(), rest.labels.end());
    }
    const LabelledFeatures test = labelled_pairs(read_mrpc(file));
    const Predictions found = cross_validation(train, test, options_.choice);
    TaskScore score = accuracy_score("MRPC", found, test.labels, file);
    score.second_metric = "f1";
    score.second_score = 100.0 * metrics::f1(found.classes, test.labels);
    return score;
  }
  TaskScore sick_entailment() const {
    const fs::path file = senteval("SICK/test");
    const LabelledFeatures test = labelled_pairs(read_sick(file));
    const Predictions found = by_development_set(labelled_pairs(read_sick(senteval("SICK/train"))),
                                                 labelled_pairs(read_sick(senteval("SICK/dev"))), test, options_.choice);
    return accuracy_score("SICK-E", found, test.labels, file);
  }

  static TaskScore correlation_score(const std::string& task, const std::vector<double>& found, const std::vector<double>& truth,
                                     const fs::path& file) {
    return {task,
            "pearson",
            100.0 * metrics::pearson(found, truth),
            "spearman",
            100.0 * metrics::spearman(found, truth),
            static_cast<std::int64_t>(truth.size()),
            file.filename().string()};
  }
  TaskScore relatedness_of(const std::string& task, const SentencePairs& train, const SentencePairs& development, const SentencePairs& test,
                           int lowest, const fs::path& file) const {
    const std::vector<double> found = relatedness(pair_features(train), train.scores, pair_features(development), development.scores,
                                                  pair_features(test), lowest, 5, options_.choice);
    return correlation_score(task, found, test.scores, file);
  }
  TaskScore sick_relatedness() const {
    const fs::path file = senteval("SICK/test");
    return relatedness_of("SICK-R", read_sick(senteval("SICK/train")), read_sick(senteval("SICK/dev")), read_sick(file), 1, file);
  }
  fs::path benchmark(const std::string& part) const { return *find_data_file(options_.data / "sts" / "stsbenchmark" / ("sts-" + part)); }
  TaskScore sts_benchmark() const {
    const fs::path file = benchmark("test");
    return relatedness_of("STSB", read_sts_benchmark(benchmark("train")), read_sts_benchmark(benchmark("dev")), read_sts_benchmark(file), 0,
                          file);
  }

  std::vector<double> cosines(const SentencePairs& data) const {
    const at::Tensor u = encode(data.first), v = encode(data.second);
    const at::Tensor cosine = at::cosine_similarity(u, v, 1, 1e-12).to(at::kCPU, at::kDouble).contiguous();
    return {cosine.data_ptr<double>(), cosine.data_ptr<double>() + cosine.size(0)};
  }
  TaskScore sts_benchmark_cosine() const {
    const fs::path file = benchmark("test");
    const SentencePairs test = read_sts_benchmark(file);
    return correlation_score("STSB-cosine", cosines(test), test.scores, file);
  }
  // The mean over the year's test sets, weighted by their sizes.
  TaskScore sts(const std::string& task) const {
    const fs::path directory = options_.data / "sts" / ("20" + task.substr(3));
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().filename().string().find(".test.") != std::string::npos) files.push_back(entry->path());
    require(!files.empty(), "{}: no files NAME.test.tsv; --data names a folder with senteval/ and sts/ inside", directory.string());
    std::sort(files.begin(), files.end());
    TaskScore total{task, "pearson", 0, "spearman", 0, 0, directory.filename().string()};
    for (const fs::path& file : files) {
      const SentencePairs pairs = read_sts(file);
      const TaskScore score = correlation_score(task, cosines(pairs), pairs.scores, file);
      total.score += score.score * static_cast<double>(score.examples);
      total.second_score += score.second_score * static_cast<double>(score.examples);
      total.examples += score.examples;
    }
    total.score /= static_cast<double>(total.examples);
    total.second_score /= static_cast<double>(total.examples);
    return total;
  }

  const retrieval::SentenceEncoder& encoder_;
  const SentEvalOptions& options_;
};

}  // namespace

const std::vector<std::string>& senteval_tasks() {
  static const std::vector<std::string> tasks = {"MR",     "CR",   "SUBJ",  "MPQA",  "SST2",  "SST5",  "TREC",  "MRPC",       "SICK-E",
                                                 "SICK-R", "STSB", "STS12", "STS13", "STS14", "STS15", "STS16", "STSB-cosine"};
  return tasks;
}

const std::vector<std::string>& ten_tasks() {
  static const std::vector<std::string> tasks = {"MR", "CR", "SUBJ", "MPQA", "SST2", "TREC", "MRPC", "SICK-E", "SICK-R", "STS14"};
  return tasks;
}

std::vector<TaskScore> run_senteval(const retrieval::SentenceEncoder& encoder, const SentEvalOptions& options) {
  const at::NoGradGuard no_grad;
  const std::vector<std::string>& known = senteval_tasks();
  for (const std::string& task : options.tasks)
    if (std::find(known.begin(), known.end(), task) == known.end())
      fail_usage("there is no task '{}'; known: {}", task, fmt::join(known, ", "));
  std::vector<TaskScore> scores;
  for (const std::string& task : known) {
    if (!options.tasks.empty() && std::find(options.tasks.begin(), options.tasks.end(), task) == options.tasks.end()) continue;
    scores.push_back(SentEval(encoder, options).run(task));
    if (options.report) options.report(scores.back());
  }
  return scores;
}

}  // namespace fathom::eval
