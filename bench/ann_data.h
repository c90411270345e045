// The vectors that approximate indexes are compared on, and what the exact nearest ones are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fathom::bench {

struct AnnData {
  std::string name;
  std::int64_t rows = 0, queries = 0, width = 0;
  std::vector<float> vectors;         // [rows, width], of length 1
  std::vector<float> query_vectors;   // [queries, width], of length 1
  std::vector<std::int64_t> nearest;  // [queries, 10], rows with the largest inner product, best first
};

constexpr std::int64_t neighbours = 10;

// Vectors of the pages of an index directory, each with noise of `noise` times its length (so that none is exactly what 8 bits can hold),
// repeated with other noise when there are fewer than `rows`; queries: lines of a file by the index's own encoder.
AnnData sentence_data(const std::string& index, const std::string& query_file, std::int64_t rows, std::int64_t queries, double noise);
// Each value uniform in [-0.5, 0.5), queries too.
AnnData uniform_data(std::int64_t rows, std::int64_t queries, std::int64_t width);

// Of 10 rows found for each query [queries, 10], the share that are among the nearest.
double recall_of(const AnnData& data, const std::vector<std::int64_t>& found);

}  // namespace fathom::bench
