// Dense layers without libtorch, on the one kernel of fathom/vectors/weighted_rows.h. Matrices are row-major.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::pages {

// y = W x + b. Any number of threads may apply one at once.
class Linear {
 public:
  Linear() = default;
  // weight [out, in]; bias [out], or empty.
  Linear(const std::vector<float>& weight, std::vector<float> bias, std::int64_t out, std::int64_t in);
  std::int64_t in() const { return in_; }
  std::int64_t out() const { return out_; }
  // x [rows, in] → [rows, out].
  std::vector<float> apply(const float* x, std::int64_t rows) const;

 private:
  std::int64_t in_ = 0, out_ = 0, padded_ = 0;  // padded_: out_ rounded up to what the kernel takes
  std::vector<float> columns_, bias_;           // [in, padded]; [out]
};

// (x − mean) / √(variance + ε) · weight + bias of each row; ε as libtorch's default.
struct LayerNorm {
  std::vector<float> weight, bias;  // [width]
  void apply(float* x, std::int64_t rows) const;
};

void gelu(std::vector<float>& x);  // x Φ(x), in place

// Scales a row to length `length`; a row of zeros stays. Returns its former length.
float set_length(float* row, std::int64_t width, float length);

// a [n, width] times b [m, width] transposed.
struct Products {
  std::int64_t stride = 0;
  std::vector<float> values;
  const float* row(std::int64_t i) const { return values.data() + i * stride; }
};
Products products(const float* a, std::int64_t n, const float* b, std::int64_t m, std::int64_t width);

}  // namespace fathom::pages
