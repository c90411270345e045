// What a program that computes on the CPU sets once, before its first operation.
#pragma once

namespace fathom::ops {

// threads ≥ 1: at::parallel_for runs on that many; 0: one a core that this process may use (libtorch's own default can be 1).
// Also switches off BLAS's threads, which would compete with ours, keeps freed memory in the process (activations of tens of
// megabytes otherwise go back to the system and come back as fresh pages in every step, up to half of the time of a small
// model) and asks for huge pages. The memory settings are made once, those of threads at each call.
void setup_cpu(int threads);

}  // namespace fathom::ops
