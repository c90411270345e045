// Threads for connections. Private to the room.
#pragma once

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fathom::server {

// httplib's own pool lets connections wait without limit and without an answer. This one gives those beyond its threads to one more thread,
// which is marked, so that their requests are answered with "come back later". That thread waits for all of its connections at once and
// serves one when its request is there, so that none that says nothing keeps it from the others.
class ConnectionPool final : public httplib::TaskQueue {
 public:
  explicit ConnectionPool(std::size_t threads);
  void enqueue(std::function<void()> connection) override;
  void shutdown() override;

  // Whether the calling thread serves a connection that has no thread of its own.
  static bool overflowing();

  // In such a thread: calls `serve` when the connection's request is there (with TLS: anything) or closes the socket when it does not come.
  static void park(socket_t socket, bool tls, std::function<void()> serve);

 private:
  struct Line {
    std::deque<std::function<void()>> waiting;
    std::condition_variable arrived;
  };
  struct Parked {
    socket_t socket;
    bool tls;
    std::function<void()> serve;
    std::chrono::steady_clock::time_point until;
  };
  void work();
  void work_overflow();
  static bool look_at(Parked& parked);  // true: it is served or closed

  std::mutex mutex_;
  Line line_, overflow_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::deque<Parked> parked_;  // of the overflow thread alone
  std::vector<std::thread> threads_;
};

}  // namespace fathom::server
