// A server on a free port of the loopback address, for tests.
#pragma once

#include <httplib.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fathom/server/http_server.h"

namespace fathom::server {

class Running {
 public:
  explicit Running(HttpOptions options, std::vector<Route> routes) {
    options.port = 0;
    server_ = std::make_unique<HttpServer>(std::move(options), std::move(routes), metrics_);
    port_ = server_->bind();
    thread_ = std::thread([this] { server_->run(); });
  }
  ~Running() { end(); }
  void end() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", port_);
    client.set_read_timeout(20);
    return client;
  }
  int port() const { return port_; }
  RequestMetrics& metrics() { return metrics_; }

 private:
  RequestMetrics metrics_;
  std::unique_ptr<HttpServer> server_;
  int port_ = 0;
  std::thread thread_;
};

inline HttpOptions with(const std::function<void(HttpOptions&)>& change) {
  HttpOptions options;
  options.port = 0;
  change(options);
  return options;
}

inline Route route(std::string method, std::string path, std::function<Reply(const Request&)> handle) {
  Route made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.handle = std::move(handle);
  return made;
}

}  // namespace fathom::server
