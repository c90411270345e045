// A training checkpoint: a model directory (transformers reads it) plus trainer/ with the optimizer, the step and whatever
// state the algorithm keeps. Written to a temporary name and renamed; `latest` is found by number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "fathom/base/json.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/tokenizer.h"
#include "fathom/train/optimizer.h"

namespace fathom::train {

struct CheckpointContent {
  const model::CausalLM* model = nullptr;
  const Optimizer* optimizer = nullptr;
  const text::Tokenizer* tokenizer = nullptr;  // may be null
  Json state;                                  // step, data position, RNG: what the algorithm needs to go on bit-exactly
  std::function<void(const std::filesystem::path& trainer_directory)> extra;  // writes more files into trainer/
};

// Writes OUT/checkpoints/step-N, keeps the newest `keep`. Throws Error on a full disk; earlier checkpoints stay.
std::filesystem::path save_checkpoint(const std::filesystem::path& out, std::int64_t step, const CheckpointContent& content, int keep = 2);

// The complete checkpoints in OUT/checkpoints as (step, path), oldest first. Unfinished ones stand under another name and are not seen.
std::vector<std::pair<std::int64_t, std::filesystem::path>> list_checkpoints(const std::filesystem::path& out);
// The newest of them, if any.
std::optional<std::filesystem::path> latest_checkpoint(const std::filesystem::path& out);
// Reads weights and moments of a checkpoint into an existing model and optimizer, and returns the state.
Json load_checkpoint(const std::filesystem::path& checkpoint, model::CausalLM& model, Optimizer& optimizer);

// Writes the final model to OUT/model (a model directory without trainer/).
void save_model_directory(const std::filesystem::path& directory, const model::CausalLM& model, const text::Tokenizer* tokenizer);

}  // namespace fathom::train
