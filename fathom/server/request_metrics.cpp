#include "fathom/server/request_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace fathom::server {

void RequestMetrics::record(std::string_view route, int status, double seconds) {
  const auto bucket = static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), status}];
  Duration& duration = durations_[std::string(route)];
  ++duration.counts[bucket];
  duration.sum += seconds;
}

std::string RequestMetrics::text(const std::vector<Gauge>& gauges) const {
  std::string out;
  const auto to = std::back_inserter(out);
  const auto head = [&](std::string_view name, std::string_view help, std::string_view type) {
    fmt::format_to(to, "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  };
  for (const Gauge& gauge : gauges) {
    head(gauge.name, gauge.help, "gauge");
    fmt::format_to(to, "{} {}\n", gauge.name, gauge.value);
  }
  const std::lock_guard lock(mutex_);
  head("fathom_http_requests_total", "Requests answered.", "counter");
  for (const auto& [key, count] : requests_)
    fmt::format_to(to, "fathom_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
  head("fathom_http_request_duration_seconds", "Time from a request's arrival to its reply; of streams to their end.", "histogram");
  for (const auto& [route, duration] : durations_) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < duration.counts.size(); ++i) {
      total += duration.counts[i];
      const std::string bound = i < bounds.size() ? fmt::format("{}", bounds[i]) : "+Inf";
      fmt::format_to(to, "fathom_http_request_duration_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", route, bound, total);
    }
    fmt::format_to(to, "fathom_http_request_duration_seconds_sum{{route=\"{}\"}} {}\n", route, duration.sum);
    fmt::format_to(to, "fathom_http_request_duration_seconds_count{{route=\"{}\"}} {}\n", route, total);
  }
  return out;
}

}  // namespace fathom::server
