#include "fathom/ops/cpu_setup.h"

#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/torch_compat.h"

namespace fathom::ops {
namespace {

int usable_cores() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)

// libtorch's allocator, which also asks the system for huge pages wherever the heap has grown: reading weights then misses the
// translation cache rarely, which is worth up to half of the bandwidth of one core.
class HugePageAllocator final : public at::Allocator {
 public:
  explicit HugePageAllocator(at::Allocator* inner) : inner_(inner), advised_(heap_end()) {}

  at::DataPtr allocate(std::size_t size) FATHOM_ALLOCATOR_CONST override {
    at::DataPtr data = inner_->allocate(size);
    constexpr std::size_t worthwhile = 1 << 20;
    if (size >= worthwhile) advise_new_heap();
    return data;
  }

  at::DeleterFnPtr raw_deleter() const override { return inner_->raw_deleter(); }

#if FATHOM_TORCH_VERSION >= 203
  void copy_data(void* to, const void* from, std::size_t size) const override { inner_->copy_data(to, from, size); }
#endif

 private:
  static constexpr std::uintptr_t huge_page = 2 << 20;

  static std::uintptr_t heap_end() { return reinterpret_cast<std::uintptr_t>(sbrk(0)) / huge_page * huge_page; }

  void advise_new_heap() const {
    const std::lock_guard lock(mutex_);
    const std::uintptr_t end = heap_end();
    if (end <= advised_) return;
    // Refused where the system has no huge pages: then nothing is gained or lost.
    static_cast<void>(madvise(reinterpret_cast<void*>(advised_), end - advised_, MADV_HUGEPAGE));
    advised_ = end;
  }

  at::Allocator* inner_;
  mutable std::mutex mutex_;
  mutable std::uintptr_t advised_;  // the end of the heap that has been asked for
};

#endif

// Freed blocks stay in the heap, also large ones, and the heap uses huge pages.
void keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
#if defined(MADV_HUGEPAGE)
  static HugePageAllocator allocator(c10::GetDefaultCPUAllocator());
  c10::SetCPUAllocator(&allocator, /*priority=*/1);
#endif
#endif
}

}  // namespace

void setup_cpu(int threads) {
  at::set_num_threads(threads > 0 ? threads : usable_cores());
  cpu::use_single_threaded_blas();
  static std::once_flag once;
  std::call_once(once, keep_memory);
}

}  // namespace fathom::ops
