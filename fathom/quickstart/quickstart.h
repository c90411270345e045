// The whole path at toy scale: corpus → tokenizer → pre-training → evaluation → GRPO with verifiable rewards alone (R1-Zero) →
// evaluation → report. Every stage is the code that `fathom pretrain`, `fathom eval` and `fathom grpo` run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "fathom/base/recipe.h"
#include "fathom/quickstart/report.h"

namespace fathom::quickstart {

struct QuickstartOptions {
  std::filesystem::path out;
  double scale = 1.0;  // of pre-training tokens, GRPO steps and held-out problems; 0.01 runs in seconds and learns nothing
  std::uint64_t seed = 1;
  int threads = 0;  // for the report
  bool quiet = false;
};

// Recipes of the two training stages at a scale. What they resolve to stands in OUT/pretrain/recipe.toml and OUT/grpo/recipe.toml.
Recipe pretrain_recipe(const QuickstartOptions& options, const std::filesystem::path& corpus);
Recipe grpo_recipe(const QuickstartOptions& options);

// Writes into `out`: corpus.jsonl, practice.jsonl, heldout.jsonl, pretrain/, base-model/, eval-base.jsonl, grpo/, rl-model/, eval-rl.jsonl,
// summary.json, report.html. An earlier quickstart there is replaced; any other non-empty directory is refused with UsageError.
Findings run_quickstart(const QuickstartOptions& options);

}  // namespace fathom::quickstart
