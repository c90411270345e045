#include "fathom/index/int8_vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"
#include "tests/ops/instruction_sets.h"

namespace fathom::index {
namespace {

std::vector<float> random_vectors(std::int64_t count, std::int64_t width) {
  Rng rng(3);
  std::vector<float> values(static_cast<std::size_t>(count * width));
  for (float& value : values) value = static_cast<float>(rng.normal());
  return values;
}

TEST(Int8Dots, EqualThePlainLoopOnEveryInstructionSet) {
  Rng rng(1);
  for (const std::int64_t width : {1, 7, 16, 31, 32, 33, 100, 200, 257}) {
    const std::int64_t count = 5;
    std::vector<std::int8_t> query(static_cast<std::size_t>(width)), codes(static_cast<std::size_t>(count * width));
    for (auto& code : query) code = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
    for (auto& code : codes) code = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
    std::vector<std::int32_t> expected(static_cast<std::size_t>(count)), found(expected.size());
    int8_dots_reference(query.data(), codes.data(), count, width, expected.data());
    ops::testing::for_each_instruction_set([&] {
      int8_dots(query.data(), codes.data(), count, width, found.data());
      EXPECT_EQ(found, expected) << "width " << width;
    });
  }
}

TEST(Int8Vectors, AreWithinHalfAStepOfTheValues) {
  const std::vector<float> values = random_vectors(3, 50);
  const Int8Vectors vectors = quantize(values.data(), 3, 50);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float scale = vectors.scales[i / 50];
    EXPECT_LE(std::abs(static_cast<float>(vectors.codes[i]) * scale - values[i]), 0.5001f * scale);
  }
  const std::vector<float> zero(4, 0.0f), bad = {std::numeric_limits<float>::infinity()};
  EXPECT_EQ(quantize(zero.data(), 1, 4).scales[0], 0.0f);
  EXPECT_THROW(quantize(bad.data(), 1, 1), Error);
}

TEST(Int8Search, FindsExactlyTheBestRows) {
  const std::int64_t count = 10000, width = 24, k = 50;
  const std::vector<float> values = random_vectors(count, width);
  const Int8Vectors vectors = quantize(values.data(), count, width);
  const float* query = values.data() + 4321 * width;
  // Against a sort of all scores.
  const Int8Vectors q = quantize(query, 1, width);
  std::vector<std::int32_t> dots(static_cast<std::size_t>(count));
  int8_dots_reference(q.codes.data(), vectors.codes.data(), count, width, dots.data());
  std::vector<VectorHit> all;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    all.push_back({i, static_cast<float>(dots[at]) * vectors.scales[at] * q.scales[0]});
  }
  std::sort(all.begin(), all.end(),
            [](const VectorHit& a, const VectorHit& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; });

  const ScratchDirectory scratch;
  write_int8_vectors(scratch / "v.safetensors", vectors);
  for (const Int8Search& search : {Int8Search(vectors), Int8Search::open(scratch / "v.safetensors")}) {
    const std::vector<VectorHit> hits = search.search(query, k);
    ASSERT_EQ(hits.size(), static_cast<std::size_t>(k));
    for (std::size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i].row, all[i].row);
      EXPECT_EQ(hits[i].score, all[i].score);
    }
  }
}

TEST(Int8Search, EqualScoresComeByRowAndFewRowsAreAllGiven) {
  const std::vector<float> same(12, 1.0f);
  const Int8Search search(quantize(same.data(), 6, 2));
  const auto hits = search.search(same.data(), 4);
  ASSERT_EQ(hits.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(hits[i].row, static_cast<std::int64_t>(i));
  EXPECT_EQ(search.search(same.data(), 100).size(), 6u);
  EXPECT_TRUE(search.search(same.data(), 0).empty());
  EXPECT_TRUE(Int8Search(quantize(nullptr, 0, 2)).search(same.data(), 3).empty());
}

TEST(Int8Search, SaysWhatIsWrongWithAFile) {
  const ScratchDirectory scratch;
  const auto file = scratch / "v.safetensors";
  const std::vector<float> values = random_vectors(20, 8);
  write_int8_vectors(file, quantize(values.data(), 20, 8));
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size - 1);
  EXPECT_NE(message_of<Error>([&] { Int8Search::open(file); }).find("truncated"), std::string::npos);
  std::filesystem::resize_file(file, 20);
  EXPECT_NE(message_of<Error>([&] { Int8Search::open(file); }).find("truncated"), std::string::npos);
  std::filesystem::resize_file(file, 3);
  EXPECT_THROW(Int8Search::open(file), Error);
  EXPECT_THROW(Int8Search::open(scratch / "none"), Error);
}

}  // namespace
}  // namespace fathom::index
