#include "fathom/pages/dense.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "fathom/vectors/weighted_rows.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t kernel_step = 8;  // widths that sum_weighted_rows takes are multiples of it
constexpr float layer_norm_epsilon = 1e-5F, least_length = 1e-12F;

std::int64_t padded(std::int64_t width) { return (width + kernel_step - 1) / kernel_step * kernel_step; }

// [rows, columns] → [columns, padded(rows)]
std::vector<float> transposed(const float* matrix, std::int64_t rows, std::int64_t columns) {
  const std::int64_t stride = padded(rows);
  std::vector<float> out(static_cast<std::size_t>(columns * stride), 0.0F);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) out[static_cast<std::size_t>(j * stride + i)] = matrix[i * columns + j];
  return out;
}

}  // namespace

Linear::Linear(const std::vector<float>& weight, std::vector<float> bias, std::int64_t out, std::int64_t in)
    : in_(in), out_(out), padded_(padded(out)), columns_(transposed(weight.data(), out, in)), bias_(std::move(bias)) {}

std::vector<float> Linear::apply(const float* x, std::int64_t rows) const {
  std::vector<float> y(static_cast<std::size_t>(rows * out_)), sums(static_cast<std::size_t>(padded_));
  for (std::int64_t i = 0; i < rows; ++i) {
    vectors::sum_weighted_rows(x + i * in_, nullptr, static_cast<std::size_t>(in_), columns_.data(), static_cast<std::size_t>(padded_),
                               sums.data());
    float* row = y.data() + i * out_;
    for (std::int64_t j = 0; j < out_; ++j)
      row[j] = sums[static_cast<std::size_t>(j)] + (bias_.empty() ? 0.0F : bias_[static_cast<std::size_t>(j)]);
  }
  return y;
}

void LayerNorm::apply(float* x, std::int64_t rows) const {
  const auto width = static_cast<std::int64_t>(weight.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    float* row = x + i * width;
    double sum = 0, squares = 0;
    for (std::int64_t j = 0; j < width; ++j) sum += row[j];
    const double mean = sum / static_cast<double>(width);
    for (std::int64_t j = 0; j < width; ++j) squares += (row[j] - mean) * (row[j] - mean);
    const auto scale = static_cast<float>(1.0 / std::sqrt(squares / static_cast<double>(width) + layer_norm_epsilon));
    for (std::int64_t j = 0; j < width; ++j) {
      const auto k = static_cast<std::size_t>(j);
      row[j] = (row[j] - static_cast<float>(mean)) * scale * weight[k] + bias[k];
    }
  }
}

void gelu(std::vector<float>& x) {
  for (float& value : x) value *= 0.5F * (1.0F + std::erf(value * (1.0F / std::numbers::sqrt2_v<float>)));
}

float set_length(float* row, std::int64_t width, float length) {
  double squares = 0;
  for (std::int64_t j = 0; j < width; ++j) squares += static_cast<double>(row[j]) * row[j];
  const auto former = static_cast<float>(std::sqrt(squares));
  const float scale = length / std::max(former, least_length);
  for (std::int64_t j = 0; j < width; ++j) row[j] *= scale;
  return former;
}

Products products(const float* a, std::int64_t n, const float* b, std::int64_t m, std::int64_t width) {
  const std::vector<float> columns = transposed(b, m, width);
  Products result{padded(m), {}};
  result.values.resize(static_cast<std::size_t>(n * result.stride));
  for (std::int64_t i = 0; i < n; ++i)
    vectors::sum_weighted_rows(a + i * width, nullptr, static_cast<std::size_t>(width), columns.data(),
                               static_cast<std::size_t>(result.stride), result.values.data() + i * result.stride);
  return result;
}

}  // namespace fathom::pages
