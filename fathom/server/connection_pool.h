// Threads for connections. Private to the room.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fathom::server {

// httplib's own pool lets connections wait without limit and without an answer. This one gives those beyond its threads to one more thread,
// which is marked, so that their requests are answered with "come back later".
class ConnectionPool final : public httplib::TaskQueue {
 public:
  explicit ConnectionPool(std::size_t threads);
  void enqueue(std::function<void()> connection) override;
  void shutdown() override;

  // Whether the calling thread serves a connection that has no thread of its own.
  static bool overflowing();

 private:
  struct Line {
    std::deque<std::function<void()>> waiting;
    std::condition_variable arrived;
  };
  void work(Line& line, bool overflow);

  std::mutex mutex_;
  Line line_, overflow_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fathom::server
