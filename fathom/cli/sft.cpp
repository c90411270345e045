// fathom sft: fine-tunes a model on prompts and answers.
#include "fathom/align/sft.h"

#include <memory>

#include "fathom/cli/model_commands.h"
#include "fathom/cli/training_output.h"

namespace fathom::cli {
namespace {

struct Options {
  RunOptions run;
  ComputeOptions compute;
  bool json = false;
};

int run(const Options& options) {
  Recipe recipe = options.run.recipe();
  const train::RunSettings settings = run_settings(options.run, options.compute);
  const align::SftResult result = align::sft(recipe, settings);
  if (options.json) fmt::print("{}\n", result.summary.dump(2));
  if (result.loop.interrupted) return report_interruption("sft", options.run.out, result.loop);
  if (!options.json) fmt::print("{}Model: {}\n", describe(result.loop), result.model.string());
  return 0;
}

}  // namespace

Runner set_up_sft(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->run.add_to(app);
  options->compute.add_to(app);
  app.add_flag("--json", options->json, "Print the summary as JSON");
  app.footer(
      "  fathom sft --config recipes/sft-gsm8k.toml --set model.init_from=runs/real/model --set 'data.train=[\"train.jsonl.xz\"]' --out "
      "runs/sft\n"
      "Loss is on the answers only; examples packed into a row do not see each other. OUT is laid out as fathom pretrain does it; --resume "
      "goes\n"
      "on from its newest checkpoint. prompt.format: plain, r1-zero or chat. sft.response: solution, answer, or r1, which wraps worked "
      "answer and\n"
      "result as <think>…</think> <answer>…</answer>. Keys of the recipe: docs/sft.md.");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
