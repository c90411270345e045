// The approximate indexes that ann_bench compares, each behind the same few calls.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ann_data.h"

namespace fathom::bench {

class AnnMethod {
 public:
  virtual ~AnnMethod() = default;
  virtual std::string name() const = 0;
  // Values of the search parameter to try, ascending; each finds more than the one before.
  virtual std::vector<std::int64_t> settings() const = 0;
  // The rows found for the query, on this thread.
  virtual void search(const float* query, std::int64_t setting, std::int64_t* found) const = 0;

  double build_seconds = 0;  // 0: it was read from `cache`
  double megabytes = 0;      // of what a search needs, the vectors with it
};

using AnnMethods = std::vector<std::unique_ptr<AnnMethod>>;

// `cache`: a folder where built indexes are kept for the next run; empty: none.
AnnMethods own_methods(const AnnData& data, int threads);
// `only`: which of ivf-flat, ivf-sq8, hnsw, hnsw-sq8.
AnnMethods faiss_methods(const AnnData& data, int threads, const std::string& cache, const std::string& only);
AnnMethods hnswlib_methods(const AnnData& data, int threads, const std::string& cache);

}  // namespace fathom::bench
