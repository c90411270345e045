// Pre-training from text files to a model directory: `fathom pretrain`.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"
#include "fathom/train/run.h"

namespace fathom::train {

struct PretrainResult {
  std::filesystem::path model;  // OUT/model; empty when interrupted
  LoopResult loop;
  std::vector<std::pair<std::string, EvaluationResult>> tests;  // of data.test
  OrderedJson summary;                                          // what `--json` prints; also OUT/summary.json
};

// Runs the recipe (keys: docs/training.md) in settings.out: recipe.toml, tokenizer/, data/, metrics.jsonl, checkpoints/, model/,
// summary.json. Every key must be known. Throws UsageError and Error.
PretrainResult pretrain(Recipe& recipe, const RunSettings& settings);

// What the recipe would need, before anything is read but the tokenizer: model card and memory plan. Nothing is written.
struct PretrainPlan {
  std::string text;
  OrderedJson json;
};
PretrainPlan plan_pretraining(Recipe& recipe, const RunSettings& settings);

}  // namespace fathom::train
