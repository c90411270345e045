// Shows the reasoning of a streamed reply (<think>…</think>) dimmed on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace fathom::cli {

class ThinkDimmer {
 public:
  // Off: text passes as it is.
  explicit ThinkDimmer(bool on) : on_(on) {}
  // The text to print now; what may be the beginning of a tag waits for the next piece.
  std::string push(std::string_view piece);
  // What waits, and the terminal back to normal.
  std::string finish();

 private:
  bool on_;
  bool dim_ = false;
  std::string pending_;
};

}  // namespace fathom::cli
