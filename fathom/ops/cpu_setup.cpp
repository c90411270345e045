#include "fathom/ops/cpu_setup.h"

#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "fathom/ops/cpu/gemm.h"

namespace fathom::ops {
namespace {

int usable_cores() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

void setup_cpu(int threads) {
  at::set_num_threads(threads > 0 ? threads : usable_cores());
  cpu::use_single_threaded_blas();
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);         // large blocks too come from the heap,
  mallopt(M_TRIM_THRESHOLD, -1);  // and the heap does not shrink
  mallopt(M_TOP_PAD, 64 << 20);   // it grows in steps of 64 MiB
#endif
}

}  // namespace fathom::ops
