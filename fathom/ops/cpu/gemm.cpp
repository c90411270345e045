#include "fathom/ops/cpu/gemm.h"

#include <ATen/Parallel.h>
#include <cblas.h>

#include <algorithm>
#include <mutex>

namespace fathom::ops::cpu {
namespace {

// Splits are multiples of this, so that only the last chunk has a ragged edge for BLAS's micro-kernels.
constexpr std::int64_t alignment = 16;
// A product below this many multiply-adds is not worth waking a second thread (about 10 µs of work).
constexpr std::int64_t parallel_threshold = 400'000;

CBLAS_TRANSPOSE cblas(Transpose t) { return t == Transpose::yes ? CblasTrans : CblasNoTrans; }

}  // namespace

void use_single_threaded_blas() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

void gemm_single_thread(Transpose trans_a, Transpose trans_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
                        std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  use_single_threaded_blas();
  if (m == 1 && k > 0) {
    // One row only reads B; the general product would copy it into tiles first.
    if (beta == 0.0f) std::fill_n(c, n, 0.0f);  // the library may multiply what stands there
    const bool stored_transposed = trans_b == Transpose::yes;
    cblas_sgemv(CblasRowMajor, stored_transposed ? CblasNoTrans : CblasTrans, static_cast<blasint>(stored_transposed ? n : k),
                static_cast<blasint>(stored_transposed ? k : n), alpha, b, static_cast<blasint>(ldb), a,
                static_cast<blasint>(trans_a == Transpose::yes ? lda : 1), beta, c, 1);
    return;
  }
  cblas_sgemm(CblasRowMajor, cblas(trans_a), cblas(trans_b), static_cast<blasint>(m), static_cast<blasint>(n), static_cast<blasint>(k),
              alpha, a, static_cast<blasint>(lda), b, static_cast<blasint>(ldb), beta, c, static_cast<blasint>(ldc));
}

void gemm(Transpose trans_a, Transpose trans_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  const std::int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
  const bool rows = m >= n;
  const std::int64_t extent = rows ? m : n;
  const std::int64_t blocks = (extent + alignment - 1) / alignment;
  const std::int64_t chunks = m * n * std::max<std::int64_t>(k, 1) < parallel_threshold ? 1 : std::min(threads, blocks);
  if (chunks == 1) {
    gemm_single_thread(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  at::parallel_for(0, chunks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t chunk = first; chunk < last; ++chunk) {
      const std::int64_t begin = blocks * chunk / chunks * alignment;
      const std::int64_t end = std::min(extent, blocks * (chunk + 1) / chunks * alignment);
      if (rows) {
        const float* part = trans_a == Transpose::yes ? a + begin : a + begin * lda;
        gemm_single_thread(trans_a, trans_b, end - begin, n, k, alpha, part, lda, b, ldb, beta, c + begin * ldc, ldc);
      } else {
        const float* part = trans_b == Transpose::yes ? b + begin * ldb : b + begin;
        gemm_single_thread(trans_a, trans_b, m, end - begin, k, alpha, a, lda, part, ldb, beta, c + begin, ldc);
      }
    }
  });
}

}  // namespace fathom::ops::cpu
