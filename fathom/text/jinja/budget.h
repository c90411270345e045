// What one rendering may use, so that a hostile template can neither hang the program nor fill its memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fathom/base/error.h"

namespace fathom::text::jinja {

struct Limits {
  std::int64_t steps = 20'000'000;                // expressions, statements and items visited
  std::size_t text_bytes = std::size_t{1} << 26;  // of one string, the output included
  std::size_t all_bytes = std::size_t{1} << 30;   // of all strings and lists made on the way, 64 an item
  int recursion = 1000;                           // nested expressions, statements and macro calls
  int value_depth = 200;                          // lists in lists
};

// Counts; every count throws Error when its limit is passed.
class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits) {}

  void step(std::size_t count = 1) {
    steps_ += static_cast<std::int64_t>(count);
    require(steps_ <= limits_.steps, "the template takes more than {} steps", limits_.steps);
  }
  void check_size(std::size_t bytes) const {
    require(bytes <= limits_.text_bytes, "the template makes a string of more than {} bytes", limits_.text_bytes);
  }
  // A string of this size is made or searched.
  void text(std::size_t bytes) {
    check_size(bytes);
    take(bytes);
  }
  // A list or a dictionary of this many items is made.
  void items(std::size_t count) {
    step(count);
    take(count * 64);
  }
  void value_depth(int depth) const {
    require(depth <= limits_.value_depth, "lists and dictionaries are nested more than {} deep", limits_.value_depth);
  }

  // Counts how deep the interpreter is while the object lives.
  class Nested {
   public:
    explicit Nested(Budget& budget) : budget_(budget) {
      require(budget_.depth_ < budget_.limits_.recursion, "the template nests or recurses more than {} deep", budget_.limits_.recursion);
      ++budget_.depth_;
    }
    ~Nested() { --budget_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Budget& budget_;
  };

 private:
  void take(std::size_t bytes) {
    all_bytes_ += bytes;
    require(all_bytes_ <= limits_.all_bytes, "the template makes strings and lists of more than {} bytes", limits_.all_bytes);
  }

  Limits limits_;
  std::int64_t steps_ = 0;
  std::size_t all_bytes_ = 0;
  int depth_ = 0;
};

}  // namespace fathom::text::jinja
