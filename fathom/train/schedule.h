// Learning-rate schedules and other values that change over training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/recipe.h"

namespace fathom::train {

struct LearningRateSchedule {
  // multi-step (DeepSeek LLM §2.3): warm-up, then peak · factor from each fraction on (0.316 after 80%, 0.1 after 90%).
  // v3 (DeepSeek-V3 §4.2): warm-up, constant, cosine down to `final_fraction` · peak, constant.
  // constant, cosine, linear: warm-up, then as the name says down to final_fraction · peak.
  std::string kind = "multi-step";
  double peak = 4e-4;
  std::int64_t warmup_steps = 100, total_steps = 1000;
  std::vector<double> fractions = {0.8, 0.9}, factors = {0.316, 0.1};
  double constant_until = 0.67, cosine_until = 0.96, final_fraction = 0.1;  // v3, as fractions of total_steps

  double at(std::int64_t step) const;  // step 0 is the first
  // keys schedule.*; `total_steps` is given by the run
  static LearningRateSchedule from_recipe(Recipe& recipe, std::int64_t total_steps, double default_peak,
                                          const std::string& default_kind = "multi-step");
};

// Piecewise-constant value over the fraction of training done: DeepSeek-V3's bias update speed (0.001 then 0) and MTP weight (0.3 then
// 0.1).
struct StepValue {
  std::vector<double> values, until;  // values[i] holds while fraction < until[i]; the last holds to the end
  double at(double fraction) const;
  static StepValue from_recipe(Recipe& recipe, const std::string& key, const std::vector<double>& values, const std::vector<double>& until);
};

}  // namespace fathom::train
