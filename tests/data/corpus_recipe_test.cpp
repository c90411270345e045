#include "fathom/data/corpus_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& toml, const std::string& set = "") {
  Recipe recipe = Recipe::parse(toml, "data.toml");
  if (!set.empty()) recipe.set(set);
  return message_of<UsageError>([&] { CorpusRecipe::from_recipe(recipe); });
}

const std::string one = "[sources.web]\npaths = [\"a\"]\n";

TEST(CorpusRecipe, TheRecipeOfTheRepositoryStatesTheDefaults) {
  Recipe recipe = Recipe::load(std::filesystem::path(FATHOM_SOURCE_DIR) / "recipes/data.toml");
  const CorpusRecipe stated = CorpusRecipe::from_recipe(recipe);
  Recipe bare = Recipe::parse("[sources.text]\npaths = [\"text/\"]\n[tokenizer]\npath = \"tokenizer/\"\n", "bare");
  EXPECT_EQ(stated.resolved, CorpusRecipe::from_recipe(bare).resolved);
}

TEST(CorpusRecipe, TheRecipeForTheWebIsValid) {
  Recipe recipe = Recipe::load(std::filesystem::path(FATHOM_SOURCE_DIR) / "recipes/data-web.toml");
  const CorpusRecipe stated = CorpusRecipe::from_recipe(recipe);
  EXPECT_TRUE(stated.filter && stated.line_duplicates && stated.duplicates.near);
}

TEST(CorpusRecipe, ContradictionsAreRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("no sources"));
  EXPECT_THAT(refusal(one + "[deduplicate]\nexact = false\n"), HasSubstr("contradicts"));
  EXPECT_THAT(refusal(one + "weight = 1\nrepeat = 2\n"), HasSubstr("one of them"));
  EXPECT_THAT(refusal(one + "weight = 1\n[sources.b]\npaths = [\"b\"]\n"), HasSubstr("1 of 2"));
  EXPECT_THAT(refusal(one + "[mixing]\ntokens = 5\n"), HasSubstr("weight"));
  EXPECT_THAT(refusal(one + "[quality]\nlanguages = [\"en\"]\n"), HasSubstr("quality.enabled"));
  EXPECT_THAT(refusal(one + "[quality]\nenabled = true\nlanguages = [\"klingon\"]\n"), HasSubstr("klingon"));
  EXPECT_THAT(refusal(one + "[fim]\nrate = 2\n"), HasSubstr("fim.rate"));
  EXPECT_THAT(refusal(one + "[fimm]\nrate = 0.1\n"), HasSubstr("fim.rate"));
  EXPECT_THAT(refusal(one + "[shards]\ntokens = 0\n"), HasSubstr("shards.tokens"));
  EXPECT_EQ(refusal(one), "");
}

TEST(CorpusRecipe, AnUnknownSourceIsNamed) {
  EXPECT_THAT(refusal(one, "sources.wbe.repeat=2"), HasSubstr("did you mean 'web'"));
  EXPECT_THAT(refusal("[sources.\"a b\"]\npaths = [\"x\"]\n"), HasSubstr("'a b'"));
}

TEST(CorpusRecipe, RulesAreSwitchedOffByInfinity) {
  Recipe recipe = Recipe::parse(one + "[quality.length]\nmin_words = -inf\nmax_words = 7\n", "r");
  const CorpusRecipe corpus = CorpusRecipe::from_recipe(recipe);
  EXPECT_FALSE(corpus.quality.threshold("length.min_words").has_value());
  EXPECT_EQ(corpus.quality.threshold("length.max_words"), 7);
}

}  // namespace
}  // namespace fathom::data
