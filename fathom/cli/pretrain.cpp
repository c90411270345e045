// fathom pretrain: a model from text files.
#include "fathom/train/pretrain.h"

#include <cstdio>
#include <memory>

#include "fathom/base/progress.h"
#include "fathom/cli/model_commands.h"
#include "fathom/cli/training_output.h"

namespace fathom::cli {
namespace {

struct Options {
  RunOptions run;
  ComputeOptions compute;
  bool plan = false;
  bool json = false;
};

int run(const Options& options) {
  Recipe recipe = options.run.recipe();
  const train::RunSettings settings = run_settings(options.run, options.compute);
  if (options.plan) {
    const train::PretrainPlan plan = train::plan_pretraining(recipe, settings);
    fmt::print("{}", options.json ? plan.json.dump(2) + "\n" : plan.text);
    return 0;
  }
  const train::PretrainResult result = train::pretrain(recipe, settings);
  if (options.json) fmt::print("{}\n", result.summary.dump(2));
  if (result.loop.interrupted) return report_interruption("pretrain", options.run.out, result.loop);
  if (!options.json) {
    fmt::print("{}", describe(result.loop));
    for (const auto& [name, test] : result.tests) {
      fmt::print("{}: perplexity {:.2f}, {:.3f} bits per byte ({} tokens)\n", name, test.perplexity, test.bits_per_byte,
                 format_count(static_cast<double>(test.tokens)));
    }
    fmt::print("Model: {}\n", result.model.string());
  }
  return 0;
}

}  // namespace

Runner set_up_pretrain(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->run.add_to(app);
  options->compute.add_to(app);
  app.add_flag("--plan", options->plan, "Print the model and where memory goes, and stop before anything runs");
  app.add_flag("--json", options->json, "Print the summary as JSON");
  app.footer(
      "  fathom pretrain --set 'data.train=[\"text/\"]' --set model.size=tiny --set train.tokens=2000000 --out runs/first\n"
      "  fathom pretrain --config recipes/pretrain-real.toml --out runs/real --plan\n"
      "OUT gets recipe.toml, metrics.jsonl, checkpoints/ (the newest two) and model/. Ctrl-C writes a checkpoint; --resume goes on.\n"
      "metrics.jsonl: loss falls from ln(vocabulary) on; gradient_norm is mostly below 1 after the warm-up; expert_load (largest share of\n"
      "an expert over its fair share, worst layer) is 1 when perfect and below 2 when healthy; utilisation is the share of the machine's\n"
      "matrix-product peak. Keys of the recipe: docs/training.md.");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
