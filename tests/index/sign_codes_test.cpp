#include "fathom/index/sign_codes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/rng.h"
#include "fathom/index/random_rotation.h"

namespace {

using namespace fathom;
using namespace fathom::index;

std::vector<float> normal_values(Rng& rng, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

float dot(const float* a, const float* b, std::int64_t width) {
  double sum = 0.0;
  for (std::int64_t j = 0; j < width; ++j) sum += static_cast<double>(a[j]) * b[j];
  return static_cast<float>(sum);
}

struct Block {
  Block(const std::vector<float>& vectors, std::int64_t count, std::int64_t width)
      : signs(static_cast<std::size_t>(sign_block_bytes(width))), factors(sign_block), errors(sign_block) {
    pack_signs(vectors.data(), count, width, signs.data(), factors.data(), errors.data());
  }
  std::vector<std::uint8_t> signs;
  std::vector<float> factors, errors;
};

TEST(SignCodes, EveryInstructionSetGivesWhatThePlainLoopGives) {
  Rng rng(1);
  for (const std::int64_t width : {1, 3, 4, 17, 64, 100, 256, 300, 1024, 4096}) {
    const std::vector<float> vectors = normal_values(rng, 29 * width), query = normal_values(rng, width);
    const Block block(vectors, 29, width);
    const SignQuery tables(query);
    float bounds[sign_block], expected[sign_block];
    const float threshold = 0.5f;
    const std::uint32_t found =
        sign_scan(tables, block.signs.data(), block.factors.data(), block.errors.data(), 0.25f, 1.0f, threshold, bounds);
    const std::uint32_t wanted =
        sign_scan_reference(tables, block.signs.data(), block.factors.data(), block.errors.data(), 0.25f, 1.0f, threshold, expected);
    for (int i = 0; i < 29; ++i) {
      EXPECT_NEAR(bounds[i], expected[i], 1e-4f * (1.0f + std::abs(expected[i]))) << "width " << width << ", vector " << i;
      if (std::abs(expected[i] - threshold) > 1e-2f) {
        EXPECT_EQ(found >> i & 1, wanted >> i & 1) << "width " << width << ", vector " << i;
      }
    }
    EXPECT_EQ(found >> 29, 0u) << "places without a vector are never found";
  }
}

TEST(SignCodes, EstimatesHaveNoBiasAndTheStatedError) {
  Rng rng(2);
  constexpr std::int64_t width = 128;
  double deviation = 0.0, squares = 0.0;
  std::int64_t count = 0;
  for (int round = 0; round < 50; ++round) {
    const std::vector<float> vectors = normal_values(rng, sign_block * width), query = normal_values(rng, width);
    const Block block(vectors, sign_block, width);
    const SignQuery tables(query);
    float estimates[sign_block];
    sign_scan(tables, block.signs.data(), block.factors.data(), block.errors.data(), 0.0f, 0.0f, 0.0f, estimates);
    for (std::int64_t i = 0; i < sign_block; ++i, ++count) {
      const float off =
          (estimates[i] - dot(vectors.data() + i * width, query.data(), width)) / (block.errors[static_cast<std::size_t>(i)] * tables.norm);
      deviation += off;
      squares += off * off;
    }
  }
  EXPECT_NEAR(deviation / static_cast<double>(count), 0.0, 0.1);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count)), 1.0, 0.1);
}

TEST(SignCodes, ZeroVectorsAndQueriesAreHarmless) {
  const std::vector<float> zeros(8 * 64, 0.0f);
  const Block block(zeros, 8, 64);
  const SignQuery zero(std::span<const float>(zeros.data(), 64));
  float bounds[sign_block];
  EXPECT_EQ(sign_scan(zero, block.signs.data(), block.factors.data(), block.errors.data(), 2.0f, 1.9f, 1.0f, bounds), 0xffu);
  EXPECT_EQ(bounds[0], 2.0f);
}

TEST(RandomRotation, KeepsInnerProductsAndIsAFunctionOfItsSeed) {
  Rng rng(3);
  for (const std::int64_t width : {1, 5, 64, 100}) {
    const std::vector<float> matrix = random_rotation(width, 7);
    EXPECT_EQ(matrix, random_rotation(width, 7));
    const std::vector<float> a = normal_values(rng, width), b = normal_values(rng, width);
    std::vector<float> ra(a.size()), rb(b.size());
    rotate(matrix.data(), a.data(), width, ra.data());
    rotate(matrix.data(), b.data(), width, rb.data());
    EXPECT_NEAR(dot(ra.data(), rb.data(), width), dot(a.data(), b.data(), width), 1e-3f);
  }
}

}  // namespace
