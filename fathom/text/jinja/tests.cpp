// The tests of Jinja 3.1: what may stand after `is`.
#include "fathom/text/jinja/operators.h"
#include "fathom/text/jinja/parameters.h"

namespace fathom::text::jinja {
namespace {

template <bool (*Holds)(const Value&)>
Value simple(const Value& subject, Parameters, Runtime&) {
  return Holds(subject);
}

template <Operator Op>
Value compared(const Value& subject, Parameters parameters, Runtime& runtime) {
  return compare(Op, subject, *parameters[0], runtime.budget);
}

bool is_defined(const Value& value) { return !value.is_undefined(); }
bool is_undefined(const Value& value) { return value.is_undefined(); }
bool is_none(const Value& value) { return value.is_none(); }
bool is_string(const Value& value) { return value.as_text() != nullptr; }
bool is_mapping(const Value& value) { return value.as_dict() != nullptr; }
bool is_number(const Value& value) { return value.is_number(); }
bool is_integer(const Value& value) { return value.is_integer() && !value.is_boolean(); }
bool is_float(const Value& value) { return value.is<double>(); }
bool is_boolean(const Value& value) { return value.is_boolean(); }
bool is_true(const Value& value) { return value.is_boolean() && value.boolean(); }
bool is_false(const Value& value) { return value.is_boolean() && !value.boolean(); }
bool is_iterable(const Value& value) {
  return value.is_undefined() || value.as_text() != nullptr || value.as_sequence() != nullptr || value.as_dict() != nullptr ||
         value.as_iterator() != nullptr || value.as_loop() != nullptr;
}
bool is_sequence(const Value& value) {
  const Sequence* sequence = value.as_sequence();
  return value.is_undefined() || value.as_text() != nullptr || (sequence != nullptr && !sequence->is_view()) || value.as_dict() != nullptr;
}

Value remainder_is(const Value& subject, const Value& divisor, std::int64_t remainder, Runtime& runtime) {
  return equal(arithmetic(Operator::modulo, subject, divisor, runtime.budget), Value(remainder), runtime.budget);
}
Value is_odd(const Value& subject, Parameters, Runtime& runtime) { return remainder_is(subject, std::int64_t{2}, 1, runtime); }
Value is_even(const Value& subject, Parameters, Runtime& runtime) { return remainder_is(subject, std::int64_t{2}, 0, runtime); }
Value is_divisible(const Value& subject, Parameters parameters, Runtime& runtime) {
  return remainder_is(subject, *parameters[0], 0, runtime);
}

const std::vector<Builtin>& tests() {
  static const std::vector<Builtin> table = {
      {"!=", {"other"}, 1, compared<Operator::not_equal>, true},
      {"<", {"other"}, 1, compared<Operator::less>, true},
      {"<=", {"other"}, 1, compared<Operator::less_equal>, true},
      {"==", {"other"}, 1, compared<Operator::equal>, true},
      {">", {"other"}, 1, compared<Operator::greater>, true},
      {">=", {"other"}, 1, compared<Operator::greater_equal>, true},
      {"boolean", {}, 0, simple<is_boolean>},
      {"defined", {}, 0, simple<is_defined>},
      {"divisibleby", {"num"}, 1, is_divisible},
      {"eq", {"other"}, 1, compared<Operator::equal>, true},
      {"equalto", {"other"}, 1, compared<Operator::equal>, true},
      {"even", {}, 0, is_even},
      {"false", {}, 0, simple<is_false>},
      {"float", {}, 0, simple<is_float>},
      {"ge", {"other"}, 1, compared<Operator::greater_equal>, true},
      {"greaterthan", {"other"}, 1, compared<Operator::greater>, true},
      {"gt", {"other"}, 1, compared<Operator::greater>, true},
      {"in", {"seq"}, 1, compared<Operator::in>},
      {"integer", {}, 0, simple<is_integer>},
      {"iterable", {}, 0, simple<is_iterable>},
      {"le", {"other"}, 1, compared<Operator::less_equal>, true},
      {"lessthan", {"other"}, 1, compared<Operator::less>, true},
      {"lt", {"other"}, 1, compared<Operator::less>, true},
      {"mapping", {}, 0, simple<is_mapping>},
      {"ne", {"other"}, 1, compared<Operator::not_equal>, true},
      {"none", {}, 0, simple<is_none>},
      {"number", {}, 0, simple<is_number>},
      {"odd", {}, 0, is_odd},
      {"sequence", {}, 0, simple<is_sequence>},
      {"string", {}, 0, simple<is_string>},
      {"true", {}, 0, simple<is_true>},
      {"undefined", {}, 0, simple<is_undefined>},
  };
  return table;
}

}  // namespace

const Builtin* find_test(std::string_view name) { return find_builtin(tests(), name); }
std::string known_tests() { return list_names(tests()); }

}  // namespace fathom::text::jinja
