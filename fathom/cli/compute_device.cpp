#include "fathom/cli/compute_device.h"

#include <ATen/Parallel.h>

#include "fathom/base/error.h"

namespace fathom::cli {

at::Device set_up_compute(const ComputeOptions& options) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  if (options.device == "cpu") return at::kCPU;
  if (!at::hasCUDA()) {
    fail_usage(
        "--device cuda: this build of libtorch finds no CUDA device; use --device cpu, or build against a CUDA libtorch "
        "(docs/training.md)");
  }
  return at::Device(at::kCUDA, 0);
}

}  // namespace fathom::cli
