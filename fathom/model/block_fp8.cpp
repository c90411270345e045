#include <ATen/Parallel.h>

#include <array>
#include <cmath>
#include <limits>

#include "fathom/base/error.h"
#include "fathom/model/safetensors.h"

namespace fathom::model {
namespace {

// float8 e4m3 (OCP 8-bit floating point specification, "FN" variant): 1 sign, 4 exponent (bias 7) and 3 mantissa bits, no
// infinities, NaN where exponent and mantissa are all ones.
std::array<float, 256> make_e4m3_table() {
  std::array<float, 256> table = {};
  for (int code = 0; code < 256; ++code) {
    const int exponent = code >> 3 & 0xf, mantissa = code & 7;
    float value =
        exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9) : std::ldexp(1.0F + static_cast<float>(mantissa) / 8.0F, exponent - 7);
    if (exponent == 15 && mantissa == 7) value = std::numeric_limits<float>::quiet_NaN();
    table[static_cast<std::size_t>(code)] = (code & 0x80) != 0 ? -value : value;
  }
  return table;
}

}  // namespace

at::Tensor dequantize_block_fp8(const at::Tensor& bytes, const at::Tensor& scale_inv, std::int64_t block) {
  static const std::array<float, 256> table = make_e4m3_table();
  require(bytes.dim() == 2 && bytes.scalar_type() == at::kByte && block > 0, "block fp8 needs a matrix of bytes; got {} dimensions of {}",
          bytes.dim(), at::toString(bytes.scalar_type()));
  const std::int64_t rows = bytes.size(0), cols = bytes.size(1);
  const std::int64_t block_rows = (rows + block - 1) / block, block_cols = (cols + block - 1) / block;
  require(scale_inv.dim() == 2 && scale_inv.size(0) == block_rows && scale_inv.size(1) == block_cols,
          "a block fp8 matrix [{}, {}] with blocks of {} needs scales [{}, {}]", rows, cols, block, block_rows, block_cols);
  const at::Tensor codes = bytes.contiguous(), scales = scale_inv.to(at::kFloat).contiguous();
  at::Tensor result = at::empty({rows, cols}, at::TensorOptions().dtype(at::kFloat));
  const auto* in = codes.data_ptr<std::uint8_t>();
  const auto* scale = scales.data_ptr<float>();
  auto* out = result.data_ptr<float>();
  at::parallel_for(0, rows, std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(cols, 1)), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* row_scales = scale + row / block * block_cols;
      for (std::int64_t col = 0; col < cols; ++col) out[row * cols + col] = table[in[row * cols + col]] * row_scales[col / block];
    }
  });
  return result;
}

}  // namespace fathom::model
