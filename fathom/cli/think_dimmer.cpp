#include "fathom/cli/think_dimmer.h"

#include <algorithm>
#include <utility>

namespace fathom::cli {
namespace {

constexpr std::string_view open_tag = "<think>", close_tag = "</think>";
constexpr std::string_view dim = "\033[2m", normal = "\033[0m";

}  // namespace

std::string ThinkDimmer::push(std::string_view piece) {
  if (!on_) return std::string(piece);
  pending_ += piece;
  std::string out;
  while (true) {
    const std::string_view tag = dim_ ? close_tag : open_tag;
    const std::size_t found = pending_.find(tag);
    if (found == std::string::npos) {
      std::size_t held = std::min(tag.size() - 1, pending_.size());
      while (held > 0 && pending_.compare(pending_.size() - held, held, tag.substr(0, held)) != 0) --held;
      out += pending_.substr(0, pending_.size() - held);
      pending_.erase(0, pending_.size() - held);
      return out;
    }
    // The tags themselves belong to the dimmed part.
    out += pending_.substr(0, found);
    if (!dim_) out += dim;
    out += tag;
    if (dim_) out += normal;
    dim_ = !dim_;
    pending_.erase(0, found + tag.size());
  }
}

std::string ThinkDimmer::finish() {
  std::string out = std::exchange(pending_, {});
  if (std::exchange(dim_, false)) out += normal;
  return out;
}

}  // namespace fathom::cli
