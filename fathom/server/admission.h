// How many requests are worked on at a time, and how many may wait; the rest is turned away at once, so that a busy server stays quick for
// those it serves.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace fathom::server {

class Admission {
 public:
  // At most `concurrent` (≥ 1) at a time and `waiting` in line, none of them longer than `patience`.
  Admission(std::int64_t concurrent, std::int64_t waiting, std::chrono::milliseconds patience = std::chrono::seconds(10));

  // A place for one request; given back by its destructor.
  class Place {
   public:
    explicit Place(Admission& admission) : admission_(admission) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { admission_.leave(); }

   private:
    Admission& admission_;
  };
  // Null: the line is full, or the wait was too long.
  std::unique_ptr<Place> enter();

  std::int64_t working() const;
  std::int64_t in_line() const;
  std::int64_t turned_away() const;

 private:
  void leave();

  const std::int64_t concurrent_, waiting_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::int64_t working_ = 0, in_line_ = 0, turned_away_ = 0;
};

}  // namespace fathom::server
