// End-to-end latency of /search: clients with kept-alive connections over loopback, each asking one query after the other.
//   serve_bench INDEX QUERIES [seconds 5] [clients 1 8 32 …]       starts a server in this process, on a free port
//   serve_bench http://127.0.0.1:8080 QUERIES [seconds 5] [clients …]   asks one that runs
// QUERIES: one a line, taken in turn; none is asked twice before all were asked once.
#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/server/http_server.h"
#include "fathom/server/search_service.h"

namespace {

using namespace fathom;
using Clock = std::chrono::steady_clock;

// A server over an index on a free port of this machine, as `fathom serve` starts it.
class LocalServer {
 public:
  explicit LocalServer(const std::string& index) : service_(options_of(index)) {
    server::HttpOptions options;
    options.port = 0;
    http_ = std::make_unique<server::HttpServer>(
        options, service_.routes(metrics_, [this] { return http_ ? &http_->admission() : nullptr; }), metrics_);
    address_ = fmt::format("http://127.0.0.1:{}", http_->bind());
    thread_ = std::thread([this] { http_->run(); });
  }
  ~LocalServer() {
    http_->stop();
    thread_.join();
  }
  const std::string& address() const { return address_; }

 private:
  static server::ServiceOptions options_of(const std::string& index) {
    server::ServiceOptions options;
    options.index = index;
    return options;
  }

  server::RequestMetrics metrics_;
  server::SearchService service_;
  std::unique_ptr<server::HttpServer> http_;
  std::string address_;
  std::thread thread_;
};

struct Measured {
  std::vector<double> milliseconds;  // of answers with status 200
  std::int64_t refused = 0, failed = 0;
  double seconds = 0;
};

double quantile(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0.0 : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

Measured load(const std::string& address, const std::vector<std::string>& queries, std::size_t clients, double seconds,
              std::atomic<std::size_t>& next) {
  std::vector<Measured> parts(clients);
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  {
    std::vector<std::jthread> threads;
    for (Measured& part : parts) {
      threads.emplace_back([&] {
        httplib::Client client(address);
        client.set_keep_alive(true);
        client.set_tcp_nodelay(true);
        client.set_read_timeout(30);
        while (Clock::now() < end) {
          const httplib::Params parameters = {{"q", queries[next++ % queries.size()]}};
          const auto asked = Clock::now();
          const auto reply = client.Get("/search", parameters, httplib::Headers());
          if (!reply)
            ++part.failed;
          else if (reply->status == 429)
            ++part.refused;
          else if (reply->status != 200)
            ++part.failed;
          else
            part.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - asked).count());
        }
      });
    }
  }
  Measured all;
  all.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  for (const Measured& part : parts) {
    all.milliseconds.insert(all.milliseconds.end(), part.milliseconds.begin(), part.milliseconds.end());
    all.refused += part.refused;
    all.failed += part.failed;
  }
  std::sort(all.milliseconds.begin(), all.milliseconds.end());
  return all;
}

int run(int count, char** values) {
  if (count < 3) fail_usage("serve_bench INDEX|http://ADDRESS QUERIES [seconds] [clients …]");
  const std::string target = values[1];
  std::vector<std::string> queries;
  std::ifstream file(values[2]);
  require(file.is_open(), "{}: cannot be read; a query a line is expected", values[2]);
  for (std::string line; std::getline(file, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos) queries.push_back(line);
  require(!queries.empty(), "{}: holds no query", values[2]);
  const double seconds = count > 3 ? std::stod(values[3]) : 5.0;
  std::vector<std::size_t> clients;
  for (int i = 4; i < count; ++i) clients.push_back(std::stoull(values[i]));
  if (clients.empty()) clients = {1, 8, 32};

  std::optional<LocalServer> local;
  if (!target.starts_with("http://")) local.emplace(target);
  const std::string address = local ? local->address() : target;
  std::atomic<std::size_t> next{0};
  load(address, queries, 1, 1.0, next);  // warms caches
  fmt::print("{:>8} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "clients", "queries/s", "p50 ms", "p95 ms", "p99 ms", "max ms", "429",
             "failed");
  for (const std::size_t number : clients) {
    const Measured measured = load(address, queries, number, seconds, next);
    fmt::print("{:>8} {:>10.0f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8} {:>8}\n", number,
               static_cast<double>(measured.milliseconds.size()) / measured.seconds, quantile(measured.milliseconds, 0.5),
               quantile(measured.milliseconds, 0.95), quantile(measured.milliseconds, 0.99), quantile(measured.milliseconds, 1.0),
               measured.refused, measured.failed);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return run(count, values);
  } catch (const std::exception& error) {
    fmt::print(stderr, "serve_bench: {}\n", error.what());
    return 1;
  }
}
