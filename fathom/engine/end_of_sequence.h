// Which tokens end a reply.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fathom/model/config.h"
#include "fathom/text/tokenizer.h"

namespace fathom::engine {

// The ids of config.json and of the tokenizer (null: none), ascending.
std::vector<std::int64_t> end_of_sequence_ids(const model::ModelConfig& config, const text::Tokenizer* tokenizer);

// As above for a model directory, whose generation_config.json, if it names ids (a number or a list), takes the place of config.json.
// The tokenizer's id counts too: tuned models whose configs still name the base model's token would never stop otherwise.
std::vector<std::int64_t> end_of_sequence_ids(const std::filesystem::path& model_directory, const model::ModelConfig& config,
                                              const text::Tokenizer* tokenizer);

}  // namespace fathom::engine
