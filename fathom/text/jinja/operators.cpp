#include "fathom/text/jinja/operators.h"

#include <cmath>
#include <cstring>

#include "fathom/text/jinja/represent.h"

namespace fathom::text::jinja {
namespace {

[[noreturn]] void unsupported(Operator op, const Value& left, const Value& right) {
  require_defined(left);
  require_defined(right);
  fail("unsupported operands for {}: {} and {}", spelling(op), type_name(left), type_name(right));
}

std::int64_t checked(bool overflow, std::int64_t value) {
  require(!overflow, "an integer does not fit in 64 bits");
  return value;
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  if (base == 0 || base == 1 || base == -1) return exponent == 0 ? 1 : base == -1 && exponent % 2 == 0 ? 1 : base;
  for (; exponent > 0; --exponent) {
    const bool overflow = __builtin_mul_overflow(result, base, &result);
    checked(overflow, result);
  }
  return result;
}

Value integer_arithmetic(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Operator::add: overflow = __builtin_add_overflow(a, b, &result); return checked(overflow, result);
    case Operator::subtract: overflow = __builtin_sub_overflow(a, b, &result); return checked(overflow, result);
    case Operator::multiply: overflow = __builtin_mul_overflow(a, b, &result); return checked(overflow, result);
    case Operator::floor_divide:
    case Operator::modulo: {
      require(b != 0, "division by zero");
      if (b == -1) return op == Operator::modulo ? Value(std::int64_t{0}) : integer_arithmetic(Operator::subtract, 0, a);
      const bool adjust = a % b != 0 && (a % b < 0) != (b < 0);
      return op == Operator::modulo ? a % b + (adjust ? b : 0) : a / b - (adjust ? 1 : 0);
    }
    case Operator::divide: {
      require(b != 0, "division by zero");
      constexpr std::int64_t exact = std::int64_t{1} << 53;
      require(a >= -exact && a <= exact && b >= -exact && b <= exact, "an integer past 2**53 is too large for /");
      return static_cast<double>(a) / static_cast<double>(b);
    }
    default:
      require(b >= 0 || a != 0, "0 cannot be raised to a negative power");
      if (b < 0) return std::pow(static_cast<double>(a), static_cast<double>(b));
      return integer_power(a, b);
  }
}

// Floor division and remainder as CPython has them for floats.
Value divide_floats(Operator op, double a, double b) {
  require(b != 0, "division by zero");
  double remainder = std::fmod(a, b), quotient = (a - remainder) / b;
  if (remainder != 0) {
    if ((b < 0) != (remainder < 0)) {
      remainder += b;
      quotient -= 1;
    }
  } else {
    remainder = std::copysign(0.0, b);
  }
  if (op == Operator::modulo) return remainder;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

Value float_arithmetic(Operator op, double a, double b) {
  switch (op) {
    case Operator::add: return a + b;
    case Operator::subtract: return a - b;
    case Operator::multiply: return a * b;
    case Operator::divide: require(b != 0, "division by zero"); return a / b;
    case Operator::floor_divide:
    case Operator::modulo: return divide_floats(op, a, b);
    default: {
      require(a != 0 || b >= 0, "0 cannot be raised to a negative power");
      require(a >= 0 || b == std::floor(b), "a negative number to the power {} (a complex number) is not supported", b);
      const double result = std::pow(a, b);
      require(std::isfinite(result) || !std::isfinite(a) || !std::isfinite(b), "the result of ** is too large");
      return result;
    }
  }
}

Value repeat(const Value& value, std::int64_t times, Budget& budget) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (const MarkedText* text = value.as_text()) {
    if (text->empty() || count == 0) return MarkedText();
    require(count <= (std::size_t{1} << 40) / text->size(), "the repeated string is too large");
    budget.text(text->size() * count);
    budget.step(count);
    MarkedText result;
    for (std::size_t i = 0; i < count; ++i) result.append(*text);
    return result;
  }
  const Sequence& sequence = *value.as_sequence();
  std::vector<Value> items;
  if (!sequence.items.empty() && count > 0) {
    require(count <= (std::size_t{1} << 40) / sequence.items.size(), "the repeated list is too large");
    budget.items(sequence.items.size() * count);
    for (std::size_t i = 0; i < count; ++i) items.insert(items.end(), sequence.items.begin(), sequence.items.end());
  }
  return make_sequence(sequence.kind, std::move(items), budget);
}

bool is_repeatable(const Value& value) {
  const Sequence* sequence = value.as_sequence();
  return value.as_text() != nullptr ||
         (sequence != nullptr && (sequence->kind == SequenceKind::list || sequence->kind == SequenceKind::tuple));
}

Value join_sequences(const Sequence& left, const Sequence& right, Budget& budget) {
  std::vector<Value> items = left.items;
  items.insert(items.end(), right.items.begin(), right.items.end());
  return make_sequence(left.kind, std::move(items), budget);
}

// -1, 0 or 1. Numbers and strings have an order; lists and tuples that of their first different items.
int order(Operator op, const Value& left, const Value& right, Budget& budget) {
  const Budget::Nested nested(budget);
  budget.step();
  if (left.is_number() && right.is_number()) {
    const auto exact = [](const Value& value) -> long double {
      if (value.is_integer()) return static_cast<long double>(value.integer());
      return value.real();
    };
    return exact(left) < exact(right) ? -1 : exact(left) > exact(right) ? 1 : 0;
  }
  if (left.as_text() != nullptr && right.as_text() != nullptr) {
    const int result = left.as_text()->bytes().compare(right.as_text()->bytes());
    return result < 0 ? -1 : result > 0 ? 1 : 0;
  }
  const Sequence *a = left.as_sequence(), *b = right.as_sequence();
  if (a == nullptr || b == nullptr || a->kind != b->kind || !is_repeatable(left)) unsupported(op, left, right);
  for (std::size_t i = 0; i < std::min(a->items.size(), b->items.size()); ++i)
    if (!equal(a->items[i], b->items[i], budget)) return order(op, a->items[i], b->items[i], budget);
  return a->items.size() < b->items.size() ? -1 : a->items.size() > b->items.size() ? 1 : 0;
}

}  // namespace

std::string_view spelling(Operator op) {
  constexpr std::string_view names[] = {"+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
  return names[static_cast<std::size_t>(op)];
}

Value arithmetic(Operator op, const Value& left, const Value& right, Budget& budget) {
  if (left.is_integer() && right.is_integer()) return integer_arithmetic(op, left.integer(), right.integer());
  if (left.is_number() && right.is_number()) return float_arithmetic(op, left.real(), right.real());
  if (op == Operator::modulo && left.as_text() != nullptr) fail("% on a string (formatting) is not supported; use ~");
  if (op == Operator::add) {
    if (left.as_text() != nullptr && right.as_text() != nullptr) return concatenate(left, right, budget);
    const Sequence *a = left.as_sequence(), *b = right.as_sequence();
    if (a != nullptr && b != nullptr && a->kind == b->kind && is_repeatable(left)) return join_sequences(*a, *b, budget);
  }
  if (op == Operator::multiply) {
    if (is_repeatable(left) && right.is_integer()) return repeat(left, right.integer(), budget);
    if (is_repeatable(right) && left.is_integer()) return repeat(right, left.integer(), budget);
  }
  unsupported(op, left, right);
}

bool compare(Operator op, const Value& left, const Value& right, Budget& budget) {
  switch (op) {
    case Operator::equal: return equal(left, right, budget);
    case Operator::not_equal: return !equal(left, right, budget);
    case Operator::less: return order(op, left, right, budget) < 0;
    case Operator::less_equal: return order(op, left, right, budget) <= 0;
    case Operator::greater: return order(op, left, right, budget) > 0;
    case Operator::greater_equal: return order(op, left, right, budget) >= 0;
    case Operator::in: return contains(right, left, budget);
    default: return !contains(right, left, budget);
  }
}

Value negate(const Value& value) {
  require_defined(value);
  require(value.is_number(), "a {} has no negative", type_name(value));
  return value.is_integer() ? integer_arithmetic(Operator::subtract, 0, value.integer()) : Value(-value.real());
}

Value unary_plus(const Value& value) {
  require_defined(value);
  require(value.is_number(), "+ needs a number, not a {}", type_name(value));
  return value.is_integer() ? Value(value.integer()) : value;
}

MarkedText concatenate(const Value& left, const Value& right, Budget& budget) {
  MarkedText result = to_text(left, budget);
  const MarkedText end = to_text(right, budget);
  budget.text(result.size() + end.size());
  result.append(end);
  return result;
}

bool contains(const Value& container, const Value& item, Budget& budget) {
  if (container.is_undefined()) return false;
  if (const MarkedText* text = container.as_text()) {
    const MarkedText* part = item.as_text();
    if (part == nullptr) unsupported(Operator::in, item, container);
    budget.step((text->size() + part->size()) / 64);
    return memmem(text->bytes().data(), text->size(), part->bytes().data(), part->size()) != nullptr;
  }
  if (const Dict* dict = container.as_dict()) return dict->find(item) != nullptr;
  if (container.as_sequence() == nullptr && container.as_iterator() == nullptr) unsupported(Operator::in, item, container);
  if (Iterator* iterator = container.as_iterator()) {
    while (iterator->next < iterator->items.size())
      if (equal(iterator->items[iterator->next++], item, budget)) return true;
    return false;
  }
  for (const Value& known : container.as_sequence()->items)
    if (equal(known, item, budget)) return true;
  return false;
}

}  // namespace fathom::text::jinja
