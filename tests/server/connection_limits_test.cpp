// Clients that send too much, too slowly or nothing at all.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/running_server.h"

namespace fathom::server {
namespace {

using namespace std::chrono_literals;

// A connection whose bytes the test chooses.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(const std::string& bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  // Everything until the server closes.
  std::string rest() const {
    std::string all;
    char buffer[4096];
    for (ssize_t got; (got = ::recv(socket_, buffer, sizeof buffer, 0)) > 0;) all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }
  // The status of the answer, 0 for none.
  int status() const {
    const std::string answer = rest();
    return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
  }
  // Sends a byte now and then until the server does not take it any more.
  void trickle(const std::string& first, const std::string& again) const {
    send(first);
    for (int i = 0; i < 400 && send(again); ++i) {
      char byte = 0;
      if (::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) return;
      std::this_thread::sleep_for(50ms);
    }
  }

 private:
  int socket_;
};

Reply size_of(const Request& request) { return Reply::json({{"size", request.body.size()}}); }

std::vector<Route> routes_with_health() {
  std::vector<Route> routes = {route("POST", "/post", size_of), route("GET", "/get", size_of), route("DELETE", "/get", size_of),
                               route("GET", "/health", size_of)};
  routes[3].limited = false;
  routes[3].access = Access::open;
  return routes;
}

const std::string post = "POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

TEST(ConnectionLimits, BodiesInChunksAreLimitedToo) {
  Running running(with([](HttpOptions& o) { o.most_body = 2000; }), routes_with_health());
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";  // 500 bytes
  RawClient fits(running.port());
  fits.send(post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk + chunk + chunk + "0\r\n\r\n");
  EXPECT_NE(fits.rest().find("{\"size\":2000}"), std::string::npos);
  RawClient endless(running.port());
  endless.send(post + "Transfer-Encoding: chunked\r\n\r\n");
  std::size_t sent = 0;
  while (sent < (std::size_t{64} << 20) && endless.send(chunk)) sent += chunk.size();
  EXPECT_LT(sent, std::size_t{64} << 20);
  RawClient larger(running.port());
  larger.send(post + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + chunk + chunk + chunk + "0\r\n\r\n");
  EXPECT_EQ(larger.status(), 413);
  RawClient length_line(running.port());
  length_line.send(post + "Transfer-Encoding: chunked\r\n\r\n" + std::string(100'000, '0'));
  EXPECT_EQ(length_line.status(), 413);
}

TEST(ConnectionLimits, BodiesAreReadAfterTheKeyAndTheRoute) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "connection_limits_keys";
  std::filesystem::remove(file);
  ApiKeys::create(file, "reader", Role::search);
  HttpOptions options;
  options.keys = ApiKeys::read(file);
  Running running(std::move(options), routes_with_health());
  for (const std::string length : {"Transfer-Encoding: chunked\r\n", "Content-Length: 1000000\r\n"}) {
    RawClient client(running.port());
    client.send(post + length + "\r\n");  // and no body: the answer does not wait for it
    EXPECT_EQ(client.status(), 401);
  }
  RawClient lost(running.port());
  lost.send("PUT /get HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(lost.status(), 405);
}

TEST(ConnectionLimits, BodiesWithoutOrWithTwoLengthsAreRefusedAtOnce) {
  Running running({}, routes_with_health());
  const auto status = [&](const std::string& request) {
    RawClient client(running.port());
    client.send(request);
    return client.status();
  };
  EXPECT_EQ(status(post + "Connection: close\r\n\r\n"), 411);
  EXPECT_EQ(status("PUT /post HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), 405);
  EXPECT_EQ(status("DELETE /get HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), 200);
  EXPECT_EQ(status(post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"), 400);
  EXPECT_EQ(status(post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), 400);
  EXPECT_EQ(status(post + "Content-Length: two\r\n\r\n{}"), 400);
  EXPECT_EQ(status(post + "Content-Length: 99999999999999999999999\r\n\r\n{}"), 413);
  EXPECT_EQ(
      status("POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\n--x--"),
      415);
  EXPECT_EQ(status("GET /get HTTP/1.1\r\n" + std::string(200'000, 'h')), 431);
}

TEST(ConnectionLimits, SlowRequestsAreCutOff) {
  Running running(with([](HttpOptions& o) { o.read_timeout = 1; }), routes_with_health());
  RawClient header(running.port());
  header.trickle("GET /get HT", "T");
  EXPECT_NE(header.status(), 200);
  RawClient body(running.port());
  body.trickle(post + "Content-Length: 5000\r\n\r\n", " ");
  EXPECT_EQ(body.status(), 408);
}

TEST(ConnectionLimits, HalfOpenConnectionsKeepNobodyOut) {
  Running running(with([](HttpOptions& o) { o.connections = 4; }), routes_with_health());
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::make_unique<RawClient>(running.port()));
    silent.back()->send("GET /get HT");
  }
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(running.client().Get("/health")->status, 200);
  const auto refused = running.client().Get("/get");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_TRUE(refused->has_header("Retry-After"));
  RawClient with_body(running.port());
  with_body.send(post + "Content-Length: 1000\r\n\r\n");
  EXPECT_EQ(with_body.status(), 429);
}

TEST(ConnectionLimits, SlowClientsDoNotKeepAServerFromEnding) {
  // With these times a server that waited for its clients would take longer than the test may.
  Running running(with([](HttpOptions& o) { o.read_timeout = 100'000, o.stop_timeout = 1, o.connections = 2; }), routes_with_health());
  std::atomic<bool> ended{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      RawClient client(running.port());
      client.send("GET /get HTTP/1.1\r\n");
      while (!ended && client.send("X")) std::this_thread::sleep_for(100ms);
    });
  }
  std::this_thread::sleep_for(300ms);
  running.end();
  ended = true;
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace fathom::server
