#include "fathom/cli/training_output.h"

#include <fmt/format.h>

#include <cstdio>

#include "fathom/base/progress.h"

namespace fathom::cli {

train::RunSettings run_settings(const RunOptions& run, const ComputeOptions& compute) {
  return {run.out, set_up_compute(compute), run.resume, compute.quiet};
}

std::string describe(const train::LoopResult& result) {
  std::string text =
      fmt::format("{} steps, {} tokens in {} ({} tokens/s); loss {:.4f}", result.steps, format_count(static_cast<double>(result.tokens)),
                  format_duration(result.seconds), format_count(result.tokens_per_second()), result.last.loss);
  if (result.validation) {
    text += fmt::format("; validation loss {:.4f}, perplexity {:.2f}", result.validation->loss, result.validation->perplexity);
    if (result.validation->bits_per_byte > 0) text += fmt::format(", {:.3f} bits per byte", result.validation->bits_per_byte);
  }
  return text + "\n";
}

int report_interruption(const std::string& command, const std::filesystem::path& out, const train::LoopResult& result) {
  fmt::print(stderr,
             "Stopped after step {}; a checkpoint is in {}. Go on with the same command and --resume:\n  fathom {} … --out {} --resume\n",
             result.steps, (out / "checkpoints").string(), command, out.string());
  return 1;
}

}  // namespace fathom::cli
