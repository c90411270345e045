// Peak memory of attention, forward and backward, over the length of one sequence: it should grow with the length, not with its
// square. The peak is the kernel's count of resident pages, above what was resident before q, k and v were made.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>
#include <string>
#include <thread>

#include "fathom/base/error.h"
#include "fathom/ops/attention.h"
#include "fathom/ops/cpu/gemm.h"

namespace {

// A line such as "VmHWM:   123456 kB" of /proc/self/status, in MiB.
double status_mib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
  }
  fathom::fail("/proc/self/status has no line {}; this measurement needs Linux", name);
}

void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

double peak_mib(std::int64_t tokens, std::int64_t heads, std::int64_t qk_dim, std::int64_t v_dim) {
  reset_peak();
  const double before = status_mib("VmRSS");
  {
    at::Tensor q = at::ones({tokens, heads, qk_dim}), k = at::ones_like(q), v = at::ones({tokens, heads, v_dim});
    for (at::Tensor* t : {&q, &k, &v}) t->set_requires_grad(true);
    const auto sequences = fathom::ops::PackedSequences::from_lengths({tokens}, at::kCPU);
    const at::Tensor out = fathom::ops::causal_attention(q, k, v, sequences, 0.1);
    torch::autograd::grad({out}, {q, k, v}, {at::ones_like(out)});
  }
  return status_mib("VmHWM") - before;
}

}  // namespace

int main() {
  at::set_num_threads(static_cast<int>(std::thread::hardware_concurrency()));
  fathom::ops::cpu::use_single_threaded_blas();
  const std::int64_t heads = 8, qk_dim = 96, v_dim = 64;
  peak_mib(256, heads, qk_dim, v_dim);  // what the first call sets up once
  fmt::print("causal attention, forward and backward, {} heads, widths {}/{}, {} threads\n", heads, qk_dim, v_dim, at::get_num_threads());
  fmt::print("{:>8} {:>14} {:>26} {:>22}\n", "tokens", "peak, MiB", "of it tensors, MiB", "one score matrix, MiB");
  for (const std::int64_t tokens : {1024, 4096, 16384}) {
    // q, k, v, out and the gradient of each.
    const double tensors = 2.0 * static_cast<double>(tokens * heads * (2 * qk_dim + 2 * v_dim)) * 4 / (1 << 20);
    const double scores = static_cast<double>(heads * tokens * tokens) * 4 / (1 << 20);
    fmt::print("{:>8} {:>14.1f} {:>26.1f} {:>22.1f}\n", tokens, peak_mib(tokens, heads, qk_dim, v_dim), tensors, scores);
  }
}
