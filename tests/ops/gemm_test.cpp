#include "fathom/ops/cpu/gemm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "tests/ops/gradcheck.h"

namespace fathom::ops::cpu {
namespace {

at::Tensor stored(std::int64_t rows, std::int64_t columns, Transpose transpose) {
  return transpose == Transpose::yes ? at::randn({columns, rows}) : at::randn({rows, columns});
}

at::Tensor logical(const at::Tensor& t, Transpose transpose) { return (transpose == Transpose::yes ? t.t() : t).to(at::kDouble); }

class GemmShapes : public ::testing::TestWithParam<std::tuple<std::int64_t, std::int64_t, std::int64_t>> {};

TEST_P(GemmShapes, AgreesWithDoublePrecision) {
  const auto [m, n, k] = GetParam();
  at::manual_seed(1);
  for (Transpose ta : {Transpose::no, Transpose::yes}) {
    for (Transpose tb : {Transpose::no, Transpose::yes}) {
      const at::Tensor a = stored(m, k, ta), b = stored(k, n, tb), c0 = at::randn({m, n + 3});
      for (const float beta : {0.0f, 0.5f}) {
        at::Tensor c = c0.clone();
        gemm(ta, tb, m, n, k, 2.0f, a.data_ptr<float>(), a.size(1), b.data_ptr<float>(), b.size(1), beta, c.data_ptr<float>(), n + 3);
        const at::Tensor expected = 2 * at::matmul(logical(a, ta), logical(b, tb)) + beta * c0.narrow(1, 0, n).to(at::kDouble);
        EXPECT_LT(testing::relative_error(c.narrow(1, 0, n), expected), 1e-5);
        EXPECT_TRUE(at::equal(c.narrow(1, n, 3), c0.narrow(1, n, 3))) << "wrote beyond the columns of C";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GemmShapes,
                         ::testing::Values(std::tuple{1, 1, 1}, std::tuple{1, 70, 33}, std::tuple{3, 5, 7}, std::tuple{64, 64, 64},
                                           std::tuple{65, 127, 33}, std::tuple{500, 17, 90}, std::tuple{9, 700, 64},
                                           std::tuple{300, 200, 1}));

TEST(Gemm, EmptyInnerDimensionLeavesBetaTimesC) {
  at::Tensor c = at::ones({40, 50});
  const float nothing = 0;
  gemm(Transpose::no, Transpose::no, 40, 50, 0, 1.0f, &nothing, 1, &nothing, 50, 0.25f, c.data_ptr<float>(), 50);
  EXPECT_TRUE(at::equal(c, at::full({40, 50}, 0.25)));
}

TEST(Gemm, BetaZeroReadsNothingOfC) {
  for (const std::int64_t rows : {1, 8}) {
    const at::Tensor a = at::randn({rows, 20}), b = at::randn({20, 30});
    at::Tensor c = at::full({rows, 30}, std::numeric_limits<float>::quiet_NaN());
    gemm(Transpose::no, Transpose::no, rows, 30, 20, 1.0f, a.data_ptr<float>(), 20, b.data_ptr<float>(), 30, 0.0f, c.data_ptr<float>(), 30);
    EXPECT_LT(testing::relative_error(c, at::matmul(a.to(at::kDouble), b.to(at::kDouble))), 1e-5);
  }
}

TEST(Gemm, NothingToDoForEmptyResult) { gemm(Transpose::no, Transpose::no, 0, 5, 3, 1.0f, nullptr, 3, nullptr, 5, 0.0f, nullptr, 5); }

TEST(Gemm, RunsInsideAParallelRegion) {
  const at::Tensor a = at::randn({2, 96, 80}), b = at::randn({2, 80, 112});
  at::Tensor c = at::empty({2, 96, 112});
  at::parallel_for(0, 2, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      gemm(Transpose::no, Transpose::no, 96, 112, 80, 1.0f, a.data_ptr<float>() + i * 96 * 80, 80, b.data_ptr<float>() + i * 80 * 112, 112,
           0.0f, c.data_ptr<float>() + i * 96 * 112, 112);
    }
  });
  EXPECT_LT(testing::relative_error(c, at::matmul(a.to(at::kDouble), b.to(at::kDouble))), 1e-5);
}

}  // namespace
}  // namespace fathom::ops::cpu
