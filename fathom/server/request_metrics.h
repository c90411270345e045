// Counts and durations of requests, in the text format of Prometheus (version 0.0.4).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fathom::server {

class RequestMetrics {
 public:
  void record(std::string_view route, int status, double seconds);

  // A number that is read when the metrics are asked for.
  struct Gauge {
    std::string name, help;
    double value;
  };
  std::string text(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::array<double, 12> bounds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0};
  struct Duration {
    std::array<std::int64_t, bounds.size() + 1> counts{};  // by upper bound; the last: everything longer
    double sum = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::int64_t> requests_;  // by route and status
  std::map<std::string, Duration> durations_;                     // by route
};

}  // namespace fathom::server
