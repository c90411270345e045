#include "fathom/text/pre_tokenizer_recipes.h"

#include <fmt/ranges.h>

#include "fathom/base/error.h"
#include "fathom/text/known_patterns.h"

namespace fathom::text {
namespace {

struct Recipe {
  const char* name;
  WordPattern pattern;
};

constexpr Recipe recipes[] = {{"gpt2", WordPattern::gpt2},
                              {"gpt2-digits", WordPattern::gpt2_digits_apart},
                              {"deepseek-llm", WordPattern::deepseek_llm},
                              {"deepseek-coder", WordPattern::deepseek_coder},
                              {"deepseek-v3", WordPattern::deepseek_v3},
                              {"llama3", WordPattern::llama3},
                              {"qwen2", WordPattern::qwen2}};

}  // namespace

Json pre_tokenizer_recipe(std::string_view name) {
  for (const Recipe& recipe : recipes)
    if (name == recipe.name) return pre_tokenizer_of(recipe.pattern);
  fail_usage("there is no pre-tokenizer '{}'; known are {}", name, fmt::join(pre_tokenizer_names(), ", "));
}

std::vector<std::string> pre_tokenizer_names() {
  std::vector<std::string> names;
  for (const Recipe& recipe : recipes) names.emplace_back(recipe.name);
  return names;
}

}  // namespace fathom::text
