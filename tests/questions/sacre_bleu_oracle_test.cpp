// BLEU of texts against sacrebleu's (tests/fixtures/make_sacrebleu_oracle.py).
#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/metrics/bleu.h"
#include "fathom/text/mteval_words.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

Json oracle() { return read_json(std::string(FATHOM_SOURCE_DIR) + "/tests/fixtures/metrics/sacrebleu.json"); }

TEST(SacreBleuOracle, WordsAsMteval13aCutsThem) {
  const Json cases = oracle().at("words");
  ASSERT_GT(cases.size(), 200U);
  for (const Json& c : cases) EXPECT_EQ(text::mteval_words(c[0].get<std::string>()), c[1].get<std::vector<std::string>>()) << c[0];
}

TEST(SacreBleuOracle, CorporaAndSentences) {
  const Json cases = oracle().at("corpora");
  ASSERT_GT(cases.size(), 20U);
  std::unordered_map<std::string, std::int64_t> numbers;
  for (const Json& c : cases) {
    const auto words_of = [&](const std::string& line) {
      metrics::WordNumbers words;
      for (const std::string& word : text::mteval_words(c.at("lower_case").get<bool>() ? text::lower_case(line) : line)) {
        words.push_back(numbers.try_emplace(word, static_cast<std::int64_t>(numbers.size())).first->second);
      }
      return words;
    };
    metrics::BleuCounts corpus;
    for (std::size_t i = 0; i < c.at("hypotheses").size(); ++i) {
      std::vector<metrics::WordNumbers> references;
      for (const Json& reference : c.at("references")[i]) references.push_back(words_of(reference));
      const metrics::BleuCounts counts = metrics::bleu_counts(words_of(c.at("hypotheses")[i]), references);
      EXPECT_NEAR(100.0 * sacre_bleu(counts, /*effective_order=*/true), c.at("sentences")[i].get<double>(), 1e-9) << c.at("hypotheses")[i];
      corpus += counts;
    }
    EXPECT_NEAR(100.0 * sacre_bleu(corpus), c.at("bleu").get<double>(), 1e-9) << c.at("hypotheses");
  }
}

}  // namespace
}  // namespace fathom::questions
