// The model a recipe asks for. One dial (`model.size`) decides everything; any single number can be set beside it; or the
// config comes whole from a config.json, or with its weights from a model directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "fathom/base/recipe.h"
#include "fathom/model/causal_lm.h"

namespace fathom::train {

// A config of about `parameters` parameters in all, embedding and MTP module included: width and depth grow together as in
// DeepSeek LLM's Table 2 (about 64 units of width a layer), the rest keeps the proportions of DeepSeek-V2-Lite and V3.
model::ModelConfig derive_config(model::Architecture architecture, std::int64_t parameters, std::int64_t vocab_size);

struct ModelRecipe {
  model::ModelConfig config;
  std::filesystem::path init_from;  // a model directory whose weights the run starts from; empty: fresh weights

  // Keys model.*: `type` (deepseek_v3, llama, qwen2), `size` ("tiny", "20m", "1.5b", …: parameters in all) and any number of the
  // config by its name in config.json; or `config` (a config.json); or `init_from` (a model directory).
  // `vocab_size`: the tokenizer's. Throws UsageError for contradictions, Error for files that cannot be read.
  static ModelRecipe from_recipe(Recipe& recipe, std::int64_t vocab_size, std::int64_t sequence_length);

  // The model with fresh weights (a function of the seed) or those of init_from.
  std::unique_ptr<model::CausalLM> build(at::Device device, std::uint64_t seed) const;
};

// "20m" → 20,000,000; "1.5b", "800k", and the names tiny (1m), small (20m), medium (100m), large (1b). Throws UsageError.
std::int64_t parse_size(const std::string& text);

}  // namespace fathom::train
