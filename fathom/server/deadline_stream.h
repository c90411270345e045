// A connection with limits on time and size. Private to the room.
#pragma once

#include <httplib.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>

namespace fathom::server {

// What connections may take; shared by all of a server.
struct ConnectionLimits {
  using Clock = std::chrono::steady_clock;
  std::chrono::milliseconds request{10'000};  // from a request's first byte, or the connection's begin, to its last
  std::chrono::milliseconds write{30'000};    // for a client to take a reply, or one event of a stream
  std::chrono::milliseconds idle{5'000};      // between requests
  std::chrono::milliseconds stop{5'000};      // instead of these, once the server is to end
  std::size_t body = 0;                       // bytes

  void begin_to_stop() { stopped_at = Clock::now().time_since_epoch().count(); }
  bool stopping() const { return stopped_at != 0; }
  Clock::time_point latest_read() const { return Clock::time_point(Clock::duration(stopped_at)) + stop; }  // once stopping

 private:
  std::atomic<Clock::rep> stopped_at{0};
};

// httplib waits for each byte anew, so that a client that sends one now and then holds a thread for ever, and it reads headers and chunked
// bodies of any size. This stream has a deadline for a request as a whole and a budget of bytes.
class DeadlineStream final : public httplib::Stream {
 public:
  // Takes the socket over. `context` null: no TLS. `brief`: a second is all there is, for one request (ConnectionPool::overflowing()).
  DeadlineStream(socket_t socket, SSL_CTX* context, const ConnectionLimits& limits, bool brief);
  ~DeadlineStream() override;  // closes; the client can still read the reply if its request was not read to the end

  // The stream that the calling thread serves; null: none.
  static DeadlineStream* current();

  bool shake_hands();       // of TLS; true without it
  bool wait_for_request();  // false: none came in time, or the server is to end
  void begin_body();        // the header is read; a body may now take its own bytes
  void end_after_reply() { ends_ = true; }
  void go_on_after_reply() { ends_ = brief_; }
  bool goes_on() const { return !ends_ && !failed_; }
  bool timed_out() const { return timed_out_; }
  bool too_large() const { return too_large_; }

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = ConnectionLimits::Clock;
  // Until the socket is ready for `events` (poll()); false when `until()` is over. The server's end may bring it nearer.
  bool wait(short events, Clock::time_point deadline, bool reading) const;
  // What poll() has to wait for after TLS or the socket gave `result`; 0: it failed.
  short wanted(int result, short events) const;
  ssize_t receive(char* to, std::size_t size, Clock::time_point deadline);
  void close_politely();

  socket_t socket_;
  const ConnectionLimits& limits_;
  const bool brief_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_;
  std::array<char, 4096> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is in the buffer
  Clock::time_point deadline_;       // of the request
  std::size_t budget_ = 0;           // bytes that may still be read
  bool ends_ = false, failed_ = false, timed_out_ = false, too_large_ = false;
};

}  // namespace fathom::server
