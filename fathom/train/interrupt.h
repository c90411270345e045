// Ctrl-C and SIGTERM as a request: the loop finishes its step, writes a checkpoint and ends in order.
#pragma once

namespace fathom::train {

// While one lives, SIGINT and SIGTERM only set a flag; a second signal ends the program at once. Restores the earlier
// handlers when it goes. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const;
};

}  // namespace fathom::train
