// METEOR against nltk's (tests/fixtures/make_generation_metric_oracle.py).
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fathom/base/json.h"
#include "fathom/questions/meteor_knowledge.h"

namespace fathom::questions {
namespace {

void expect_as_nltk(const metrics::MeteorKnowledge& knowledge, const char* value) {
  const Json oracle = read_json(std::string(FATHOM_SOURCE_DIR) + "/tests/fixtures/metrics/meteor.json");
  ASSERT_GT(oracle.at("cases").size(), 100U);
  for (const Json& c : oracle.at("cases")) {
    const auto references = c.at("references").get<std::vector<metrics::Words>>();
    EXPECT_NEAR(metrics::nltk_meteor(c.at("hypothesis"), references, knowledge), c.at(value).get<double>(), 1e-12) << c;
  }
}

TEST(MeteorOracle, EqualWordsAndStems) { expect_as_nltk(english_meteor_knowledge(nullptr), "exact_stem"); }

TEST(MeteorOracle, SynonymsOfWordNet) {
  if (!std::filesystem::exists(text::WordNet::default_directory)) GTEST_SKIP() << "wordnet-base is not installed";
  expect_as_nltk(english_meteor_knowledge(std::make_shared<const text::WordNet>(text::WordNet::open())), "exact_stem_synonym");
}

}  // namespace
}  // namespace fathom::questions
