// Independent tasks of unequal size over the threads of at::parallel_for: each worker takes the next task when it is free.
// Tasks must write to places of their own; the result then does not depend on who ran what.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace fathom::ops::cpu {

// Calls run(task, scratch) for each task in [0, count); make_scratch() is called once a worker.
template <typename MakeScratch, typename Run>
void parallel_tasks(std::int64_t count, const MakeScratch& make_scratch, const Run& run) {
  const std::int64_t workers = at::in_parallel_region() ? 1 : std::min<std::int64_t>(count, at::get_num_threads());
  std::atomic<std::int64_t> next = 0;
  at::parallel_for(0, workers, 1, [&](std::int64_t, std::int64_t) {
    auto scratch = make_scratch();
    for (std::int64_t task = next++; task < count; task = next++) run(task, scratch);
  });
}

}  // namespace fathom::ops::cpu
