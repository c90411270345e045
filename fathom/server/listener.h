// httplib's server with our sockets, pool and limits. Private to the room.
#pragma once

#include <httplib.h>

#include <type_traits>
#include <utility>

#include "fathom/server/connection_pool.h"
#include "fathom/server/deadline_stream.h"

namespace fathom::server {

// `Base`: httplib::Server or httplib::SSLServer.
template <typename Base>
class Listener final : public Base {
 public:
  template <typename... Arguments>
  explicit Listener(const ConnectionLimits& limits, Arguments&&... arguments)
      : Base(std::forward<Arguments>(arguments)...), limits_(limits) {}

  void lengthen_backlog() { ::listen(this->svr_sock_, backlog); }

 private:
  static constexpr int backlog = 511;         // httplib asks for 5, which drops connections as soon as a few arrive together
  static constexpr int most_requests = 1000;  // of a connection
  static constexpr bool is_tls = std::is_same_v<Base, httplib::SSLServer>;

  bool process_and_close_socket(socket_t socket) override {
    if (!ConnectionPool::overflowing()) return serve(socket, false);
    ConnectionPool::park(socket, is_tls, [this, socket] { serve(socket, true); });
    return true;
  }

  bool serve(socket_t socket, bool brief) {
    SSL_CTX* context = nullptr;
    if constexpr (is_tls) context = this->ssl_context();
    DeadlineStream stream(socket, context, limits_, brief);
    bool good = stream.shake_hands();
    for (int left = brief ? 1 : most_requests; good && left > 0 && stream.wait_for_request(); --left) {
      bool closed = false;
      good = this->process_request(stream, left == 1, closed, nullptr) && !closed && stream.goes_on();
    }
    return good;
  }

  const ConnectionLimits& limits_;
};

}  // namespace fathom::server
