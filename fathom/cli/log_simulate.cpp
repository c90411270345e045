// fathom log simulate: a click log of simulated users, whose truth is known.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "fathom/base/file.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/log_commands.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/clicks/click_report.h"

namespace fathom::cli {
namespace {

struct LogSimulateOptions {
  std::string rankings, model = "pbm", shuffle = "pairs", out, truth;
  clicks::SimulationOptions simulation;
};

int run_simulate(LogSimulateOptions options) {
  require_other_file(options.out, {options.rankings});
  if (!options.truth.empty()) require_other_file(options.truth, {options.rankings, options.out});
  options.simulation.user.model = clicks::user_model(options.model);
  options.simulation.shuffle = clicks::shuffle_named(options.shuffle);
  AtomicFile log(options.out);
  const auto truth = clicks::simulate_log(clicks::read_rankings(options.rankings), options.simulation,
                                          [&](const clicks::SearchRecord& record) { log.write(clicks::search_line(record) + "\n"); });
  log.commit();
  if (!options.truth.empty()) write_file_atomically(options.truth, clicks::truth_json(options.simulation, truth).dump(2) + "\n");
  fmt::print("{}: {} searches, {} clicks of {} users\n", options.out, options.simulation.searches, truth.clicks, options.model);
  return 0;
}

}  // namespace

Runner set_up_log_simulate(CLI::App& app) {
  auto options = std::make_shared<LogSimulateOptions>();
  clicks::SimulationOptions& simulation = options->simulation;
  app.description("Let simulated users search: a click log whose truth is known");
  app.add_option("--rankings", options->rankings, "JSON records {query, results: [{page, sentence, relevance}]}; relevance from 0 to 1")
      ->required();
  app.add_option("--model", options->model, "How the users look and click")
      ->check(CLI::IsMember({"pbm", "cascade", "dbn"}))
      ->capture_default_str();
  app.add_option("--searches", simulation.searches, "So many searches")->check(check_positive)->capture_default_str();
  app.add_option("--seed", simulation.seed, "Of the random numbers")->capture_default_str();
  app.add_option("--shown", simulation.shown, "At most so many results a search")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--shuffle", options->shuffle, "How lists change before they are shown: not at all, neighbours change places, any order")
      ->check(CLI::IsMember({"none", "pairs", "all"}))
      ->capture_default_str();
  app.add_option("--position-exponent", simulation.user.position_exponent, "pbm: position r is looked at with probability (1/r)^this")
      ->check(check_not_negative)
      ->capture_default_str();
  app.add_option("--continuation", simulation.user.continuation, "dbn: how likely people go on who are not satisfied")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--out", options->out, "The click log to write (JSON lines)")->required();
  app.add_option("--truth", options->truth, "Write the true examination by position, for fathom log report");
  return [options] { return run_simulate(*options); };
}

}  // namespace fathom::cli
