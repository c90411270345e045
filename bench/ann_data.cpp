#include "ann_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/base/rng.h"
#include "fathom/index/page_database.h"
#include "fathom/index/vector_segment.h"
#include "fathom/pages/load_page_encoder.h"

namespace fathom::bench {
namespace {

void to_unit_length(float* row, std::int64_t width) {
  double squares = 0.0;
  for (std::int64_t j = 0; j < width; ++j) squares += static_cast<double>(row[j]) * row[j];
  if (squares == 0.0) row[0] = 1.0f;
  const auto scale = squares == 0.0 ? 1.0f : static_cast<float>(1.0 / std::sqrt(squares));
  for (std::int64_t j = 0; j < width; ++j) row[j] *= scale;
}

float dot(const float* a, const float* b, std::int64_t width) {
  float sums[16] = {};
  std::int64_t j = 0;
  for (; j + 16 <= width; j += 16)
    for (std::int64_t lane = 0; lane < 16; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  float sum = std::accumulate(sums, sums + 16, 0.0f);
  for (; j < width; ++j) sum += a[j] * b[j];
  return sum;
}

void find_nearest(AnnData& data) {
  data.nearest.resize(static_cast<std::size_t>(data.queries * neighbours));
  constexpr std::int64_t queries_at_once = 8;  // a row read from memory is compared with so many
  for_each_piece((data.queries + queries_at_once - 1) / queries_at_once, 0, [&](std::int64_t piece) {
    const std::int64_t begin = piece * queries_at_once, end = std::min(data.queries, begin + queries_at_once);
    std::vector<index::BestPages> best(static_cast<std::size_t>(end - begin), index::BestPages(neighbours));
    for (std::int64_t row = 0; row < data.rows; ++row)
      for (std::int64_t q = begin; q < end; ++q)
        best[static_cast<std::size_t>(q - begin)].offer(
            {row, dot(data.vectors.data() + row * data.width, data.query_vectors.data() + q * data.width, data.width), 0});
    for (std::int64_t q = begin; q < end; ++q) {
      const auto hits = best[static_cast<std::size_t>(q - begin)].take();
      for (std::size_t i = 0; i < hits.size(); ++i) data.nearest[static_cast<std::size_t>(q * neighbours) + i] = hits[i].page;
    }
  });
}

}  // namespace

AnnData sentence_data(const std::string& index, const std::string& query_file, std::int64_t rows, std::int64_t queries, double noise) {
  const index::Database database = index::open_page_database(index, index::Database::Access::read);
  const index::PageIndexState state = index::read_state(database);
  AnnData data{fmt::format("sentence vectors with noise {}", noise), rows, 0, state.width, {}, {}, {}};
  const auto width = static_cast<std::size_t>(state.width);
  std::vector<std::unique_ptr<index::VectorSegment>> segments;
  for (const index::SegmentRow& row : index::read_segments(database))
    segments.push_back(std::make_unique<index::VectorSegment>(index::segment_path(index, row.name), state.width, ""));
  require(!segments.empty(), "{}: the index has no vectors", index);
  Rng rng(1);
  data.vectors.reserve(static_cast<std::size_t>(rows) * width);
  std::vector<float> vector(width);
  while (static_cast<std::int64_t>(data.vectors.size() / width) < rows) {
    for (const auto& segment : segments) {
      for (std::int64_t row = 0; row < segment->rows() && static_cast<std::int64_t>(data.vectors.size() / width) < rows; ++row) {
        for (std::size_t j = 0; j < width; ++j) vector[j] = static_cast<float>(segment->codes(row)[j]) * segment->scale(row);
        to_unit_length(vector.data(), data.width);
        const double each = noise / std::sqrt(static_cast<double>(width));
        for (float& value : vector) value += static_cast<float>(each * rng.normal());
        to_unit_length(vector.data(), data.width);
        data.vectors.insert(data.vectors.end(), vector.begin(), vector.end());
      }
    }
  }
  const auto encoder = pages::load_page_encoder(std::filesystem::path(index) / state.encoder);
  std::ifstream file(query_file);
  require(file.is_open(), "{}: cannot be read; a query a line is expected", query_file);
  for (std::string line; data.queries < queries && std::getline(file, line);) {
    vector = encoder->encode_query(line);
    if (std::all_of(vector.begin(), vector.end(), [](float value) { return value == 0.0f; })) continue;
    to_unit_length(vector.data(), data.width);
    data.query_vectors.insert(data.query_vectors.end(), vector.begin(), vector.end());
    ++data.queries;
  }
  find_nearest(data);
  return data;
}

AnnData uniform_data(std::int64_t rows, std::int64_t queries, std::int64_t width) {
  AnnData data{"uniform vectors", rows, queries, width, {}, {}, {}};
  Rng rng(1);
  for (auto [values, count] : {std::pair(&data.vectors, rows), std::pair(&data.query_vectors, queries)}) {
    values->resize(static_cast<std::size_t>(count * width));
    for (float& value : *values) value = static_cast<float>(rng.uniform() - 0.5);
    for (std::int64_t i = 0; i < count; ++i) to_unit_length(values->data() + i * width, width);
  }
  find_nearest(data);
  return data;
}

double recall_of(const AnnData& data, const std::vector<std::int64_t>& found) {
  std::int64_t right = 0;
  for (std::int64_t q = 0; q < data.queries; ++q) {
    const auto begin = data.nearest.begin() + q * neighbours;
    for (std::int64_t i = 0; i < neighbours; ++i)
      right += std::find(begin, begin + neighbours, found[static_cast<std::size_t>(q * neighbours + i)]) != begin + neighbours ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(data.queries * neighbours);
}

}  // namespace fathom::bench
