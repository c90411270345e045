#include "fathom/align/rewards.h"

#include <algorithm>
#include <cctype>

#include "fathom/align/math_value.h"
#include "fathom/align/response_parts.h"

namespace fathom::align {

namespace {

// An answer needs a letter or a digit (of any script) to say anything.
bool says_something(std::string_view answer) {
  return std::any_of(answer.begin(), answer.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
}

}  // namespace

Verdict judge_math(std::string_view response, std::string_view reference, bool allow_bare) {
  const std::optional<std::string> answer = extract_answer(response, allow_bare);
  if (!answer || !says_something(*answer)) return Verdict::unparsable;
  const MathValue given = read_math_value(*answer);
  if (given.kind == MathValue::Kind::undefined) return Verdict::unparsable;
  return same_value(given, read_math_value(extract_answer(reference, true).value_or(std::string(trim(reference))))) ? Verdict::correct
                                                                                                                    : Verdict::wrong;
}

RewardOptions RewardOptions::from_recipe(Recipe& recipe) {
  RewardOptions options;
  options.accuracy_weight = recipe.get("reward.accuracy_weight", options.accuracy_weight);
  options.format_weight = recipe.get("reward.format_weight", options.format_weight);
  options.language_weight = recipe.get("reward.language_weight", options.language_weight);
  options.language = recipe.choose("reward.language", options.language, {"en", "zh"});
  options.format_gates = recipe.get("reward.format_gates", options.format_gates);
  options.require_think = recipe.get("reward.require_think", options.require_think);
  return options;
}

Reward score(std::string_view response, std::string_view reference, const RewardOptions& options) {
  Reward reward;
  reward.verdict = judge_math(response, reference);
  reward.formatted = options.require_think ? has_r1_format(response) : has_answer_format(response);
  if (reward.verdict == Verdict::unparsable || (options.format_gates && !reward.formatted)) return reward;
  reward.accuracy = reward.verdict == Verdict::correct ? 1.0 : 0.0;
  reward.format = reward.formatted ? 1.0 : 0.0;
  if (options.language_weight != 0.0) reward.language = language_consistency(response, options.language);
  reward.total =
      options.accuracy_weight * reward.accuracy + options.format_weight * reward.format + options.language_weight * reward.language;
  return reward;
}

}  // namespace fathom::align
