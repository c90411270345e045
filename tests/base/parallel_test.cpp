#include "fathom/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "fathom/base/error.h"

namespace fathom {
namespace {

TEST(Parallel, EachPieceOnce) {
  for (const int threads : {1, 3, 8}) {
    std::vector<std::atomic<int>> calls(100);
    for_each_piece(100, threads, [&](std::int64_t piece) { ++calls[static_cast<std::size_t>(piece)]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
  int calls = 0;
  for_each_piece(0, 4, [&](std::int64_t) { ++calls; });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(thread_count(3), 3);
  EXPECT_GE(thread_count(0), 1);
}

TEST(Parallel, AnExceptionIsThrownToTheCaller) {
  EXPECT_THROW(for_each_piece(50, 4, [](std::int64_t piece) { require(piece != 17, "piece {}", piece); }), Error);
}

}  // namespace
}  // namespace fathom
