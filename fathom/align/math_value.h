// The value of a written answer: a number, a sequence of values (tuple, set, list, interval), or text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/align/rational.h"

namespace fathom::align {

struct MathNumber {
  Rational value;
  std::int64_t decimals = 0;  // digits behind the point when it was written as a decimal
  std::int64_t significant_digits = 0;
  bool percent = false;
  std::string unit;  // canonical name of a known unit ("km", "hour", "dollar", …); empty: none or unknown
};

struct MathValue {
  enum class Kind { number, sequence, text, undefined };
  Kind kind = Kind::text;  // undefined: a division by zero
  MathNumber number;
  std::vector<MathValue> items;  // of a sequence
  char open = 0, close = 0;      // its brackets; 0 for a bare list "2, 3"
  std::string text;              // the normalised spelling, always filled
};

// Reads an answer as people and models write them: separators, signs, decimals, percent, currency, units, a/b, \frac{a}{b}, \frac12,
// mixed numbers, 1.5e3, 1.5 \times 10^3, degrees, \text{…}, "x = 5", (1, 2), {1, 2}, 1, 2. Never throws; what is no number is text.
// Answers longer than 4096 bytes are text, numbers longer than 1000 digits too.
MathValue read_math_value(std::string_view answer);

// Numbers are compared exactly; a decimal of at least three decimals and three significant digits also equals what rounds to it.
// "50%" equals 50 and 0.5. Two known units must be the same. Sequences: item by item in round and square brackets, in any order in
// braces and in bare lists. Text: by its normalised spelling.
bool same_value(const MathValue& a, const MathValue& b);

}  // namespace fathom::align
