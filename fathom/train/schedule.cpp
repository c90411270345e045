#include "fathom/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/base/error.h"

namespace fathom::train {
namespace {

void require_fractions(const std::vector<double>& fractions, const std::string& key) {
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const bool rising = i == 0 || fractions[i] >= fractions[i - 1];
    if (fractions[i] < 0.0 || fractions[i] > 1.0 || !rising) {
      fail_usage("recipe key {}: fractions of the run are expected to rise from 0 to 1; got {} at place {}", key, fractions[i], i);
    }
  }
}

double cosine_between(double from, double to, double progress) {
  return to + 0.5 * (from - to) * (1.0 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
}

}  // namespace

double LearningRateSchedule::at(std::int64_t step) const {
  // Linear from 0: step w - 1 is the first one at the peak.
  if (step < warmup_steps) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const double fraction = total_steps > 0 ? static_cast<double>(step) / static_cast<double>(total_steps) : 0.0;
  const double floor = final_fraction * peak;

  if (kind == "multi-step") {
    double rate = peak;
    for (std::size_t i = 0; i < fractions.size(); ++i)
      if (fraction >= fractions[i]) rate = peak * factors[i];
    return rate;
  }
  if (kind == "v3") {
    if (fraction < constant_until) return peak;
    if (fraction >= cosine_until) return floor;
    return cosine_between(peak, floor, (fraction - constant_until) / (cosine_until - constant_until));
  }
  // Cosine and linear run from the end of the warm-up to the last step.
  const double span = static_cast<double>(std::max<std::int64_t>(1, total_steps - 1 - warmup_steps));
  const double progress = std::clamp(static_cast<double>(step - warmup_steps) / span, 0.0, 1.0);
  if (kind == "cosine") return cosine_between(peak, floor, progress);
  if (kind == "linear") return peak + (floor - peak) * progress;
  return peak;
}

LearningRateSchedule LearningRateSchedule::from_recipe(Recipe& recipe, std::int64_t total_steps, double default_peak,
                                                       const std::string& default_kind) {
  LearningRateSchedule schedule;
  schedule.total_steps = total_steps;
  schedule.kind = recipe.choose("schedule.kind", default_kind, {"multi-step", "v3", "constant", "cosine", "linear"});
  schedule.peak = recipe.get("schedule.peak", default_peak);
  // A short run does not warm up longer than a tenth of itself.
  schedule.warmup_steps = recipe.get("schedule.warmup_steps", std::min(schedule.warmup_steps, total_steps / 10));
  if (schedule.kind == "multi-step") {
    schedule.fractions = recipe.get("schedule.fractions", schedule.fractions);
    schedule.factors = recipe.get("schedule.factors", schedule.factors);
    require_fractions(schedule.fractions, "schedule.fractions");
    if (schedule.fractions.size() != schedule.factors.size()) {
      fail_usage("recipe: schedule.fractions has {} values and schedule.factors {}; one factor for each fraction is expected",
                 schedule.fractions.size(), schedule.factors.size());
    }
  } else if (schedule.kind != "constant") {
    schedule.final_fraction = recipe.get("schedule.final_fraction", schedule.final_fraction);
    if (schedule.kind == "v3") {
      schedule.constant_until = recipe.get("schedule.constant_until", schedule.constant_until);
      schedule.cosine_until = recipe.get("schedule.cosine_until", schedule.cosine_until);
      require_fractions({schedule.constant_until, schedule.cosine_until}, "schedule.constant_until, schedule.cosine_until");
    }
  }
  if (!(schedule.peak > 0.0) || !std::isfinite(schedule.peak)) {
    fail_usage("recipe key schedule.peak: a learning rate above 0 is expected, got {}", schedule.peak);
  }
  if (schedule.warmup_steps < 0) fail_usage("recipe key schedule.warmup_steps: 0 or more is expected, got {}", schedule.warmup_steps);
  return schedule;
}

double StepValue::at(double fraction) const {
  for (std::size_t i = 0; i < until.size(); ++i)
    if (fraction < until[i]) return values[i];
  return values.back();
}

StepValue StepValue::from_recipe(Recipe& recipe, const std::string& key, const std::vector<double>& values,
                                 const std::vector<double>& until) {
  StepValue value;
  value.values = recipe.get(key, values);
  // One value holds for the whole run; the default `until` belongs to the default values.
  const std::vector<double> fallback = value.values.size() == values.size() ? until : std::vector<double>{};
  value.until = recipe.get(key + "_until", fallback);
  require_fractions(value.until, key + "_until");
  if (value.values.empty() || value.until.size() + 1 != value.values.size()) {
    fail_usage("recipe: {} has {} values and {}_until {}; each value but the last needs the fraction of the run until which it holds", key,
               value.values.size(), key, value.until.size());
  }
  return value;
}

}  // namespace fathom::train
