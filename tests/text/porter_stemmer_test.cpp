// The stemmer against nltk's (tests/fixtures/make_generation_metric_oracle.py).
#include "fathom/text/porter_stemmer.h"

#include <gtest/gtest.h>

#include <string>

#include "fathom/base/json.h"

namespace fathom::text {
namespace {

TEST(PorterStemmer, AsNltk) {
  const Json oracle = read_json(std::string(FATHOM_SOURCE_DIR) + "/tests/fixtures/metrics/porter.json");
  ASSERT_GT(oracle.at("cases").size(), 2000U);
  for (const Json& pair : oracle.at("cases")) EXPECT_EQ(porter_stem(pair[0].get<std::string>()), pair[1]) << pair[0];
}

TEST(PorterStemmer, ExamplesOfThePaper) {
  EXPECT_EQ(porter_stem("generalizations"), "gener");
  EXPECT_EQ(porter_stem("oscillators"), "oscil");
  EXPECT_EQ(porter_stem("caresses"), "caress");
  EXPECT_EQ(porter_stem("hopping"), "hop");
  EXPECT_EQ(porter_stem("controll"), "control");
  EXPECT_EQ(porter_stem(""), "");
  EXPECT_EQ(porter_stem("\xFF\xFE\xFFs"), "\xFF\xFE\xFF");
}

}  // namespace
}  // namespace fathom::text
