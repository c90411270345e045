#include "fathom/vectors/cooccurrence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"

namespace fathom::vectors {
namespace {

constexpr std::int32_t boundary = -1, unknown = -2;

// Where each word stands. Every row of the matrix is then counted on its own: no table of pairs is needed and the order of counting, so
// its rounding, does not depend on threads.
struct Places {
  std::vector<std::int32_t> stream;     // all sentences, a boundary before and behind each
  std::vector<std::int64_t> begins;     // [words + 1]
  std::vector<std::int64_t> positions;  // in the stream, by word

  Places(const SentenceCorpus& corpus, std::int64_t words) : begins(static_cast<std::size_t>(words) + 1, 0) {
    stream.reserve(corpus.tokens.size() + static_cast<std::size_t>(corpus.sentences()) + 1);
    stream.push_back(boundary);
    for (std::int64_t i = 0; i < corpus.sentences(); ++i) {
      for (const std::int32_t token : corpus.sentence(i)) stream.push_back(token < words ? token : unknown);
      stream.push_back(boundary);
    }
    for (const std::int32_t token : stream)
      if (token >= 0) ++begins[static_cast<std::size_t>(token) + 1];
    for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
    positions.resize(static_cast<std::size_t>(begins.back()));
    std::vector<std::int64_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t at = 0; at < stream.size(); ++at)
      if (stream[at] >= 0)
        positions[static_cast<std::size_t>(next[static_cast<std::size_t>(stream[at])]++)] = static_cast<std::int64_t>(at);
  }
};

// The rows of a stretch of words.
struct Rows {
  std::vector<std::int64_t> sizes;
  std::vector<std::int32_t> columns;
  std::vector<float> values;
};

Rows count_rows(const Places& places, std::int64_t first, std::int64_t last, std::int64_t words, int window) {
  Rows rows;
  std::vector<float> counts(static_cast<std::size_t>(words), 0.0F);
  std::vector<std::int32_t> touched;
  for (std::int64_t word = first; word < last; ++word) {
    touched.clear();
    for (std::int64_t i = places.begins[static_cast<std::size_t>(word)]; i < places.begins[static_cast<std::size_t>(word) + 1]; ++i) {
      const std::int32_t* center = places.stream.data() + places.positions[static_cast<std::size_t>(i)];
      for (const std::ptrdiff_t direction : {-1, 1}) {
        for (int distance = 1; distance <= window && center[direction * distance] != boundary; ++distance) {
          const std::int32_t other = center[direction * distance];
          if (other == unknown) continue;
          float& count = counts[static_cast<std::size_t>(other)];
          if (count == 0.0F) touched.push_back(other);
          count += static_cast<float>(window - distance + 1) / static_cast<float>(window);
        }
      }
    }
    std::sort(touched.begin(), touched.end());
    for (const std::int32_t other : touched) {
      rows.columns.push_back(other);
      rows.values.push_back(std::exchange(counts[static_cast<std::size_t>(other)], 0.0F));
    }
    rows.sizes.push_back(static_cast<std::int64_t>(touched.size()));
  }
  return rows;
}

SparseMatrix count_pairs(const SentenceCorpus& corpus, const CooccurrenceOptions& options) {
  const Places places(corpus, options.words);
  constexpr std::int64_t stretch = 64;
  const std::int64_t pieces = (options.words + stretch - 1) / stretch;
  std::vector<Rows> found(static_cast<std::size_t>(pieces));
  for_each_piece(pieces, options.threads, [&](std::int64_t piece) {
    found[static_cast<std::size_t>(piece)] =
        count_rows(places, piece * stretch, std::min((piece + 1) * stretch, options.words), options.words, options.window);
  });
  SparseMatrix counts;
  for (Rows& rows : found) {
    for (const std::int64_t size : rows.sizes) counts.begins.push_back(counts.begins.back() + size);
    counts.columns.insert(counts.columns.end(), rows.columns.begin(), rows.columns.end());
    counts.values.insert(counts.values.end(), rows.values.begin(), rows.values.end());
    rows = Rows();
  }
  return counts;
}

}  // namespace

SparseMatrix positive_mutual_information(const SentenceCorpus& corpus, const CooccurrenceOptions& options) {
  require(options.words >= 1 && options.words <= static_cast<std::int64_t>(corpus.words.size()),
          "co-occurrences of {} words are asked for, but the text has {}", options.words, corpus.words.size());
  require(options.window >= 1, "a window of at least one word is expected, got {}", options.window);
  SparseMatrix matrix = count_pairs(corpus, options);
  const auto size = static_cast<std::size_t>(matrix.size());
  std::vector<double> logs(size, 0.0);
  double smoothed_total = 0.0;
  for (std::size_t row = 0; row < size; ++row) {
    double sum = 0.0;
    for (std::int64_t i = matrix.begins[row]; i < matrix.begins[row + 1]; ++i)
      sum += static_cast<double>(matrix.values[static_cast<std::size_t>(i)]);
    logs[row] = sum > 0 ? std::log(sum) : 0.0;
    if (sum > 0) smoothed_total += std::pow(sum, options.context_smoothing);
  }
  // log n(a,b) - log n(a) - α log n(b) + log Σ n^α, averaged over the two directions.
  const double exponent = (1.0 + options.context_smoothing) / 2.0, constant = std::log(std::max(smoothed_total, 1e-300)) - options.shift;
  std::size_t kept = 0;
  for (std::size_t row = 0; row < size; ++row) {
    const std::int64_t begin = matrix.begins[row], end = matrix.begins[row + 1];
    matrix.begins[row] = static_cast<std::int64_t>(kept);
    for (std::int64_t i = begin; i < end; ++i) {
      const auto index = static_cast<std::size_t>(i);
      const std::int32_t column = matrix.columns[index];
      const double value =
          std::log(static_cast<double>(matrix.values[index])) - exponent * (logs[row] + logs[static_cast<std::size_t>(column)]) + constant;
      if (value <= 0.0) continue;
      matrix.columns[kept] = column;
      matrix.values[kept++] = static_cast<float>(value);
    }
  }
  matrix.begins[size] = static_cast<std::int64_t>(kept);
  matrix.columns.resize(kept);
  matrix.values.resize(kept);
  return matrix;
}

}  // namespace fathom::vectors
