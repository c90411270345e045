#include "fathom/base/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "fathom/base/edit_distance.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRecipe = R"(seed = 7
[model]
name = "tiny"
layers = 4
[train]
learning_rate = 3e-4
steps = 1e3
clip = 1
shuffle = true
files = ["a.txt", "b.txt"]
betas = [0.9, 1]
)";

TEST(RecipeTest, ReadsEveryType) {
  Recipe recipe = Recipe::parse(kRecipe, "r.toml");
  EXPECT_EQ(recipe.get("seed", 0), 7);
  EXPECT_EQ(recipe.get("model.name", "none"), "tiny");
  EXPECT_EQ(recipe.get("train.learning_rate", 0.0), 3e-4);
  EXPECT_EQ(recipe.get("train.steps", 5), 1000);
  EXPECT_EQ(recipe.get("train.clip", 0.5), 1.0);
  EXPECT_TRUE(recipe.get("train.shuffle", false));
  EXPECT_EQ(recipe.get("train.files", std::vector<std::string>{}), (std::vector<std::string>{"a.txt", "b.txt"}));
  EXPECT_EQ(recipe.get("train.betas", std::vector<double>{}), (std::vector<double>{0.9, 1.0}));
  EXPECT_EQ(recipe.get("train.missing", 2.5), 2.5);
  EXPECT_TRUE(recipe.has("model.layers"));
  EXPECT_FALSE(recipe.has("model.layers.deep"));
  EXPECT_FALSE(recipe.has("train.missing"));
}

TEST(RecipeTest, ErrorsOfTheFileNameFileLineAndColumn) {
  ScratchDirectory scratch;
  const auto path = scratch / "broken.toml";
  write_file_atomically(path, "a = 1\nb = = 2\n");
  EXPECT_THAT(message_of<Error>([&] { Recipe::load(path); }), HasSubstr(path.string() + ":2:5: not valid TOML"));
  EXPECT_THROW(Recipe::load(scratch / "missing.toml"), Error);
  EXPECT_THROW(Recipe::parse(std::string("\xff\0\x80 = 1", 7), "binary"), Error);
  EXPECT_THROW(Recipe::parse("a = " + std::string(100000, '['), "deep"), Error);
  EXPECT_THROW(Recipe::parse("a = 99999999999999999999", "big"), Error);
}

TEST(RecipeTest, WrongTypeNamesLineKeyAndBothTypes) {
  Recipe recipe = Recipe::parse(kRecipe, "r.toml");
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("model.name", 3); }),
              AllOf(HasSubstr("r.toml:3"), HasSubstr("'model.name'"), HasSubstr("must be an integer"), HasSubstr("is a string")));
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("train.learning_rate", 3); }), HasSubstr("must be an integer"));
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("seed", true); }), HasSubstr("must be true or false"));
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("seed", "text"); }), HasSubstr("must be a string"));
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("train.files", std::vector<double>{}); }), HasSubstr("an array of numbers"));
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("train", 3); }), HasSubstr("is a table"));
}

TEST(RecipeTest, OverridesWinAndAreTyped) {
  Recipe recipe = Recipe::parse(kRecipe, "r.toml");
  recipe.set("train.learning_rate=1e-3");
  recipe.set("train.steps = 12");
  recipe.set("model.name=large");
  recipe.set("model.note=\"quoted = yes\"");
  recipe.set("data.path=/some/dir/file.txt");
  recipe.set("train.files=[\"c.txt\"]");
  recipe.set("extra.flag=true");
  EXPECT_EQ(recipe.get("train.learning_rate", 0.0), 1e-3);
  EXPECT_EQ(recipe.get("train.steps", 0), 12);
  EXPECT_EQ(recipe.get("model.name", ""), "large");
  EXPECT_EQ(recipe.get("model.note", ""), "quoted = yes");
  EXPECT_EQ(recipe.get("data.path", ""), "/some/dir/file.txt");
  EXPECT_EQ(recipe.get("train.files", std::vector<std::string>{}), std::vector<std::string>{"c.txt"});
  EXPECT_TRUE(recipe.get("extra.flag", false));
  recipe.set("train.files=d.txt");
  EXPECT_EQ(recipe.get("train.files", std::vector<std::string>{}), std::vector<std::string>{"d.txt"});
  recipe.set("model.name=1\nseed = 9");
  EXPECT_EQ(recipe.get("model.name", ""), "1\nseed = 9");
  EXPECT_EQ(recipe.get("seed", 0), 7);
}

TEST(RecipeTest, BadOverridesAreUsageErrors) {
  Recipe recipe = Recipe::parse(kRecipe, "r.toml");
  for (const char* assignment : {"", "seed", "=3", "a..b=1", ".a=1", "seed.deep=1"}) {
    EXPECT_THROW(recipe.set(assignment), UsageError) << assignment;
  }
  recipe.set("seed=many");
  EXPECT_THAT(message_of<UsageError>([&] { recipe.get("seed", 0); }), AllOf(HasSubstr("--set seed=many"), HasSubstr("'seed'")));
}

TEST(RecipeTest, ChoicesAreListed) {
  Recipe recipe = Recipe::parse("[grpo]\nlevel = \"tokn\"\n", "r.toml");
  EXPECT_THAT(message_of<UsageError>([&] { recipe.choose("grpo.level", "token", {"token", "output"}); }),
              AllOf(HasSubstr("r.toml:2"), HasSubstr("'tokn'"), HasSubstr("token, output")));
  recipe.set("grpo.level=output");
  EXPECT_EQ(recipe.choose("grpo.level", "token", {"token", "output"}), "output");
}

TEST(RecipeTest, PathsThatMustExistNameTheirKey) {
  Recipe recipe = Recipe::parse("[a]\nthere = \"/\"\ngone = \"/no/such/file\"\n", "r.toml");
  EXPECT_EQ(recipe.existing_path("a.there"), "/");
  EXPECT_EQ(recipe.existing_path("a.absent"), "");
  try {
    recipe.existing_path("a.gone");
    FAIL() << "no error";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()), "r.toml:3: 'a.gone' names /no/such/file, which does not exist");
  }
}

TEST(RecipeTest, UnknownKeysSuggestTheNearest) {
  const auto rejected = [](const std::string& toml) {
    Recipe recipe = Recipe::parse(toml, "r.toml");
    recipe.get("train.learning_rate", 1e-3);
    recipe.get("train.batch_tokens", 4096);
    recipe.get("seed", 0);
    return message_of<UsageError>([&] { recipe.reject_unknown(); });
  };
  EXPECT_EQ(rejected("seed = 1\n[train]\nlearning_rate = 1.0\n"), "");
  EXPECT_EQ(rejected("[train]\n"), "");
  EXPECT_THAT(rejected("[train]\nlearning_rte = 1.0"),
              AllOf(HasSubstr("r.toml:2"), HasSubstr("'train.learning_rte'"), HasSubstr("did you mean 'train.learning_rate'?")));
  EXPECT_THAT(rejected("learning_rate = 1.0"), HasSubstr("did you mean 'train.learning_rate'?"));
  EXPECT_THAT(rejected("[training]\nbatch_token = 1"), HasSubstr("did you mean 'train.batch_tokens'?"));
  EXPECT_THAT(rejected("zebra_crossing_width = 1"), AllOf(HasSubstr("known keys are"), HasSubstr("seed"), Not(HasSubstr("did you mean"))));
  EXPECT_THAT(rejected("train = 3"), HasSubstr("is a table of settings"));
  EXPECT_THAT(rejected("[zebra_crossing]"), HasSubstr("unknown key 'zebra_crossing'"));
  // The first in the file, not in the alphabet.
  EXPECT_THAT(rejected("zeed = 1\naeed = 2"), HasSubstr("'zeed'"));
}

TEST(RecipeTest, ResolvedReadsBackAsTheSame) {
  Recipe recipe = Recipe::parse(kRecipe, "r.toml");
  const std::string odd = "a \"quoted\" \\ path\n\tand \x01 control";
  recipe.get("train.learning_rate", 0.0);
  recipe.get("seed", 0);
  recipe.get("model.name", "");
  recipe.get("train.files", std::vector<std::string>{});
  recipe.get("train.odd", odd);
  recipe.get("train.whole", 2.0);
  recipe.get("train.large", 1e22);
  recipe.get("train.infinite", std::numeric_limits<double>::infinity());
  recipe.get("train.schedule.kind", "cosine");
  recipe.get("train.empty", std::vector<double>{});
  const std::string text = recipe.resolved();
  EXPECT_THAT(text, testing::StartsWith("seed = 7\n\n[train]\nlearning_rate = 0.0003\n"));

  Recipe again = Recipe::parse(text, "resolved");
  EXPECT_EQ(again.get("train.learning_rate", 0.0), 3e-4);
  EXPECT_EQ(again.get("seed", 0), 7);
  EXPECT_EQ(again.get("model.name", ""), "tiny");
  EXPECT_EQ(again.get("train.files", std::vector<std::string>{}), (std::vector<std::string>{"a.txt", "b.txt"}));
  EXPECT_EQ(again.get("train.odd", ""), odd);
  EXPECT_EQ(again.get("train.whole", 0.0), 2.0);
  EXPECT_EQ(again.get("train.large", 0.0), 1e22);
  EXPECT_EQ(again.get("train.infinite", 0.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(again.get("train.schedule.kind", ""), "cosine");
  EXPECT_TRUE(again.get("train.empty", std::vector<double>{1.0}).empty());
  EXPECT_NO_THROW(again.reject_unknown());
  EXPECT_EQ(again.resolved(), text);
}

TEST(EditDistanceTest, CountsSlips) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("seed", "sede"), 1u);  // a swap is one slip
  EXPECT_EQ(edit_distance("steps", "step"), 1u);
}

TEST(Recipe, NamesTheTablesInTheOrderOfTheFile) {
  Recipe recipe = Recipe::parse("[sources.web]\npaths = []\n[sources.books]\npaths = []\n[other]\nx = 1\n", "r.toml");
  recipe.set("sources.more.paths=[\"a\"]");
  EXPECT_EQ(recipe.tables("sources"), (std::vector<std::string>{"web", "books", "more"}));
  EXPECT_TRUE(recipe.tables("other").empty());
  EXPECT_TRUE(recipe.tables("absent").empty());
}

}  // namespace
}  // namespace fathom
