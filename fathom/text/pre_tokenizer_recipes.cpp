#include "fathom/text/pre_tokenizer_recipes.h"

#include <fmt/ranges.h>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
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

Json pre_tokenizer_recipe(const std::string& name) {
  if (name.ends_with(".json")) return json_get<Json>(read_json(name), "pre_tokenizer", name);
  for (const Recipe& recipe : recipes)
    if (name == recipe.name) return pre_tokenizer_of(recipe.pattern);
  fail_usage("there is no pre-tokenizer '{}'; known are {}, or a tokenizer.json that has one", name,
             fmt::join(pre_tokenizer_names(), ", "));
}

std::vector<std::string> pre_tokenizer_names() {
  std::vector<std::string> names;
  for (const Recipe& recipe : recipes) names.emplace_back(recipe.name);
  return names;
}

}  // namespace fathom::text
