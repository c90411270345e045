#include "fathom/cli/compute_device.h"

#include "fathom/base/error.h"
#include "fathom/ops/cpu_setup.h"

namespace fathom::cli {

at::Device set_up_compute(const ComputeOptions& options) {
  ops::setup_cpu(options.threads);
  if (options.device == "cpu") return at::kCPU;
  if (!at::hasCUDA()) {
    fail_usage(
        "--device cuda: this build of libtorch finds no CUDA device; use --device cpu, or build against a CUDA libtorch "
        "(docs/training.md)");
  }
  return at::Device(at::kCUDA, 0);
}

}  // namespace fathom::cli
