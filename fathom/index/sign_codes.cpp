#include "fathom/index/sign_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace fathom::index {
namespace {

constexpr std::int64_t dimensions = 4;  // that a table stands for
constexpr std::int64_t table_entries = 16;
constexpr std::int64_t groups_at_once = 4;  // tables in the widest registers

std::int64_t groups_of(std::int64_t width) {
  return (width + dimensions * groups_at_once - 1) / (dimensions * groups_at_once) * groups_at_once;
}

}  // namespace

std::int64_t sign_block_bytes(std::int64_t width) { return groups_of(width) * table_entries; }

void pack_signs(const float* vectors, std::int64_t count, std::int64_t width, std::uint8_t* block, float* factors, float* errors) {
  std::fill_n(block, sign_block_bytes(width), std::uint8_t{0});
  std::fill_n(factors, sign_block, 0.0f);
  std::fill_n(errors, sign_block, -std::numeric_limits<float>::infinity());
  for (std::int64_t i = 0; i < count; ++i) {
    const float* vector = vectors + i * width;
    double squares = 0.0, sum = 0.0;
    for (std::int64_t j = 0; j < width; ++j) {
      squares += static_cast<double>(vector[j]) * vector[j];
      sum += std::abs(vector[j]);
      if (vector[j] < 0.0f) continue;
      // Vectors 0 to 15 of the block have the low halves of a table's 16 bytes, vectors 16 to 31 the high ones.
      block[j / dimensions * table_entries + i % 16] |= static_cast<std::uint8_t>(1 << (j % dimensions + (i < 16 ? 0 : 4)));
    }
    errors[i] = 0.0f;
    if (sum == 0.0) continue;
    // alpha: the cosine of the vector with its signs; what is left of a length 1 points anywhere.
    const double alpha_squared = std::min(1.0, sum * sum / (static_cast<double>(width) * squares));
    factors[i] = static_cast<float>(squares / sum);
    errors[i] = static_cast<float>(
        std::sqrt(squares * (1.0 - alpha_squared) / alpha_squared / static_cast<double>(std::max<std::int64_t>(1, width - 1))));
  }
}

SignQuery::SignQuery(std::span<const float> query) {
  const auto width = static_cast<std::int64_t>(query.size());
  const std::int64_t groups = groups_of(width);
  tables.assign(static_cast<std::size_t>(groups * table_entries), 0);
  // Of a group, entries lie between -Σ|q| and Σ|q|; the widest group fills 8 bits.
  float widest = 0.0f;
  double squares = 0.0, lowest = 0.0;
  for (std::int64_t g = 0; g * dimensions < width; ++g) {
    float reach = 0.0f;
    for (std::int64_t j = g * dimensions; j < std::min(width, (g + 1) * dimensions); ++j) {
      const float value = query[static_cast<std::size_t>(j)];
      reach += std::abs(value);
      squares += static_cast<double>(value) * value;
    }
    widest = std::max(widest, reach);
    lowest -= reach;
  }
  norm = static_cast<float>(std::sqrt(squares));
  base = static_cast<float>(lowest);
  if (widest == 0.0f) return;
  // Nor may a sum of all groups leave 16 bits, their rounding up included.
  step = std::max(2.0f * widest / 255.0f, static_cast<float>(-2.0 * lowest) / static_cast<float>(65'000 - groups));
  for (std::int64_t g = 0; g * dimensions < width; ++g) {
    float values[dimensions] = {};
    float reach = 0.0f;
    for (std::int64_t j = 0; j < dimensions && g * dimensions + j < width; ++j) {
      values[j] = query[static_cast<std::size_t>(g * dimensions + j)];
      reach += std::abs(values[j]);
    }
    for (std::int64_t entry = 0; entry < table_entries; ++entry) {
      float sum = reach;
      for (std::int64_t j = 0; j < dimensions; ++j) sum += (entry >> j & 1) != 0 ? values[j] : -values[j];
      tables[static_cast<std::size_t>(g * table_entries + entry)] = static_cast<std::uint8_t>(std::min(255.0f, sum / step + 0.5f));
    }
  }
}

std::uint32_t sign_scan_reference(const SignQuery& query, const std::uint8_t* block, const float* factors, const float* errors,
                                  float offset, float sureness, float threshold, float* bounds) {
  const auto groups = static_cast<std::int64_t>(query.tables.size()) / table_entries;
  std::uint32_t found = 0;
  for (std::int64_t i = 0; i < sign_block; ++i) {
    std::int32_t sum = 0;
    for (std::int64_t g = 0; g < groups; ++g)
      sum += query.tables[static_cast<std::size_t>(g * table_entries + (block[g * table_entries + i % 16] >> (i < 16 ? 0 : 4) & 15))];
    const float product = query.step * static_cast<float>(sum) + query.base;
    bounds[i] = offset + factors[i] * product + sureness * query.norm * errors[i];
    if (bounds[i] > threshold) found |= std::uint32_t{1} << i;
  }
  return found;
}

}  // namespace fathom::index
