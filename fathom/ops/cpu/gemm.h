// fp32 matrix products on the CPU: single-threaded OpenBLAS under our own parallel loop. OpenBLAS's own threads beside
// libtorch's OpenMP threads make small products slower than one thread does, so they are switched off for the process.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

enum class Transpose : bool { no = false, yes = true };

// C = alpha · op(A) · op(B) + beta · C, all row-major: op(A) is [m, k], op(B) is [k, n], C is [m, n]. A leading dimension is
// the distance between rows of the matrix as it is stored: A is stored [m, k] (or [k, m] when transposed), B [k, n] (or
// [n, k]). With beta = 0, C need not be initialised. Any of m, n, k may be 0 (k = 0 leaves beta · C).
// Split over at::parallel_for; inside a parallel region it runs on the calling thread.
// The result is a function of the shapes and the thread count: reductions are never split by timing.
void gemm(Transpose trans_a, Transpose trans_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc);

// The same on the calling thread alone: for use inside a parallel region (experts, tiles of attention).
void gemm_single_thread(Transpose trans_a, Transpose trans_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
                        std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc);

// Switches OpenBLAS's own threads off, once. Called by gemm(); call it before libtorch's own products where their speed
// matters beside ours.
void use_single_threaded_blas();

}  // namespace fathom::ops::cpu
