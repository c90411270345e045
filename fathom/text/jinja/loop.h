// A running for loop: its items, the condition that picks among them, and the variable `loop`.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

struct Loop {
  // `accepts` is the condition of `for x in y if …`, asked when the loop comes to the item, as Jinja does; may be empty.
  Loop(std::vector<Value> items, std::function<bool(const Value&)> accepts) : items_(std::move(items)), accepts_(std::move(accepts)) {}

  // Goes on to the next item; false at the end.
  bool advance();
  const Value& current() const { return *current_; }
  // Value of loop.NAME; nullopt when there is no such attribute.
  std::optional<Value> attribute(std::string_view name);
  static bool has_attribute(std::string_view name);

 private:
  std::optional<Value> pull();
  const std::optional<Value>& peek();
  std::int64_t length();

  std::vector<Value> items_;
  std::function<bool(const Value&)> accepts_;
  std::size_t next_ = 0;
  std::int64_t index0_ = -1;
  std::optional<Value> previous_, current_, after_;
  std::optional<std::int64_t> length_;
};

}  // namespace fathom::text::jinja
