// Vectors in 8 bits a value with one scale each, and the exact search over all of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace fathom::index {

// value ≈ scale · code, codes in [-127, 127]; a zero vector has scale 0.
struct Int8Vectors {
  std::int64_t count = 0, width = 0;
  std::vector<std::int8_t> codes;  // [count, width]
  std::vector<float> scales;       // [count]
};

// vectors [count, width] fp32, row-major. Rounds to nearest. Throws Error when a value is not finite.
Int8Vectors quantize(const float* vectors, std::int64_t count, std::int64_t width);

// Writes atomically, as safetensors: `codes` I8 [count, width], `scales` F32 [count].
void write_int8_vectors(const std::filesystem::path& path, const Int8Vectors& vectors);

struct VectorHit {
  std::int64_t row;
  float score;
};

// Searches vectors of a file (mapped into memory) or in memory. Any number of threads may search at once.
class Int8Search {
 public:
  explicit Int8Search(Int8Vectors vectors);
  // Throws Error: no such file, truncated, of another shape or type.
  static Int8Search open(const std::filesystem::path& path);
  Int8Search(Int8Search&&) noexcept;
  Int8Search& operator=(Int8Search&&) noexcept;
  ~Int8Search();

  std::int64_t size() const;
  std::int64_t width() const;
  // The `k` rows with the largest inner product with the query (fp32 [width], quantised like the rows), best first; equal scores by row.
  // Every row is compared, and the sums are exact integers: the result is the same on every machine.
  std::vector<VectorHit> search(const float* query, std::int64_t k) const;

 private:
  struct State;
  explicit Int8Search(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// dots[i] = Σ query[j] · codes[i, j] with run-time dispatch, and the plain loop that it must equal.
void int8_dots(const std::int8_t* query, const std::int8_t* codes, std::int64_t count, std::int64_t width, std::int32_t* dots);
void int8_dots_reference(const std::int8_t* query, const std::int8_t* codes, std::int64_t count, std::int64_t width, std::int32_t* dots);

}  // namespace fathom::index
