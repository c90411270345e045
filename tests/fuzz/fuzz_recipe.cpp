// Recipes: TOML text, and what is read from it survives being written and read again.
#include <cstdlib>

#include "fathom/base/recipe.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fathom::Recipe;
  return fathom::fuzz::expect_error_or_success([&] {
    const std::string_view text = fathom::fuzz::as_text(data, size);
    Recipe recipe = Recipe::parse(text.substr(0, size / 2), "recipe.toml");
    recipe.set(text.substr(size / 2));
    recipe.get("a", "text");
    recipe.get("train.rate", 0.5);
    recipe.get("train.steps", 10);
    const std::string resolved = recipe.resolved();
    Recipe again = Recipe::parse(resolved, "resolved.toml");
    again.get("a", "");
    again.get("train.rate", 0.0);
    again.get("train.steps", 0);
    if (again.resolved() != resolved) std::abort();
    recipe.reject_unknown();
  });
}
