// What a click log says, and how far it can be trusted: click rates and fitted examination by position, how well each model predicts
// held-out clicks, what another ranking would have been clicked, and judged quality apart from all of that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/clicks/click_evaluation.h"
#include "fathom/clicks/click_log_import.h"
#include "fathom/clicks/counterfactual.h"
#include "fathom/clicks/judged_rankings.h"
#include "fathom/clicks/simulation.h"
#include "fathom/metrics/paired_test.h"

namespace fathom::clicks {

struct ClickReportOptions {
  std::string model = "pbm";  // whose examination weighs the counterfactual estimate
  ClickModelOptions fitting;
  std::int64_t folds = 5;
  std::uint64_t seed = 0;
  CounterfactualOptions counterfactual;
  std::int64_t judged_depth = 10;
};

struct ModelFindings {
  std::string model;
  std::vector<double> examination;  // fitted to the whole log, mean over its lists, by position
  std::int64_t iterations = 0;
  ClickPrediction held_out;
  // Held-out log-likelihood a search minus that of the click rate of each position.
  metrics::PairedComparison gain;
};

struct JudgedFindings {
  double ndcg = 0;
  metrics::Interval interval{0, 0};  // bootstrap over the lists
  std::int64_t judged = 0, not_judged = 0;
};

// What a simulated log was made with.
struct KnownTruth {
  std::string model;
  std::vector<double> examination;  // by position
};

struct ClickFindings {
  ClickLogReport log;
  std::int64_t queries = 0, pairs = 0;
  double at_several_positions = 0;          // ClickData::share_at_several_positions()
  double relevance_prior = 1;               // that the models were fitted with
  std::vector<double> relative_click_rate;  // by position, over the first position's: what is taken for examination without a model
  std::vector<ModelFindings> models;        // rate, position-rate, pbm, cascade, dbn
  KnownTruth truth;                         // of a simulated log; empty: not given
  std::string counterfactual_model;
  std::optional<CounterfactualReport> counterfactual;
  std::int64_t judged_depth = 10;
  std::optional<JudgedFindings> judged_log, judged_new;
};

// `rankings`: the other ranking; `judgements`: people's; null: not asked for. Throws Error when the log has no search with results, and as
// read_click_log().
ClickFindings study_click_log(const std::vector<std::filesystem::path>& log, const ClickLogOptions& reading,
                              const ClickReportOptions& options, const std::vector<Ranking>* rankings, const JudgedTopics* judgements);

// The truth of a simulated log as a file: {"model", "user": {…}, "seed", "searches", "clicks", "examination": […]}.
OrderedJson truth_json(const SimulationOptions& options, const SimulationTruth& truth);
KnownTruth read_truth(const std::filesystem::path& path);  // throws Error: missing keys, other types

OrderedJson findings_json(const ClickFindings& findings);
std::string findings_text(const ClickFindings& findings);  // for a terminal, with bars
std::string findings_html(const ClickFindings& findings);  // a page that needs nothing else

}  // namespace fathom::clicks
