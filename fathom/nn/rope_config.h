// What determines the frequencies of rotary position embeddings, as rope_parameters of config.json gives it.
#pragma once

#include <cstdint>
#include <string>

namespace fathom::nn {

struct RopeConfig {
  std::string type = "default";  // default, linear, yarn, llama3
  double theta = 10000.0;
  double factor = 1.0;
  std::int64_t original_max_position_embeddings = 0;
  // YaRN (Peng et al. 2023) as DeepSeek-V3 sets it. mscale, mscale_all_dim, attention_factor: 0 is "not given".
  double beta_fast = 32.0, beta_slow = 1.0, mscale = 0.0, mscale_all_dim = 0.0, attention_factor = 0.0;
  bool truncate = true;  // whole dimensions at the ramp's ends
  // Llama 3 scaling.
  double low_freq_factor = 1.0, high_freq_factor = 4.0;

  bool operator==(const RopeConfig&) const = default;
};

}  // namespace fathom::nn
