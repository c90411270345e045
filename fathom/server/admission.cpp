#include "fathom/server/admission.h"

namespace fathom::server {

Admission::Admission(std::int64_t concurrent, std::int64_t waiting, std::chrono::milliseconds patience)
    : concurrent_(concurrent), waiting_(waiting), patience_(patience) {}

std::unique_ptr<Admission::Place> Admission::enter() {
  std::unique_lock lock(mutex_);
  if (working_ >= concurrent_) {
    if (in_line_ >= waiting_) {
      ++turned_away_;
      return nullptr;
    }
    ++in_line_;
    const bool free = freed_.wait_for(lock, patience_, [this] { return working_ < concurrent_; });
    --in_line_;
    if (!free) {
      ++turned_away_;
      return nullptr;
    }
  }
  ++working_;
  return std::make_unique<Place>(*this);
}

void Admission::leave() {
  {
    const std::lock_guard lock(mutex_);
    --working_;
  }
  freed_.notify_one();
}

std::int64_t Admission::working() const {
  const std::lock_guard lock(mutex_);
  return working_;
}

std::int64_t Admission::in_line() const {
  const std::lock_guard lock(mutex_);
  return in_line_;
}

std::int64_t Admission::turned_away() const {
  const std::lock_guard lock(mutex_);
  return turned_away_;
}

}  // namespace fathom::server
