// Progress for people on a terminal (one line that is redrawn: bar, rate, time left), plain lines otherwise; on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fathom {

class Progress {
 public:
  // `total` in `unit`s ("step", "token", "MB"); 0 when unknown.
  Progress(std::string label, std::int64_t total, std::string unit, bool quiet = false);
  ~Progress();
  // `done` so far in this run of the program plus what was done before; `detail` is shown at the end of the line ("loss 2.31").
  void update(std::int64_t done, std::string_view detail = {});
  // Ends the line; later updates start a new one.
  void finish();
  // Where counting started after a resume, so that the rate is that of this run only.
  void start_at(std::int64_t done);

 private:
  void draw(std::int64_t done, std::string_view detail);
  std::string label_, unit_, detail_;
  std::int64_t total_, start_ = 0, last_ = 0, printed_ = 0;  // printed_: the count that was drawn last
  bool quiet_, terminal_, open_ = false;
  std::chrono::steady_clock::time_point begin_, drawn_;
};

// "1 h 02 min", "3 min 20 s", "4.2 s".
std::string format_duration(double seconds);
// "12.3 k", "4.56 M": for rates and counts.
std::string format_count(double value);
// "1.5 GiB".
std::string format_bytes(double bytes);

}  // namespace fathom
