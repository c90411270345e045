// Python's operators on values.
#pragma once

#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

enum class Operator {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  not_in
};

std::string_view spelling(Operator op);

// Each throws Error where Python does (TypeError, ZeroDivisionError), for integers past 64 bits, and for % on strings (formatting).
Value arithmetic(Operator op, const Value& left, const Value& right, Budget& budget);
bool compare(Operator op, const Value& left, const Value& right, Budget& budget);
Value negate(const Value& value);
Value unary_plus(const Value& value);
// str(left) + str(right): the operator ~.
MarkedText concatenate(const Value& left, const Value& right, Budget& budget);
// Python's `item in container`.
bool contains(const Value& container, const Value& item, Budget& budget);

}  // namespace fathom::text::jinja
