#include "fathom/base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace fathom {
namespace {

constexpr int kBarWidth = 20;
constexpr double kTerminalInterval = 0.1;  // seconds between redraws
constexpr double kLogInterval = 10.0;      // seconds between lines where nobody watches
constexpr double kLeastMeasured = 0.01;    // seconds

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

int terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// Cuts UTF-8 text to `width` characters, so that a long line does not wrap and scroll the terminal.
std::string cut_to_width(std::string text, int width) {
  int characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins_character && ++characters > width) return text.substr(0, i);
  }
  return text;
}

// "steps", but "MB".
std::string plural(const std::string& unit) { return unit.ends_with('B') ? unit : unit + "s"; }

}  // namespace

Progress::Progress(std::string label, std::int64_t total, std::string unit, bool quiet)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      terminal_(::isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      drawn_(begin_) {}

Progress::~Progress() { finish(); }

void Progress::start_at(std::int64_t done) {
  start_ = last_ = printed_ = done;
  begin_ = drawn_ = std::chrono::steady_clock::now();
}

void Progress::update(std::int64_t done, std::string_view detail) {
  last_ = done;
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  const bool complete = total_ > 0 && done >= total_;
  if (!complete && seconds_between(drawn_, now) < (terminal_ ? kTerminalInterval : kLogInterval)) {
    detail_ = detail;
    return;
  }
  drawn_ = now;
  draw(done, detail);
}

void Progress::finish() {
  if (quiet_) return;
  if (last_ != printed_) {
    drawn_ = std::chrono::steady_clock::now();
    draw(last_, detail_);
  }
  if (open_) std::fputc('\n', stderr);
  open_ = false;
}

void Progress::draw(std::int64_t done, std::string_view detail) {
  const double elapsed = seconds_between(begin_, drawn_);
  // What was over before a clock could tell has no rate.
  const double rate = elapsed > kLeastMeasured ? static_cast<double>(done - start_) / elapsed : 0;
  std::string line = label_ + " ";
  if (total_ > 0) {
    const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total_), 0.0, 1.0);
    if (terminal_) {
      const int filled = static_cast<int>(share * kBarWidth);
      line += fmt::format("[{:#<{}}{:.<{}}] ", "", filled, "", kBarWidth - filled);
    }
    line += fmt::format("{:3.0f}% ", share * 100);
    line += fmt::format("{}/{} {}", done, total_, plural(unit_));
  } else {
    line += fmt::format("{} {}", format_count(static_cast<double>(done)), plural(unit_));
  }
  if (rate > 0) {
    line += fmt::format(", {}/s", format_count(rate));
    if (done < total_) line += fmt::format(", {} left", format_duration(static_cast<double>(total_ - done) / rate));
    if (total_ > 0 && done >= total_) line += fmt::format(", {}", format_duration(elapsed));
  }
  if (!detail.empty()) line += fmt::format(" | {}", detail);
  if (terminal_) {
    fmt::print(stderr, "\r{}\033[K", cut_to_width(std::move(line), terminal_width() - 1));
    std::fflush(stderr);
    open_ = true;
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  printed_ = done;
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  if (seconds < 0.1) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

std::string format_count(double value) {
  static constexpr std::array<const char*, 5> kSuffixes{"", " k", " M", " G", " T"};
  if (!std::isfinite(value)) return fmt::format("{}", value);
  std::size_t power = 0;
  double shown = std::abs(value);
  // 999.6 would be printed as "1000": such a value takes the next suffix.
  while (shown >= 999.5 && power + 1 < kSuffixes.size()) {
    shown /= 1000;
    ++power;
  }
  const char* sign = value < 0 ? "-" : "";
  if (power == 0 && shown == std::floor(shown)) return fmt::format("{}{:.0f}", sign, shown);
  const int decimals = shown < 9.995 ? 2 : shown < 99.95 ? 1 : 0;
  return fmt::format("{}{:.{}f}{}", sign, shown, decimals, kSuffixes[power]);
}

std::string format_bytes(double bytes) {
  static constexpr std::array<const char*, 6> kSuffixes{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t power = 0;
  while (std::abs(bytes) >= 1023.95 && power + 1 < kSuffixes.size()) {
    bytes /= 1024;
    ++power;
  }
  return fmt::format("{:.{}f} {}", bytes, power == 0 ? 0 : 1, kSuffixes[power]);
}

}  // namespace fathom
