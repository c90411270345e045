// fathom quickstart: the whole path on this machine, with a report.
#include "fathom/quickstart/quickstart.h"

#include <ATen/Parallel.h>

#include <memory>

#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/compute_device.h"
#include "fathom/cli/model_commands.h"

namespace fathom::cli {
namespace {

struct Options {
  std::string out = "runs/quickstart";
  double scale = 1.0;
  std::int64_t seed = 1;
  int threads = 0;
  bool quiet = false, json = false;
};

void print_findings(const Options& options, const quickstart::Findings& f) {
  fmt::print("\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(4, f.samples.size()); ++i) {
    const quickstart::Sample& s = f.samples[i];
    fmt::print("{}  ({})\n  before  {} {}\n  after   {} {}\n", s.question, s.answer, s.before_right ? "right" : "WRONG", s.before,
               s.after_right ? "right" : "WRONG", s.after);
  }
  fmt::print("\n{:<28}{:>10}{:>12}\n", "", "base", "after RL");
  fmt::print("{:<28}{:>9.1f}%{:>11.1f}%\n", fmt::format("right of {} held-out", f.heldout_problems), 100 * f.base.accuracy,
             100 * f.rl.accuracy);
  fmt::print("{:<28}{:>10.1f}{:>12.1f}\n", "tokens of a response", f.base.mean_tokens, f.rl.mean_tokens);
  fmt::print("{:<28}{:>9.1f}%{:>11.1f}%\n", "responses that think", 100 * f.base.thinking_share, 100 * f.rl.thinking_share);
  fmt::print("\n{} in all. Report: {}/report.html\n\nNext:\n", format_duration(f.seconds), options.out);
  for (const std::string& command : f.next_commands) fmt::print("  {}\n", command);
}

int run(const Options& options) {
  ComputeOptions compute;
  compute.threads = options.threads;
  set_up_compute(compute);
  quickstart::QuickstartOptions quick;
  quick.out = options.out;
  quick.scale = options.scale;
  quick.seed = static_cast<std::uint64_t>(options.seed);
  quick.threads = at::get_num_threads();
  quick.quiet = options.quiet;
  const quickstart::Findings findings = quickstart::run_quickstart(quick);
  if (options.json)
    fmt::print("{}\n", quickstart::summary_json(findings).dump(2));
  else
    print_findings(options, findings);
  return 0;
}

}  // namespace

Runner set_up_quickstart(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--out", options->out, "Directory for everything it makes; an earlier quickstart there is replaced")
      ->capture_default_str();
  app.add_option("--scale", options->scale, "Length of training: 0.01 only tries the path, 2 learns longer")
      ->check(check_positive)
      ->check(CLI::Range(0.001, 100.0))
      ->capture_default_str();
  app.add_option("--seed", options->seed, "Everything is a function of it")->check(check_not_negative)->capture_default_str();
  app.add_option("--threads", options->threads, "CPU threads (0: one a core)")->check(check_threads)->capture_default_str();
  app.add_flag("--quiet", options->quiet, "No progress on standard error");
  app.add_flag("--json", options->json, "Print the summary as JSON (the content of summary.json)");
  app.footer(
      "Writes a corpus of three-digit sums, of which some solutions think step by step and most answer at once; trains a tokenizer and a "
      "small\n"
      "DeepSeek-V3-type model on it; then lets it try, rewarding right answers only (R1-Zero), until it thinks first. The report says\n"
      "what happened: OUT/report.html. docs/quickstart.md explains each step.");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
