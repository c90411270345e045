#include "fathom/train/interrupt.h"

#include <csignal>
#include <cstddef>
#include <iterator>

namespace fathom::train {
namespace {

volatile std::sig_atomic_t interrupt_requested = 0;
constexpr int watched[] = {SIGINT, SIGTERM};
struct sigaction earlier[std::size(watched)];

extern "C" void note_interrupt(int signal) {
  interrupt_requested = 1;
  // The next one of its kind ends the program.
  std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupt_requested = 0;
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < std::size(watched); ++i) sigaction(watched[i], &action, &earlier[i]);
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < std::size(watched); ++i) sigaction(watched[i], &earlier[i], nullptr);
}

bool InterruptGuard::requested() const { return interrupt_requested != 0; }

}  // namespace fathom::train
