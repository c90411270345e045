#include "fathom/pages/sentence_selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/pages/dense.h"

namespace fathom::pages {
namespace {

using testing::ElementsAre;

TEST(SentenceSelection, TopTakesTheMostProbableInOrder) {
  const std::vector<float> vectors(5 * 8, 0.0F), logits = {0.1F, 2.0F, -1.0F, 2.0F, 1.0F};
  EXPECT_THAT(select_sentences(vectors.data(), logits.data(), 5, 8, 3, Selection::top), ElementsAre(1, 3, 4));
  EXPECT_THAT(select_sentences(vectors.data(), logits.data(), 5, 8, 16, Selection::top), ElementsAre(1, 3, 4, 0, 2));
}

// Two groups of equal sentences: coverage takes one of each before it takes a second of the likelier group.
TEST(SentenceSelection, CoverageTakesSentencesThatSayDifferentThings) {
  std::vector<float> vectors(5 * 8, 0.0F);
  for (const int i : {0, 1, 2}) vectors[static_cast<std::size_t>(i * 8)] = 1.0F;
  for (const int i : {3, 4}) vectors[static_cast<std::size_t>(i * 8 + 1)] = 1.0F;
  const std::vector<float> logits = {0.0F, 0.5F, 0.0F, 0.0F, 0.0F};
  const auto chosen = select_sentences(vectors.data(), logits.data(), 5, 8, 2, Selection::coverage);
  EXPECT_THAT(chosen, ElementsAre(0, 3));
}

TEST(SentenceSelection, CoverageFollowsTheClickProbabilities) {
  std::vector<float> vectors(3 * 8, 0.0F);
  for (const int i : {0, 1, 2}) vectors[static_cast<std::size_t>(i * 8 + i)] = 1.0F;
  const std::vector<float> logits = {0.0F, 3.0F, 1.0F};
  EXPECT_THAT(select_sentences(vectors.data(), logits.data(), 3, 8, 16, Selection::coverage), ElementsAre(1, 2, 0));
}

TEST(SentenceSelection, TakesNoSentenceTwiceOfLongPages) {
  Rng rng(1);
  constexpr std::int64_t count = 700, width = 16;
  std::vector<float> vectors(static_cast<std::size_t>(count * width)), logits(static_cast<std::size_t>(count));
  for (float& value : vectors) value = static_cast<float>(rng.normal());
  for (float& value : logits) value = static_cast<float>(rng.normal());
  for (std::int64_t i = 0; i < count; ++i) set_length(vectors.data() + i * width, width, 1.0F);
  const auto chosen = select_sentences(vectors.data(), logits.data(), count, width, 16, Selection::coverage);
  EXPECT_EQ(chosen.size(), 16U);
  EXPECT_EQ(std::set<std::int64_t>(chosen.begin(), chosen.end()).size(), 16U);
}

TEST(Dense, ProductsAndLinearAreWhatPlainLoopsGive) {
  Rng rng(2);
  constexpr std::int64_t n = 3, m = 5, width = 11;
  std::vector<float> a(n * width), b(m * width), bias(m);
  for (auto* values : {&a, &b, &bias})
    for (float& value : *values) value = static_cast<float>(rng.normal());
  const Products found = products(a.data(), n, b.data(), m, width);
  const std::vector<float> mapped = Linear(b, bias, m, width).apply(a.data(), n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < m; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < width; ++k)
        sum += static_cast<double>(a[static_cast<std::size_t>(i * width + k)]) * b[static_cast<std::size_t>(j * width + k)];
      EXPECT_NEAR(found.row(i)[j], sum, 1e-5);
      EXPECT_NEAR(mapped[static_cast<std::size_t>(i * m + j)], sum + bias[static_cast<std::size_t>(j)], 1e-5);
    }
  }
}

TEST(Dense, LayerNormAndGelu) {
  LayerNorm norm{{2.0F, 2.0F}, {1.0F, 1.0F}};
  std::vector<float> x = {3.0F, 5.0F};
  norm.apply(x.data(), 1);
  EXPECT_NEAR(x[0], -1.0F, 1e-3);
  EXPECT_NEAR(x[1], 3.0F, 1e-3);
  std::vector<float> y = {0.0F, 1.0F, -1.0F};
  gelu(y);
  EXPECT_NEAR(y[1], 0.8413447F, 1e-5);  // Φ(1)
  EXPECT_NEAR(y[2], -0.1586553F, 1e-5);
}

}  // namespace
}  // namespace fathom::pages
