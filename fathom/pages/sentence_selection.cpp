#include "fathom/pages/sentence_selection.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/pages/dense.h"

namespace fathom::pages {
namespace {

// The most probable `most` sentences, equal ones in the page's order.
std::vector<std::int64_t> most_probable(const float* logits, std::int64_t count, std::int64_t most) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](std::int64_t a, std::int64_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; };
  const auto kept = static_cast<std::ptrdiff_t>(std::min(count, most));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), before);
  order.resize(static_cast<std::size_t>(kept));
  return order;
}

}  // namespace

std::vector<float> softmax(const float* logits, std::int64_t count) {
  std::vector<float> values(logits, logits + count);
  const float most = count > 0 ? *std::max_element(values.begin(), values.end()) : 0.0F;
  float sum = 0;
  for (float& value : values) sum += value = std::exp(value - most);
  for (float& value : values) value /= sum;
  return values;
}

std::vector<std::int64_t> select_sentences(const float* vectors, const float* click_logits, std::int64_t count, std::int64_t width,
                                           std::int64_t most, Selection selection) {
  if (selection == Selection::top) return most_probable(click_logits, count, most);
  std::vector<std::int64_t> candidates = most_probable(click_logits, count, most_candidates);
  std::sort(candidates.begin(), candidates.end());
  const std::size_t n = candidates.size();
  std::vector<float> logits(n);
  std::vector<float> rows(n * static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < n; ++i) {
    logits[i] = click_logits[candidates[i]];
    std::copy_n(vectors + candidates[i] * width, width, rows.begin() + static_cast<std::ptrdiff_t>(i) * width);
  }
  const std::vector<float> weight = softmax(logits.data(), static_cast<std::int64_t>(n));
  const Products similarity = products(rows.data(), static_cast<std::int64_t>(n), rows.data(), static_cast<std::int64_t>(n), width);
  std::vector<float> covered(n, 0.0F);
  std::vector<bool> taken(n, false);
  std::vector<std::int64_t> chosen;
  std::vector<float> gains(n);
  while (chosen.size() < std::min(n, static_cast<std::size_t>(most))) {
    // Similarity is symmetric: going along j's row, the compiler adds to several gains at once.
    std::fill(gains.begin(), gains.end(), 0.0F);
    for (std::size_t j = 0; j < n; ++j) {
      const float* row = similarity.row(static_cast<std::int64_t>(j));
      for (std::size_t i = 0; i < n; ++i) gains[i] += weight[j] * std::max(0.0F, row[i] - covered[j]);
    }
    std::size_t best = n;
    for (std::size_t i = 0; i < n; ++i)
      if (!taken[i] && (best == n || gains[i] > gains[best])) best = i;
    taken[best] = true;
    chosen.push_back(candidates[best]);
    const float* row = similarity.row(static_cast<std::int64_t>(best));
    for (std::size_t j = 0; j < n; ++j) covered[j] = std::max(covered[j], row[j]);
  }
  return chosen;
}

}  // namespace fathom::pages
