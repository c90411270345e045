// fathom log examples: clicks, weighted against position bias, as training examples.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "fathom/base/error.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/log_commands.h"
#include "fathom/clicks/click_examples.h"

namespace fathom::cli {
namespace {

struct LogExamplesOptions {
  LogInputOptions input;
  LogModelOptions model;
  clicks::ExampleOptions examples;
  std::string out;
};

int run_examples(const LogExamplesOptions& options) {
  require_other_file(options.out, options.input.inputs);
  const clicks::ClickLogOptions reading = options.input.reading();
  std::int64_t bad_records = 0;
  // Two passes over the files: the model needs all of the log before the first click can be weighted.
  const auto each_search = [&](const auto& visit) {
    bad_records = 0;
    for (const auto& path : options.input.paths())
      bad_records +=
          clicks::read_click_log(path, reading, [&](clicks::SearchRecord& record, const std::string&) { visit(record); }).bad_records;
  };
  clicks::ClickData data;
  each_search([&](const clicks::SearchRecord& record) { data.add(record); });
  require(data.size() > 0, "{}: there is no search with results in the log", options.input.inputs.front());
  const auto model = clicks::make_click_model(options.model.model, options.model.fitting);
  clicks::fit_all(*model, data);
  clicks::ExampleCollector collector(*model, data, options.examples);
  each_search([&](const clicks::SearchRecord& record) { collector.add(record); });
  const auto examples = collector.finish();
  const clicks::ExampleReport& report = collector.report();
  require(!examples.empty(),
          "{}: no click of the log is left by the thresholds ({} clicks; {} examples with too few, {} not attractive enough)",
          options.input.inputs.front(), report.clicks, report.too_few_clicks, report.not_attractive);
  clicks::write_click_examples(options.out, examples);
  fmt::print("{}: {} examples of {} clicks in {} searches; largest weight {:.2f}, effective size {:.0f}\n", options.out, examples.size(),
             report.clicks, data.size(), report.largest_weight, report.effective_size);
  const auto say = [](std::int64_t count, const char* what) {
    if (count > 0) fmt::print("{} {}\n", count, what);
  };
  say(report.clipped, "clicks were clipped (--min-propensity)");
  say(report.too_short, "clicks left out: too short (--min-dwell)");
  say(report.unknown_pages, "clicks left out: on unknown pages");
  say(report.too_few_clicks, "examples left out: too few clicks (--min-clicks)");
  say(report.not_attractive, "examples left out: not attractive enough (--min-attractiveness)");
  say(bad_records, "bad records were passed over");
  return 0;
}

}  // namespace

Runner set_up_log_examples(CLI::App& app) {
  auto options = std::make_shared<LogExamplesOptions>();
  clicks::ExampleOptions& examples = options->examples;
  app.description("Turn clicks into training examples, weighted by how likely their position was looked at");
  options->input.add_to(app);
  options->model.add_to(app, "that says where people look");
  app.add_option("--out", options->out, "The examples to write (JSON lines: query, page, sentence, weight)")->required();
  app.add_option("--min-propensity", examples.least_propensity, "No click counts for more than the inverse of this")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--min-clicks", examples.min_clicks, "Fewer clicks make no example")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--min-attractiveness", examples.min_attractiveness,
                 "Pages that the model finds less attractive for the query make no example")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--min-dwell", examples.min_dwell, "Clicks with a shorter known dwell time (seconds) do not count")
      ->check(check_not_negative)
      ->capture_default_str();
  return [options] { return run_examples(*options); };
}

}  // namespace fathom::cli
