#include "fathom/train/matmul_peak.h"

#include <algorithm>
#include <chrono>

#include "fathom/ops/linear.h"

namespace fathom::train {

double measure_matmul_peak(at::Device device, at::ScalarType dtype, double seconds) {
  using Clock = std::chrono::steady_clock;
  const at::NoGradGuard no_grad;
  const std::int64_t size = device.is_cpu() ? 1024 : 8192;
  const auto options = at::TensorOptions().device(device).dtype(dtype);
  const at::Tensor a = at::rand({size, size}, options), b = at::rand({size, size}, options);
  const double operations = 2.0 * static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
  double best = 0;
  const Clock::time_point begin = Clock::now();
  for (int repetition = 0; repetition < 3 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds; ++repetition) {
    const Clock::time_point start = Clock::now();
    const at::Tensor c = ops::linear(a, b);
    c.select(0, 0).select(0, 0).item<float>();  // waits for a GPU
    best = std::max(best, operations / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

}  // namespace fathom::train
