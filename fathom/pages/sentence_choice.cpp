#include "fathom/pages/sentence_choice.h"

#include <algorithm>

namespace fathom::pages {
namespace {

// The choice takes time by the square of the sentences; of more, the first half of these and an even spread of the rest are looked at.
constexpr std::size_t most_candidates = 256;

std::vector<std::size_t> candidates_of(const std::vector<std::vector<float>>& vectors) {
  std::vector<std::size_t> with_vector;
  for (std::size_t i = 0; i < vectors.size(); ++i)
    if (!vectors[i].empty()) with_vector.push_back(i);
  if (with_vector.size() <= most_candidates) return with_vector;
  constexpr std::size_t first = most_candidates / 2;
  std::vector<std::size_t> spread(with_vector.begin(), with_vector.begin() + first);
  const std::size_t rest = with_vector.size() - first;
  for (std::size_t i = 0; i < most_candidates - first; ++i) spread.push_back(with_vector[first + i * rest / (most_candidates - first)]);
  return spread;
}

float dot(const std::vector<float>& a, const std::vector<float>& b) {
  float sum = 0.0f;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

std::vector<std::size_t> choose_sentences(const std::vector<std::vector<float>>& vectors, std::int64_t most, double lead_weight) {
  const std::vector<std::size_t> candidates = candidates_of(vectors);
  const std::size_t count = candidates.size();
  std::vector<float> similarity(count * count);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = i; j < count; ++j)
      similarity[i * count + j] = similarity[j * count + i] = dot(vectors[candidates[i]], vectors[candidates[j]]);
  std::vector<float> covered(count, -1.0f);
  std::vector<std::uint8_t> taken(count, 0);
  std::vector<std::size_t> chosen;
  while (static_cast<std::int64_t>(chosen.size()) < most && chosen.size() < count) {
    std::size_t best = count;
    double best_gain = -1.0;
    for (std::size_t j = 0; j < count; ++j) {
      if (taken[j] != 0) continue;
      double gain = 0.0;
      for (std::size_t i = 0; i < count; ++i)
        gain += (i == 0 ? lead_weight : 1.0) * static_cast<double>(std::max(0.0f, similarity[j * count + i] - covered[i]));
      if (gain > best_gain) {
        best_gain = gain;
        best = j;
      }
    }
    taken[best] = 1;
    chosen.push_back(candidates[best]);
    for (std::size_t i = 0; i < count; ++i) covered[i] = std::max(covered[i], similarity[best * count + i]);
  }
  return chosen;
}

}  // namespace fathom::pages
