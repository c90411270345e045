// Ends a growing text before whichever of several strings is complete first, and holds back what may be the beginning of one, so that a
// stream never shows part of a stop string.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom::engine {

class StopStrings {
 public:
  explicit StopStrings(std::vector<std::string> stops = {}) : stops_(std::move(stops)) {}

  // The text that may be shown now. Nothing more comes once stopped() holds.
  std::string push(std::string_view piece);
  // What is held back, when the text ends without a stop string.
  std::string flush();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string pending_;
  bool stopped_ = false;
};

}  // namespace fathom::engine
