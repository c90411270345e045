#include "fathom/index/cell_training.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/parallel.h"
#include "fathom/base/rng.h"

namespace fathom::index {
namespace {

constexpr float sureness = 2.5f;  // standard deviations of an estimate within which a centre may be the nearest
constexpr std::int64_t vectors_a_piece = 1024;

float dot(const float* a, const float* b, std::int64_t width) {
  float sums[8] = {};
  std::int64_t j = 0;
  for (; j + 8 <= width; j += 8)
    for (std::int64_t lane = 0; lane < 8; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  float sum = 0.0f;
  for (; j < width; ++j) sum += a[j] * b[j];
  for (const float part : sums) sum += part;
  return sum;
}

// Divides rows by their length; zero rows stay.
void to_unit_length(std::vector<float>& rows, std::int64_t width) {
  for (auto row = rows.begin(); row != rows.end(); row += width) {
    const float length = std::sqrt(dot(&*row, &*row, width));
    if (length > 0.0f)
      for (std::int64_t j = 0; j < width; ++j) row[j] /= length;
  }
}

}  // namespace

CellCentres::CellCentres(std::vector<float> centres, std::int64_t width)
    : centres_(std::move(centres)), count_(static_cast<std::int64_t>(centres_.size()) / width), width_(width) {
  const std::int64_t blocks = (count_ + sign_block - 1) / sign_block;
  signs_.resize(static_cast<std::size_t>(blocks * sign_block_bytes(width)));
  factors_.resize(static_cast<std::size_t>(blocks * sign_block));
  errors_.resize(factors_.size());
  for (std::int64_t block = 0; block < blocks; ++block)
    pack_signs(centres_.data() + block * sign_block * width, std::min(sign_block, count_ - block * sign_block), width,
               signs_.data() + block * sign_block_bytes(width), factors_.data() + block * sign_block, errors_.data() + block * sign_block);
}

std::int64_t CellCentres::nearest(const float* vector) const {
  const SignQuery query({vector, static_cast<std::size_t>(width_)});
  const std::int64_t bytes = sign_block_bytes(width_);
  float best = -std::numeric_limits<float>::infinity();
  std::int64_t nearest = 0;
  float bounds[sign_block];
  const auto scan = [&](std::int64_t block, float threshold) {
    return sign_scan(query, signs_.data() + block * bytes, factors_.data() + block * sign_block, errors_.data() + block * sign_block, 0.0f,
                     sureness, threshold, bounds);
  };
  for (std::int64_t block = 0; block * sign_block < count_; ++block) {
    std::uint32_t found = scan(block, best);
    while (found != 0) {
      // The most promising first: it rules most of the others out.
      int at = __builtin_ctz(found);
      for (std::uint32_t rest = found; rest != 0; rest &= rest - 1)
        if (bounds[__builtin_ctz(rest)] > bounds[at]) at = __builtin_ctz(rest);
      if (bounds[at] <= best) break;
      found &= ~(std::uint32_t{1} << at);
      const std::int64_t centre = block * sign_block + at;
      const float product = dot(vector, centres_.data() + centre * width_, width_);
      if (product > best || (product == best && centre < nearest)) {
        best = product;
        nearest = centre;
      }
    }
  }
  return nearest;
}

CellCentres train_cells(const std::vector<float>& sample, std::int64_t width, const CellTrainingOptions& options) {
  const std::int64_t count = static_cast<std::int64_t>(sample.size()) / width, cells = std::min(options.cells, count);
  Rng rng(options.seed);
  const std::vector<std::int64_t> order = rng.permutation(count);
  std::vector<float> centres;
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const float* row = sample.data() + order[static_cast<std::size_t>(cell)] * width;
    centres.insert(centres.end(), row, row + width);
  }
  std::vector<std::int64_t> cell_of(static_cast<std::size_t>(count));
  for (int round = 0; round < options.rounds; ++round) {
    to_unit_length(centres, width);
    const CellCentres now(std::move(centres), width);
    for_each_piece((count + vectors_a_piece - 1) / vectors_a_piece, options.threads, [&](std::int64_t piece) {
      for (std::int64_t i = piece * vectors_a_piece; i < std::min(count, (piece + 1) * vectors_a_piece); ++i)
        cell_of[static_cast<std::size_t>(i)] = now.nearest(sample.data() + i * width);
    });
    centres.assign(static_cast<std::size_t>(cells * width), 0.0f);
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(cells), 0);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t cell = cell_of[static_cast<std::size_t>(i)];
      ++sizes[static_cast<std::size_t>(cell)];
      for (std::int64_t j = 0; j < width; ++j)
        centres[static_cast<std::size_t>(cell * width + j)] += sample[static_cast<std::size_t>(i * width + j)];
    }
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      if (sizes[static_cast<std::size_t>(cell)] > 0) continue;
      const auto largest = std::max_element(sizes.begin(), sizes.end()) - sizes.begin();
      // The largest cell's centre, turned a little.
      for (std::int64_t j = 0; j < width; ++j)
        centres[static_cast<std::size_t>(cell * width + j)] =
            centres[static_cast<std::size_t>(largest * width + j)] * static_cast<float>(1.0 + 0.1 * rng.normal());
      sizes[static_cast<std::size_t>(cell)] = sizes[static_cast<std::size_t>(largest)] /= 2;
    }
  }
  to_unit_length(centres, width);
  return {std::move(centres), width};
}

}  // namespace fathom::index
