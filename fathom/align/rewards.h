// Verifiable rewards (DeepSeek-R1 §2.2.2): accuracy of the final answer, format, language consistency. An answer that cannot
// be parsed is counted apart from a wrong one and earns nothing in any part.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fathom/base/recipe.h"

namespace fathom::align {

// The final answer of a response: inside the last <answer>…</answer>, else the last \boxed{…} (balanced braces), else, when
// `allow_bare`, after "####". nullopt when there is none.
std::optional<std::string> extract_answer(std::string_view response, bool allow_bare = false);

enum class Verdict { correct, wrong, unparsable };
// Compares as numbers (separators, signs, decimals, percent, currency, units dropped), fractions (a/b, \frac{a}{b}), and normalised
// strings: "1,200" = "1200.0", "0.5" = "1/2" = "\frac12".
Verdict judge_math(std::string_view response, std::string_view reference, bool allow_bare = false);

// <think>…</think> then <answer>…</answer>, each exactly once, nothing but space outside.
bool has_r1_format(std::string_view response);

// Share of words in the target language ("en", "zh") of the reasoning part; 1 when it has no words.
double language_consistency(std::string_view response, std::string_view language);

struct RewardOptions {
  double accuracy_weight = 1.0, format_weight = 0.0, language_weight = 0.0;
  std::string language = "en";
  bool format_gates = true;                          // no reward at all without the format; false: the parts add up (R1-Zero)
  bool require_think = true;                         // format: <think> needed; false: only an answer
  static RewardOptions from_recipe(Recipe& recipe);  // keys reward.*
};

struct Reward {
  double total = 0, accuracy = 0, format = 0, language = 0;
  Verdict verdict = Verdict::unparsable;
  bool formatted = false;
};
Reward score(std::string_view response, std::string_view reference, const RewardOptions& options);

}  // namespace fathom::align
