#include "fathom/faq/lexical_baselines.h"

#include <cmath>
#include <map>

namespace fathom::faq {
namespace {

constexpr double least_word_similarity = 0.1;

using Bag = std::map<std::uint32_t, double>;  // word → tf · idf

Bag bag_of(const QuestionMatcher& matcher, const Question& question) {
  Bag bag;
  for (const std::uint32_t at : question.content) bag[question.words[at]] += matcher.idf(question.words[at]);
  return bag;
}

double product(const Bag& a, const Bag& b) {
  double sum = 0.0;
  for (const auto& [word, weight] : a) {
    const auto found = b.find(word);
    if (found != b.end()) sum += weight * found->second;
  }
  return sum;
}

double soft_product(const QuestionMatcher& matcher, const Bag& a, const Bag& b) {
  double sum = 0.0;
  for (const auto& [word, weight] : a) {
    for (const auto& [other, other_weight] : b) {
      const double cosine = matcher.word_similarity(word, other), similarity = cosine > 0.0 ? cosine * cosine : 0.0;
      if (similarity >= least_word_similarity) sum += weight * other_weight * similarity;
    }
  }
  return sum;
}

double cosine(double ab, double aa, double bb) { return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0; }

}  // namespace

double tfidf_cosine(const QuestionMatcher& matcher, const Question& a, const Question& b) {
  const Bag x = bag_of(matcher, a), y = bag_of(matcher, b);
  return cosine(product(x, y), product(x, x), product(y, y));
}

double soft_cosine(const QuestionMatcher& matcher, const Question& a, const Question& b) {
  const Bag x = bag_of(matcher, a), y = bag_of(matcher, b);
  return cosine(soft_product(matcher, x, y), soft_product(matcher, x, x), soft_product(matcher, y, y));
}

}  // namespace fathom::faq
