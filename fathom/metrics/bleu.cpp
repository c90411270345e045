#include "fathom/metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

using NGrams = std::map<std::span<const std::int64_t>, std::int64_t,
                        decltype([](auto a, auto b) { return std::ranges::lexicographical_compare(a, b); })>;

NGrams n_grams(const WordNumbers& words, std::size_t n) {
  NGrams counts;
  for (std::size_t i = 0; i + n <= words.size(); ++i) ++counts[std::span(words).subspan(i, n)];
  return counts;
}

// exp(1 − r/c) for hypotheses that are shorter than their references.
double brevity_penalty(double length, double reference_length) {
  return length < reference_length ? std::exp(1.0 - reference_length / length) : 1.0;
}

}  // namespace

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (std::size_t n = 0; n < orders; ++n) {
    matched[n] += other.matched[n];
    all[n] += other.all[n];
  }
  length += other.length;
  reference_length += other.reference_length;
  return *this;
}

BleuCounts bleu_counts(const WordNumbers& hypothesis, std::span<const WordNumbers> references) {
  require(!references.empty(), "BLEU needs at least one reference");
  BleuCounts counts;
  counts.length = static_cast<std::int64_t>(hypothesis.size());
  for (std::size_t n = 1; n <= BleuCounts::orders; ++n) {
    NGrams most;
    for (const WordNumbers& reference : references) {
      for (const auto& [gram, count] : n_grams(reference, n)) {
        std::int64_t& known = most[gram];
        known = std::max(known, count);
      }
    }
    for (const auto& [gram, count] : n_grams(hypothesis, n)) {
      counts.all[n - 1] += count;
      if (const auto found = most.find(gram); found != most.end()) counts.matched[n - 1] += std::min(count, found->second);
    }
  }
  const auto distance = [&](std::int64_t length) { return std::abs(length - counts.length); };
  counts.reference_length = static_cast<std::int64_t>(references.front().size());
  for (const WordNumbers& reference : references) {
    const auto length = static_cast<std::int64_t>(reference.size());
    const std::int64_t gain = distance(counts.reference_length) - distance(length);
    if (gain > 0 || (gain == 0 && length < counts.reference_length)) counts.reference_length = length;
  }
  return counts;
}

double bleu(const BleuCounts& counts) {
  double logs = 0.0;
  for (std::size_t n = 0; n < BleuCounts::orders; ++n) {
    if (counts.matched[n] == 0) return 0.0;
    logs += std::log(static_cast<double>(counts.matched[n]) / static_cast<double>(counts.all[n])) / BleuCounts::orders;
  }
  return std::exp(logs) * brevity_penalty(static_cast<double>(counts.length), static_cast<double>(counts.reference_length));
}

std::array<double, BleuCounts::orders> coco_bleu(const BleuCounts& counts) {
  constexpr double tiny = 1e-15, small = 1e-9;
  const double penalty = brevity_penalty(static_cast<double>(counts.length) + tiny, static_cast<double>(counts.reference_length) + small);
  std::array<double, BleuCounts::orders> scores{};
  double product = 1.0;
  for (std::size_t n = 0; n < BleuCounts::orders; ++n) {
    product *= (static_cast<double>(counts.matched[n]) + tiny) / (static_cast<double>(counts.all[n]) + small);
    scores[n] = std::pow(product, 1.0 / static_cast<double>(n + 1)) * penalty;
  }
  return scores;
}

double sacre_bleu(const BleuCounts& counts, bool effective_order) {
  if (std::ranges::all_of(counts.matched, [](std::int64_t matched) { return matched == 0; })) return 0.0;
  double logs = 0.0, halvings = 1.0;
  std::size_t order = 0;
  for (; order < BleuCounts::orders && counts.all[order] > 0; ++order) {
    double matched = static_cast<double>(counts.matched[order]);
    if (counts.matched[order] == 0) matched = 1.0 / (halvings *= 2.0);
    logs += std::log(matched / static_cast<double>(counts.all[order]));
  }
  if (order < BleuCounts::orders && !effective_order) return 0.0;
  return std::exp(logs / static_cast<double>(order)) *
         brevity_penalty(static_cast<double>(counts.length), static_cast<double>(counts.reference_length));
}

double corpus_bleu(std::span<const WordNumbers> hypotheses, std::span<const WordNumbers> references) {
  require(hypotheses.size() == references.size() && !references.empty(), "BLEU needs a reference for each of {} sentences, got {}",
          hypotheses.size(), references.size());
  BleuCounts counts;
  for (std::size_t i = 0; i < references.size(); ++i) counts += bleu_counts(hypotheses[i], references.subspan(i, 1));
  return bleu(counts);
}

}  // namespace fathom::metrics
