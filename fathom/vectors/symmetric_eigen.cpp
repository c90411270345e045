#include "fathom/vectors/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/base/rng.h"
#include "fathom/vectors/weighted_rows.h"

namespace fathom::vectors {
namespace {

constexpr std::int64_t block_rows = 256;

// A tall matrix of floats whose width is a multiple of 8 (what the kernel takes).
struct Tall {
  std::int64_t rows, width;
  std::vector<float> values;
  Tall(std::int64_t rows_in, std::int64_t width_in)
      : rows(rows_in), width(width_in), values(static_cast<std::size_t>(rows_in * width_in), 0.0F) {}
  float* row(std::int64_t index) { return values.data() + index * width; }
  const float* row(std::int64_t index) const { return values.data() + index * width; }
};

std::int64_t blocks_of(std::int64_t rows) { return (rows + block_rows - 1) / block_rows; }

Tall product(const SparseMatrix& matrix, const Tall& right, int threads) {
  Tall out(right.rows, right.width);
  for_each_piece(blocks_of(right.rows), threads, [&](std::int64_t block) {
    for (std::int64_t row = block * block_rows; row < std::min((block + 1) * block_rows, right.rows); ++row) {
      const std::int64_t begin = matrix.begins[static_cast<std::size_t>(row)], end = matrix.begins[static_cast<std::size_t>(row) + 1];
      sum_weighted_rows(matrix.values.data() + begin, matrix.columns.data() + begin, static_cast<std::size_t>(end - begin),
                        right.values.data(), static_cast<std::size_t>(right.width), out.row(row));
    }
  });
  return out;
}

// leftᵀ · right [width, width]: floats within a block of rows, doubles from block to block; blocks are summed in a fixed order.
std::vector<double> inner_products(const Tall& left, const Tall& right, int threads) {
  const std::int64_t width = left.width, blocks = blocks_of(left.rows), groups = std::min<std::int64_t>(blocks, 16);
  const auto area = static_cast<std::size_t>(width * width);
  std::vector<std::vector<double>> sums(static_cast<std::size_t>(groups), std::vector<double>(area, 0.0));
  for_each_piece(groups, threads, [&](std::int64_t group) {
    std::vector<double>& sum = sums[static_cast<std::size_t>(group)];
    std::vector<float> column(block_rows), out(static_cast<std::size_t>(width));
    for (std::int64_t block = group; block < blocks; block += groups) {
      const std::int64_t first = block * block_rows, count = std::min(block_rows, left.rows - first);
      for (std::int64_t i = 0; i < width; ++i) {
        for (std::int64_t row = 0; row < count; ++row) column[static_cast<std::size_t>(row)] = left.row(first + row)[i];
        sum_weighted_rows(column.data(), nullptr, static_cast<std::size_t>(count), right.row(first), static_cast<std::size_t>(width),
                          out.data());
        double* target = sum.data() + i * width;
        for (std::int64_t j = 0; j < width; ++j) target[j] += static_cast<double>(out[static_cast<std::size_t>(j)]);
      }
    }
  });
  std::vector<double> total = std::move(sums[0]);
  for (std::int64_t group = 1; group < groups; ++group)
    for (std::size_t i = 0; i < area; ++i) total[i] += sums[static_cast<std::size_t>(group)][i];
  return total;
}

// matrix · factor, factor [width, out_width]; out_width is a multiple of 8.
Tall times(const Tall& matrix, const std::vector<float>& factor, std::int64_t out_width, int threads) {
  Tall out(matrix.rows, out_width);
  for_each_piece(blocks_of(matrix.rows), threads, [&](std::int64_t block) {
    for (std::int64_t row = block * block_rows; row < std::min((block + 1) * block_rows, matrix.rows); ++row) {
      sum_weighted_rows(matrix.row(row), nullptr, static_cast<std::size_t>(matrix.width), factor.data(),
                        static_cast<std::size_t>(out_width), out.row(row));
    }
  });
  return out;
}

// Columns become orthonormal: with LLᵀ = YᵀY, Y ← Y L⁻ᵀ. Directions that depend on others become zero. Twice, because one pass leaves the
// square of the condition number times the rounding.
void orthonormalize(Tall& matrix, int threads) {
  const std::int64_t width = matrix.width;
  const auto at = [width](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * width + j); };
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<double> lower = inner_products(matrix, matrix, threads);
    double largest = 0.0;
    for (std::int64_t i = 0; i < width; ++i) largest = std::max(largest, lower[at(i, i)]);
    std::vector<bool> independent(static_cast<std::size_t>(width), true);
    for (std::int64_t j = 0; j < width; ++j) {
      double diagonal = lower[at(j, j)];
      for (std::int64_t k = 0; k < j; ++k) diagonal -= lower[at(j, k)] * lower[at(j, k)];
      independent[static_cast<std::size_t>(j)] = diagonal > 1e-12 * largest && diagonal > 0.0;
      lower[at(j, j)] = independent[static_cast<std::size_t>(j)] ? std::sqrt(diagonal) : 0.0;
      for (std::int64_t i = j + 1; i < width; ++i) {
        if (!independent[static_cast<std::size_t>(j)]) {
          lower[at(i, j)] = 0.0;
          continue;
        }
        double sum = lower[at(i, j)];
        for (std::int64_t k = 0; k < j; ++k) sum -= lower[at(i, k)] * lower[at(j, k)];
        lower[at(i, j)] = sum / lower[at(j, j)];
      }
    }
    // The inverse of L, by forward substitution; its transpose is the factor.
    std::vector<double> inverse(lower.size(), 0.0);
    for (std::int64_t column = 0; column < width; ++column) {
      for (std::int64_t i = column; i < width; ++i) {
        if (!independent[static_cast<std::size_t>(i)]) continue;
        double sum = i == column ? 1.0 : 0.0;
        for (std::int64_t k = column; k < i; ++k) sum -= lower[at(i, k)] * inverse[at(k, column)];
        inverse[at(i, column)] = sum / lower[at(i, i)];
      }
    }
    std::vector<float> factor(lower.size());
    for (std::int64_t i = 0; i < width; ++i)
      for (std::int64_t j = 0; j < width; ++j) factor[at(i, j)] = static_cast<float>(inverse[at(j, i)]);
    matrix = times(matrix, factor, width, threads);
  }
}

}  // namespace

DenseEigen dense_eigenpairs(std::vector<double> matrix, std::int64_t size) {
  const auto at = [size](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * size + j); };
  require(static_cast<std::int64_t>(matrix.size()) == size * size, "a matrix of {} × {} is expected, got {} values", size, size,
          matrix.size());
  DenseEigen result;
  // Rows of `vectors` are the eigenvectors while we rotate: both updates then run along rows.
  std::vector<double> vectors(matrix.size(), 0.0);
  for (std::int64_t i = 0; i < size; ++i) vectors[at(i, i)] = 1.0;
  constexpr int most_sweeps = 30;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    double off = 0.0, all = 0.0;
    for (std::int64_t i = 0; i < size; ++i) {
      for (std::int64_t j = 0; j < size; ++j) {
        const double square = matrix[at(i, j)] * matrix[at(i, j)];
        all += square;
        if (i != j) off += square;
      }
    }
    if (off <= 1e-20 * all) break;
    for (std::int64_t p = 0; p < size; ++p) {
      for (std::int64_t q = p + 1; q < size; ++q) {
        const double element = matrix[at(p, q)];
        if (element * element <= 1e-24 * all / static_cast<double>(size * size)) continue;
        const double theta = (matrix[at(q, q)] - matrix[at(p, p)]) / (2.0 * element);
        const double tangent = (theta >= 0 ? 1.0 : -1.0) / (std::abs(theta) + std::sqrt(theta * theta + 1.0));
        const double cosine = 1.0 / std::sqrt(tangent * tangent + 1.0), sine = tangent * cosine;
        for (std::int64_t k = 0; k < size; ++k) {
          const double kp = matrix[at(p, k)], kq = matrix[at(q, k)];
          matrix[at(p, k)] = cosine * kp - sine * kq;
          matrix[at(q, k)] = sine * kp + cosine * kq;
          const double vp = vectors[at(p, k)], vq = vectors[at(q, k)];
          vectors[at(p, k)] = cosine * vp - sine * vq;
          vectors[at(q, k)] = sine * vp + cosine * vq;
        }
        for (std::int64_t k = 0; k < size; ++k) {
          const double pk = matrix[at(k, p)], qk = matrix[at(k, q)];
          matrix[at(k, p)] = cosine * pk - sine * qk;
          matrix[at(k, q)] = sine * pk + cosine * qk;
        }
      }
    }
  }
  result.values.resize(static_cast<std::size_t>(size));
  result.vectors.resize(matrix.size());
  for (std::int64_t i = 0; i < size; ++i) {
    result.values[static_cast<std::size_t>(i)] = matrix[at(i, i)];
    for (std::int64_t k = 0; k < size; ++k) result.vectors[at(k, i)] = vectors[at(i, k)];
  }
  return result;
}

EigenPairs leading_eigenpairs(const SparseMatrix& matrix, const EigenOptions& options) {
  require(options.count >= 1 && options.oversampling >= 0 && options.iterations >= 0,
          "eigenpairs: a count of 1 or more, oversampling and iterations of 0 or more are expected, got {}, {}, {}", options.count,
          options.oversampling, options.iterations);
  const std::int64_t size = matrix.size();
  EigenPairs result{size, std::min(options.count, size), {}, {}};
  const std::int64_t used = std::min(result.count + options.oversampling, size), width = (used + 7) / 8 * 8;
  Tall basis(size, width);
  for_each_piece(blocks_of(size), options.threads, [&](std::int64_t block) {
    Rng rng(options.seed, static_cast<std::uint64_t>(block));
    for (std::int64_t row = block * block_rows; row < std::min((block + 1) * block_rows, size); ++row)
      for (std::int64_t i = 0; i < used; ++i) basis.row(row)[i] = static_cast<float>(rng.normal());
  });
  for (int iteration = 0; iteration <= options.iterations; ++iteration) {
    basis = product(matrix, basis, options.threads);
    orthonormalize(basis, options.threads);
  }
  const Tall image = product(matrix, basis, options.threads);
  const std::vector<double> projected = inner_products(basis, image, options.threads);
  const auto at = [width](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * width + j); };
  std::vector<double> symmetric(projected.size());
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t j = 0; j < width; ++j) symmetric[at(i, j)] = 0.5 * (projected[at(i, j)] + projected[at(j, i)]);
  const DenseEigen small = dense_eigenpairs(std::move(symmetric), width);

  std::vector<std::int64_t> order(static_cast<std::size_t>(width));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return std::abs(small.values[static_cast<std::size_t>(a)]) > std::abs(small.values[static_cast<std::size_t>(b)]);
  });
  const std::int64_t padded = (result.count + 7) / 8 * 8;
  std::vector<float> rotation(static_cast<std::size_t>(width * padded), 0.0F);
  for (std::int64_t j = 0; j < result.count; ++j) {
    const std::int64_t from = order[static_cast<std::size_t>(j)];
    result.values.push_back(small.values[static_cast<std::size_t>(from)]);
    for (std::int64_t i = 0; i < width; ++i)
      rotation[static_cast<std::size_t>(i * padded + j)] = static_cast<float>(small.vectors[at(i, from)]);
  }
  const Tall vectors = times(basis, rotation, padded, options.threads);
  result.vectors.resize(static_cast<std::size_t>(size * result.count));
  for (std::int64_t j = 0; j < result.count; ++j) {
    float largest = 0.0F;
    for (std::int64_t row = 0; row < size; ++row)
      if (std::abs(vectors.row(row)[j]) > std::abs(largest)) largest = vectors.row(row)[j];
    const float sign = largest < 0 ? -1.0F : 1.0F;
    for (std::int64_t row = 0; row < size; ++row)
      result.vectors[static_cast<std::size_t>(row * result.count + j)] = sign * vectors.row(row)[j];
  }
  return result;
}

}  // namespace fathom::vectors
