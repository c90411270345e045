// One bit a dimension, and estimates of inner products from it (Gao, Long: "RaBitQ: Quantizing High-Dimensional Vectors with a Theoretical
// Error Bound for Approximate Nearest Neighbor Search", SIGMOD 2024). In a randomly rotated space the signs s of a vector r tell
//
//   <r, q> ≈ factor · <s, q>,   factor = |r|² / Σ|r_i|,
//
// an estimate without bias, whose standard deviation is about error · |q|. Sums <s, q> of 32 vectors are read from tables of 16 entries
// for every 4 dimensions, which stay in registers (André, Kermarrec, Le Scouarnec: "Cache locality is not enough", VLDB 2015).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fathom::index {

constexpr std::int64_t sign_block = 32;  // vectors that are scanned together

// Bytes of a block of vectors of this width.
std::int64_t sign_block_bytes(std::int64_t width);

// The signs of `count` <= 32 vectors [count, width] as a block, whose other places are such that no scan finds them.
// factors, errors: [32].
void pack_signs(const float* vectors, std::int64_t count, std::int64_t width, std::uint8_t* block, float* factors, float* errors);

// A rotated query as tables in 8 bits: <s, q> ≈ step · sum + base.
struct SignQuery {
  explicit SignQuery(std::span<const float> query);
  std::vector<std::uint8_t> tables;  // [groups of 4 dimensions, 16]
  float step = 0, base = 0, norm = 0;
};

// For each of the block's 32 vectors, bounds[i] = offset + factor · <s, q> + sureness · error · |q|. Bit i of the result: bounds[i] >
// threshold.
std::uint32_t sign_scan(const SignQuery& query, const std::uint8_t* block, const float* factors, const float* errors, float offset,
                        float sureness, float threshold, float* bounds);
// The plain loop that it must equal (but for the rounding of single products).
std::uint32_t sign_scan_reference(const SignQuery& query, const std::uint8_t* block, const float* factors, const float* errors,
                                  float offset, float sureness, float threshold, float* bounds);

}  // namespace fathom::index
