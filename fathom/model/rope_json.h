// Rotary parameters in config.json: rope_parameters of transformers 5, or rope_theta and rope_scaling of older files.
// Private to the room.
#pragma once

#include <string>

#include "fathom/base/json.h"
#include "fathom/nn/rope_config.h"

namespace fathom::model {

// `config` is the whole config.json. Throws Error naming an unknown type, an impossible number, or two dialects that disagree.
nn::RopeConfig rope_from_json(const Json& config, std::int64_t max_position_embeddings, const std::string& origin);
// The rope_parameters object; keys of the one that was read (`config`) which fathom does not use are kept.
Json rope_to_json(const nn::RopeConfig& rope, const Json& config);

}  // namespace fathom::model
