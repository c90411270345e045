#include "fathom/text/pre_tokenizer_recipes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

using testing::HasSubstr;

// What the vocabularies of make_bpe_trainer_oracle.py were trained with.
TEST(PreTokenizerRecipes, AreThoseOfTheOracles) {
  const Json oracles = read_json(std::filesystem::path(FATHOM_SOURCE_DIR) / "tests/fixtures/bpe_trainer/pre_tokenizers.json");
  ASSERT_EQ(oracles.size(), pre_tokenizer_names().size());
  for (const std::string& name : pre_tokenizer_names()) EXPECT_EQ(pre_tokenizer_recipe(name), oracles.at(name)) << name;
}

TEST(PreTokenizerRecipes, AreThoseOfThePublishedFiles) {
  const std::pair<const char*, const char*> published[] = {{"gpt2", "gpt-2"},
                                                           {"deepseek-llm", "deepseek-llm"},
                                                           {"deepseek-coder", "deepseek-coder"},
                                                           {"deepseek-v3", "deepseek-v3-style"},
                                                           {"llama3", "llama-3"},
                                                           {"qwen2", "qwen2"}};
  for (const auto& [name, folder] : published) {
    const auto file = shared_folder() / "fixtures" / "tokenizer" / folder / "tokenizer.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "there is no " << file;
    EXPECT_EQ(pre_tokenizer_recipe(name), read_json(file).at("pre_tokenizer")) << name;
  }
}

TEST(PreTokenizerRecipes, AnUnknownNameIsAUsageError) {
  const std::string message = message_of<UsageError>([] { pre_tokenizer_recipe("gpt3"); });
  EXPECT_THAT(message, HasSubstr("'gpt3'"));
  EXPECT_THAT(message, HasSubstr("deepseek-v3"));
}

}  // namespace
}  // namespace fathom::text
