// HTTP around the routes: sockets, TLS, keys, limits, logging, and an end that loses no request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fathom/server/admission.h"
#include "fathom/server/request_metrics.h"
#include "fathom/server/route.h"

namespace fathom::server {

struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 8080;                            // 0: any free one
  std::int64_t concurrent = 4, waiting = 64;  // requests worked on, and in line (Admission)
  std::int64_t connections = 128;  // open at a time, each of which holds a thread; of the ones beyond it those are told to come back
  std::size_t most_body = std::size_t{8} << 20;  // bytes
  int read_timeout = 10;                         // seconds that a request may take to arrive, header and body
  int write_timeout = 30;                        // seconds that a client may take to read a reply, or one event
  int stop_timeout = 5;                          // seconds that either may take once the server is to end
  std::string certificate, private_key;          // PEM files; both or neither
  std::optional<ApiKeys> keys;
  bool log_requests = false;  // one line a request on standard error, without the query string
  bool log_queries = false;   // with it
};

class HttpServer {
 public:
  // Throws Error: a certificate that cannot be used. `metrics` and the routes' handlers must outlive the server and are used from many
  // threads.
  HttpServer(HttpOptions options, std::vector<Route> routes, RequestMetrics& metrics);
  ~HttpServer();

  // Takes the port and returns it. Throws Error when it is taken or not allowed.
  int bind();
  // Serves until stop(); returns when the requests that were being worked on are answered, and `stop_timeout` after it does not wait for
  // clients any more.
  void run();
  // From any thread; streams end at their next event.
  void stop();

  const Admission& admission() const { return admission_; }

 private:
  struct State;
  HttpOptions options_;
  std::vector<Route> routes_;
  RequestMetrics& metrics_;
  Admission admission_;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::server
