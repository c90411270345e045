#include "fathom/server/connection_pool.h"

namespace fathom::server {
namespace {

thread_local bool serves_overflow = false;

}  // namespace

bool ConnectionPool::overflowing() { return serves_overflow; }

ConnectionPool::ConnectionPool(std::size_t threads) : idle_(threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(line_, false); });
  threads_.emplace_back([this] { work(overflow_, true); });
}

void ConnectionPool::enqueue(std::function<void()> connection) {
  const std::lock_guard lock(mutex_);
  Line& line = idle_ > line_.waiting.size() ? line_ : overflow_;
  line.waiting.push_back(std::move(connection));
  line.arrived.notify_one();
}

void ConnectionPool::work(Line& line, bool overflow) {
  serves_overflow = overflow;
  std::unique_lock lock(mutex_);
  for (;;) {
    line.arrived.wait(lock, [&] { return !line.waiting.empty() || stopping_; });
    if (line.waiting.empty()) return;
    const std::function<void()> connection = std::move(line.waiting.front());
    line.waiting.pop_front();
    if (!overflow) --idle_;
    lock.unlock();
    connection();
    lock.lock();
    if (!overflow) ++idle_;
  }
}

void ConnectionPool::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  line_.arrived.notify_all();
  overflow_.arrived.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace fathom::server
