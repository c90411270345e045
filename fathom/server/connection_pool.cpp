#include "fathom/server/connection_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace fathom::server {
namespace {

using namespace std::chrono_literals;

constexpr auto glance = 10ms;               // between two looks at the connections that wait
constexpr auto patience = 10s;              // for their requests
constexpr std::size_t most_parked = 256;    // of more, the oldest goes
constexpr std::size_t header_seen = 8'192;  // bytes; a longer header is not waited for

thread_local ConnectionPool* overflow_of = nullptr;

}  // namespace

bool ConnectionPool::overflowing() { return overflow_of != nullptr; }

ConnectionPool::ConnectionPool(std::size_t threads) : idle_(threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  threads_.emplace_back([this] { work_overflow(); });
}

void ConnectionPool::enqueue(std::function<void()> connection) {
  const std::lock_guard lock(mutex_);
  Line& line = idle_ > line_.waiting.size() ? line_ : overflow_;
  line.waiting.push_back(std::move(connection));
  line.arrived.notify_one();
}

void ConnectionPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    line_.arrived.wait(lock, [&] { return !line_.waiting.empty() || stopping_; });
    if (line_.waiting.empty()) return;
    const std::function<void()> connection = std::move(line_.waiting.front());
    line_.waiting.pop_front();
    --idle_;
    lock.unlock();
    connection();
    lock.lock();
    ++idle_;
  }
}

void ConnectionPool::park(socket_t socket, bool tls, std::function<void()> serve) {
  std::deque<Parked>& parked = overflow_of->parked_;
  if (parked.size() == most_parked) {
    ::close(parked.front().socket);
    parked.pop_front();
  }
  parked.push_back({socket, tls, std::move(serve), std::chrono::steady_clock::now() + patience});
}

bool ConnectionPool::look_at(Parked& parked) {
  std::array<char, header_seen> bytes;
  const ssize_t seen = ::recv(parked.socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  const std::string_view text(bytes.data(), seen > 0 ? static_cast<std::size_t>(seen) : 0);
  if (!text.empty() && (parked.tls || text.size() == bytes.size() || text.find("\r\n\r\n") != text.npos)) {
    parked.serve();
    return true;
  }
  const bool gone = seen == 0 || (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  if (!gone && std::chrono::steady_clock::now() < parked.until) return false;
  ::close(parked.socket);
  return true;
}

void ConnectionPool::work_overflow() {
  overflow_of = this;
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto wakes = [&] { return !overflow_.waiting.empty() || stopping_; };
    if (parked_.empty())
      overflow_.arrived.wait(lock, wakes);
    else
      overflow_.arrived.wait_for(lock, glance, wakes);
    const std::deque<std::function<void()>> arrived = std::exchange(overflow_.waiting, {});
    const bool ends = stopping_;
    lock.unlock();
    for (const std::function<void()>& connection : arrived) connection();  // comes back through park()
    std::erase_if(parked_, look_at);
    if (ends) {
      for (const Parked& parked : parked_) ::close(parked.socket);
      return;
    }
    lock.lock();
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
