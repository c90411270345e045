#include "fathom/server/deadline_stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fathom::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_header = 64 << 10;  // bytes of request line and headers, and of what chunks add to a body
constexpr auto glance = 50ms;                  // between two looks at whether the server is to end
constexpr auto brief_time = 1000ms;

thread_local DeadlineStream* served = nullptr;

template <typename Lookup>
void name_of(Lookup lookup, socket_t socket, std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (lookup(socket, raw, &size) != 0 ||
      ::getnameinfo(raw, size, host.data(), host.size(), service.data(), service.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  ip = host.data();
  port = std::atoi(service.data());
}

}  // namespace

DeadlineStream::DeadlineStream(socket_t socket, SSL_CTX* context, const ConnectionLimits& limits, bool brief)
    : socket_(socket),
      limits_(limits),
      brief_(brief),
      tls_(context != nullptr ? SSL_new(context) : nullptr, SSL_free),
      deadline_(Clock::now() + (brief ? brief_time : limits.request)) {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  if (context != nullptr) {
    failed_ = tls_ == nullptr || SSL_set_fd(tls_.get(), socket_) != 1;
    if (tls_) SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  served = this;
}

DeadlineStream::~DeadlineStream() {
  served = nullptr;
  close_politely();
}

DeadlineStream* DeadlineStream::current() { return served; }

// A socket that is closed with bytes in it resets the connection, and the client may lose the reply.
void DeadlineStream::close_politely() {
  if (tls_ && !failed_) SSL_shutdown(tls_.get());
  ::shutdown(socket_, SHUT_WR);
  if (ends_ && !brief_) {
    const auto until = Clock::now() + brief_time;
    for (std::size_t left = limits_.body + most_header; left > 0 && !limits_.stopping() && wait(POLLIN, until, true);) {
      const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) break;
      left -= std::min(left, static_cast<std::size_t>(got));
    }
  }
  ::close(socket_);
}

bool DeadlineStream::wait(short events, Clock::time_point deadline, bool reading) const {
  for (;;) {
    if (reading && limits_.stopping()) deadline = std::min(deadline, limits_.latest_read());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= 0ms) return false;
    pollfd descriptor{socket_, events, 0};
    const int ready = ::poll(&descriptor, 1, static_cast<int>(std::min<std::chrono::milliseconds>(left, glance).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

short DeadlineStream::wanted(int result, short events) const {
  if (!tls_) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? events : short{0};
  const int error = SSL_get_error(tls_.get(), result);
  return error == SSL_ERROR_WANT_READ ? short{POLLIN} : error == SSL_ERROR_WANT_WRITE ? short{POLLOUT} : short{0};
}

bool DeadlineStream::shake_hands() {
  while (tls_ && !failed_) {
    const int result = SSL_accept(tls_.get());
    if (result == 1) return true;
    const short events = wanted(result, POLLIN);
    failed_ = events == 0 || !wait(events, deadline_, true);
  }
  return !failed_;
}

bool DeadlineStream::wait_for_request() {
  if (begin_ == end_ && (!tls_ || SSL_pending(tls_.get()) == 0)) {
    const auto until = brief_ ? deadline_ : Clock::now() + limits_.idle;
    for (;;) {
      if (wait(POLLIN, std::min(until, Clock::now() + glance), true)) break;
      if (limits_.stopping() || Clock::now() >= until) return false;
    }
  }
  if (!brief_) deadline_ = Clock::now() + limits_.request;
  budget_ = most_header;
  return true;
}

void DeadlineStream::begin_body() { budget_ = 2 * limits_.body + most_header; }

ssize_t DeadlineStream::receive(char* to, std::size_t size, Clock::time_point deadline) {
  for (;;) {
    const ssize_t got = tls_ ? SSL_read(tls_.get(), to, static_cast<int>(size)) : ::recv(socket_, to, size, 0);
    if (got > 0 || (got == 0 && !tls_)) return got;
    const short events = wanted(static_cast<int>(got), POLLIN);
    if (events == 0) return tls_ && SSL_get_error(tls_.get(), static_cast<int>(got)) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
    if (!wait(events, deadline, true)) {
      timed_out_ = true;
      return -1;
    }
  }
}

ssize_t DeadlineStream::read(char* to, std::size_t size) {
  if (failed_) return -1;
  if (Clock::now() >= deadline_) timed_out_ = true;
  too_large_ = too_large_ || budget_ == 0;
  ssize_t got = timed_out_ || too_large_ ? -1 : 1;
  if (got > 0 && begin_ == end_) {
    got = receive(buffer_.data(), buffer_.size(), deadline_);
    begin_ = 0;
    end_ = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  if (got <= 0) {
    failed_ = true;  // what follows on the connection is not known to be a request
    return got;
  }
  const std::size_t taken = std::min({size, end_ - begin_, budget_});
  std::memcpy(to, buffer_.data() + begin_, taken);
  begin_ += taken;
  budget_ -= taken;
  return static_cast<ssize_t>(taken);
}

ssize_t DeadlineStream::write(const char* from, std::size_t size) {
  const auto most = brief_               ? std::chrono::milliseconds(brief_time)
                    : limits_.stopping() ? std::min(limits_.stop, limits_.write)
                                         : limits_.write;
  const auto until = Clock::now() + most;
  for (std::size_t sent = 0; sent < size;) {
    const std::size_t piece = std::min<std::size_t>(size - sent, 1 << 20);
    const ssize_t result =
        tls_ ? SSL_write(tls_.get(), from + sent, static_cast<int>(piece)) : ::send(socket_, from + sent, piece, MSG_NOSIGNAL);
    if (result > 0) {
      sent += static_cast<std::size_t>(result);
      continue;
    }
    const short events = wanted(static_cast<int>(result), POLLOUT);
    if (events == 0 || !wait(events, until, false)) {
      failed_ = true;
      return -1;
    }
  }
  return static_cast<ssize_t>(size);
}

bool DeadlineStream::is_readable() const { return begin_ < end_ || wait(POLLIN, deadline_, true); }

bool DeadlineStream::is_writable() const {
  char byte = 0;
  const ssize_t peeked = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool gone = peeked == 0 || (peeked < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  return !failed_ && !gone && wait(POLLOUT, Clock::now() + limits_.write, false);
}

void DeadlineStream::get_remote_ip_and_port(std::string& ip, int& port) const { name_of(::getpeername, socket_, ip, port); }
void DeadlineStream::get_local_ip_and_port(std::string& ip, int& port) const { name_of(::getsockname, socket_, ip, port); }

}  // namespace fathom::server
