// Leading eigenvectors of a large sparse symmetric matrix: subspace iteration from a random start, and Rayleigh-Ritz
// (Halko, Martinsson, Tropp: "Finding structure with randomness", SIAM Review 2011, algorithms 4.4 and 5.3).
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/vectors/cooccurrence.h"

namespace fathom::vectors {

struct EigenOptions {
  std::int64_t count = 300;        // eigenpairs wanted
  std::int64_t oversampling = 20;  // further directions that are iterated along
  int iterations = 4;              // products with the matrix after the first
  std::uint64_t seed = 1;
  int threads = 0;
};

struct EigenPairs {
  std::int64_t size = 0, count = 0;  // count: at most the matrix's size
  std::vector<double> values;        // [count], largest magnitude first
  std::vector<float> vectors;  // [size, count], columns of length one; the sign is such that each column's largest element is positive
};

// The same for any number of threads.
EigenPairs leading_eigenpairs(const SparseMatrix& matrix, const EigenOptions& options);

// All eigenpairs of a dense symmetric matrix [size, size] by Jacobi rotations; vectors are the columns of the result [size, size].
// Exposed for tests.
struct DenseEigen {
  std::vector<double> values, vectors;
};
DenseEigen dense_eigenpairs(std::vector<double> matrix, std::int64_t size);

}  // namespace fathom::vectors
