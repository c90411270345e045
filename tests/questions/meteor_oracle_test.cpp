// METEOR against nltk's (tests/fixtures/make_generation_metric_oracle.py).
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fathom/base/json.h"
#include "fathom/questions/meteor_knowledge.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

// nltk's function does so itself.
metrics::Words lower_cased(metrics::Words words) {
  for (std::string& word : words) word = text::lower_case(word);
  return words;
}

void expect_as_nltk(const metrics::MeteorKnowledge& knowledge, const char* value) {
  const Json oracle = read_json(std::string(FATHOM_SOURCE_DIR) + "/tests/fixtures/metrics/meteor.json");
  ASSERT_GT(oracle.at("cases").size(), 100U);
  for (const Json& c : oracle.at("cases")) {
    std::vector<metrics::Words> references;
    for (const Json& reference : c.at("references")) references.push_back(lower_cased(reference));
    EXPECT_NEAR(metrics::nltk_meteor(lower_cased(c.at("hypothesis")), references, knowledge), c.at(value).get<double>(), 1e-12) << c;
  }
}

TEST(MeteorOracle, EqualWordsAndStems) { expect_as_nltk(english_meteor_knowledge(nullptr), "exact_stem"); }

TEST(MeteorOracle, SynonymsOfWordNet) {
  if (!std::filesystem::exists(text::WordNet::default_directory)) GTEST_SKIP() << "wordnet-base is not installed";
  expect_as_nltk(english_meteor_knowledge(std::make_shared<const text::WordNet>(text::WordNet::open())), "exact_stem_synonym");
}

}  // namespace
}  // namespace fathom::questions
