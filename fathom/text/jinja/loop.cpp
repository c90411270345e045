#include "fathom/text/jinja/loop.h"

#include <algorithm>
#include <array>

namespace fathom::text::jinja {
namespace {

constexpr std::array<std::string_view, 11> names = {"index",  "index0",   "revindex", "revindex0", "first", "last",
                                                    "length", "previtem", "nextitem", "depth",     "depth0"};

}  // namespace

std::optional<Value> Loop::pull() {
  while (next_ < items_.size()) {
    const Value& item = items_[next_++];
    if (!accepts_ || accepts_(item)) return item;
  }
  return std::nullopt;
}

const std::optional<Value>& Loop::peek() {
  if (!after_) after_ = pull();
  return after_;
}

std::int64_t Loop::length() {
  if (!length_) {
    std::vector<Value> rest;
    while (auto item = pull()) rest.push_back(std::move(*item));
    length_ = index0_ + 1 + static_cast<std::int64_t>(rest.size()) + (after_ ? 1 : 0);
    items_ = std::move(rest);
    accepts_ = nullptr;
    next_ = 0;
  }
  return *length_;
}

bool Loop::advance() {
  std::optional<Value> item = after_ ? std::move(after_) : pull();
  after_.reset();
  if (!item) return false;
  previous_ = std::move(current_);
  current_ = std::move(item);
  ++index0_;
  return true;
}

bool Loop::has_attribute(std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

std::optional<Value> Loop::attribute(std::string_view name) {
  if (name == "index") return index0_ + 1;
  if (name == "index0") return index0_;
  if (name == "first") return index0_ == 0;
  if (name == "last") return !peek().has_value();
  if (name == "length") return length();
  if (name == "revindex") return length() - index0_;
  if (name == "revindex0") return length() - index0_ - 1;
  if (name == "previtem") return previous_ ? *previous_ : Value::undefined("the loop has no previous item");
  if (name == "nextitem") return peek() ? *peek() : Value::undefined("the loop has no next item");
  // Only recursive loops, which are refused, go deeper.
  if (name == "depth") return std::int64_t{1};
  if (name == "depth0") return std::int64_t{0};
  return std::nullopt;
}

}  // namespace fathom::text::jinja
