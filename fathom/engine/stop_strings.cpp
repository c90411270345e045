#include "fathom/engine/stop_strings.h"

#include <algorithm>
#include <utility>

namespace fathom::engine {

std::string StopStrings::push(std::string_view piece) {
  if (stopped_) return {};
  if (stops_.empty()) return std::string(piece);
  pending_ += piece;
  // The one that is complete first decides, so that the result does not depend on how the text was cut into pieces.
  std::size_t begin = std::string::npos, end = std::string::npos, held = 0;
  for (const std::string& stop : stops_) {
    const std::size_t found = pending_.find(stop);
    if (found != std::string::npos && (found + stop.size() < end || (found + stop.size() == end && found < begin))) {
      begin = found;
      end = found + stop.size();
    }
    // The longest end of the text with which the stop string begins.
    for (std::size_t length = std::min(stop.size() - 1, pending_.size()); length > held; --length)
      if (pending_.compare(pending_.size() - length, length, stop, 0, length) == 0) held = length;
  }
  if (begin != std::string::npos) {
    stopped_ = true;
    std::string shown = pending_.substr(0, begin);
    pending_.clear();
    return shown;
  }
  std::string shown = pending_.substr(0, pending_.size() - held);
  pending_.erase(0, pending_.size() - held);
  return shown;
}

std::string StopStrings::flush() { return std::exchange(pending_, {}); }

}  // namespace fathom::engine
