// fathom log report: what a click log says of positions, models, another ranking and judged quality.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/log_commands.h"
#include "fathom/clicks/click_report.h"

namespace fathom::cli {
namespace {

struct LogReportOptions {
  LogInputOptions input;
  LogModelOptions model;
  clicks::ClickReportOptions report;
  std::string truth, rankings, qrels, html;
  bool json = false;
};

int run_report(const LogReportOptions& options) {
  clicks::ClickReportOptions report = options.report;
  report.model = options.model.model;
  report.fitting = options.model.fitting;
  std::vector<std::string> inputs = options.input.inputs;
  for (const std::string& other : {options.truth, options.rankings, options.qrels})
    if (!other.empty()) inputs.push_back(other);
  if (!options.html.empty()) require_other_file(options.html, inputs);
  std::optional<std::vector<clicks::Ranking>> rankings;
  std::optional<clicks::JudgedTopics> judgements;
  clicks::KnownTruth truth;
  if (!options.truth.empty()) truth = clicks::read_truth(options.truth);
  if (!options.rankings.empty()) rankings = clicks::read_rankings(options.rankings);
  if (!options.qrels.empty()) judgements = clicks::read_judgements(options.qrels);
  clicks::ClickFindings findings = clicks::study_click_log(options.input.paths(), options.input.reading(), report,
                                                           rankings ? &*rankings : nullptr, judgements ? &*judgements : nullptr);
  findings.truth = truth;
  if (!options.html.empty()) write_file_atomically(options.html, clicks::findings_html(findings));
  fmt::print("{}", options.json ? clicks::findings_json(findings).dump(2) + "\n" : clicks::findings_text(findings));
  return 0;
}

}  // namespace

Runner set_up_log_report(CLI::App& app) {
  auto options = std::make_shared<LogReportOptions>();
  app.description("What a click log says: where people look, how well models predict clicks, what another ranking would get");
  options->input.add_to(app);
  options->model.add_to(app, "for the estimate of --rankings");
  app.add_option("--folds", options->report.folds, "Of the cross-validation; 0: none")->check(CLI::Range(0, 100))->capture_default_str();
  app.add_option("--seed", options->report.seed, "Of the folds")->capture_default_str();
  app.add_option("--truth", options->truth, "The truth of a simulated log (fathom log simulate --truth), shown beside what is fitted");
  app.add_option("--rankings", options->rankings, "Another ranking: JSON records {query, results: [page…]}; its clicks are estimated");
  app.add_option("--max-weight", options->report.counterfactual.largest_weight, "No click counts for more in that estimate")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--qrels", options->qrels, "Judgements: TREC's lines, or JSON records {query or topic, page, relevance}; nDCG is shown");
  app.add_option("--depth", options->report.judged_depth, "Of nDCG")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--html", options->html, "Also write the report as a page");
  app.add_flag("--json", options->json, "The report as JSON");
  return [options] { return run_report(*options); };
}

}  // namespace fathom::cli
