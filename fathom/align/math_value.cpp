#include "fathom/align/math_value.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <utility>

#include "fathom/align/math_normalize.h"
#include "fathom/align/response_parts.h"

namespace fathom::align {

namespace {

constexpr std::size_t max_answer_bytes = 4096, max_digits = 1000;
constexpr std::int64_t max_exponent = 1000;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct UnitName {
  std::string_view spelling, canonical;
};
constexpr std::array units = {
    UnitName{"km", "km"},
    UnitName{"kilometer", "km"},
    UnitName{"kilometre", "km"},
    UnitName{"m", "m"},
    UnitName{"meter", "m"},
    UnitName{"metre", "m"},
    UnitName{"cm", "cm"},
    UnitName{"centimeter", "cm"},
    UnitName{"centimetre", "cm"},
    UnitName{"mm", "mm"},
    UnitName{"millimeter", "mm"},
    UnitName{"kg", "kg"},
    UnitName{"kilogram", "kg"},
    UnitName{"g", "g"},
    UnitName{"gram", "g"},
    UnitName{"mg", "mg"},
    UnitName{"milligram", "mg"},
    UnitName{"mile", "mile"},
    UnitName{"mi", "mile"},
    UnitName{"foot", "foot"},
    UnitName{"feet", "foot"},
    UnitName{"ft", "foot"},
    UnitName{"inch", "inch"},
    UnitName{"inche", "inch"},
    UnitName{"in", "inch"},
    UnitName{"yard", "yard"},
    UnitName{"hour", "hour"},
    UnitName{"hr", "hour"},
    UnitName{"h", "hour"},
    UnitName{"minute", "minute"},
    UnitName{"min", "minute"},
    UnitName{"second", "second"},
    UnitName{"sec", "second"},
    UnitName{"s", "second"},
    UnitName{"day", "day"},
    UnitName{"week", "week"},
    UnitName{"month", "month"},
    UnitName{"year", "year"},
    UnitName{"degree", "degree"},
    UnitName{"deg", "degree"},
    UnitName{"radian", "radian"},
    UnitName{"dollar", "dollar"},
    UnitName{"usd", "dollar"},
    UnitName{"cent", "cent"},
    UnitName{"euro", "euro"},
    UnitName{"eur", "euro"},
    UnitName{"pound_sterling", "pound_sterling"},
    UnitName{"yuan", "yuan"},
    UnitName{"rmb", "yuan"},
    UnitName{"liter", "liter"},
    UnitName{"litre", "liter"},
    UnitName{"l", "liter"},
    UnitName{"ml", "ml"},
    UnitName{"percent", "percent"},
};

// What stands around a number: canonical unit, "" for words that are no known unit; nullopt when it cannot be a unit.
std::optional<std::string> read_unit(std::string_view text) {
  text = trim(text);
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  while (!lower.empty() && lower.back() == '.') lower.pop_back();
  if (lower.empty()) return "";
  for (const bool plural : {false, true}) {
    std::string_view word = lower;
    if (plural) {
      if (word.size() < 2 || word.back() != 's') break;
      word.remove_suffix(1);
    }
    const auto found = std::find_if(units.begin(), units.end(), [&](const UnitName& u) { return u.spelling == word; });
    if (found != units.end()) return std::string(found->canonical);
  }
  // Words that make another number of it: "5 and a half", "3 or 4".
  std::istringstream words(lower);
  for (std::string word; words >> word;)
    for (const std::string_view other : {"and", "or", "half", "plus", "minus", "times", "third", "quarter"})
      if (word == other) return std::nullopt;
  // "miles per hour", "square feet", "cm^2", "right triangles": words, but no lone letter, which would be a variable.
  if (!is_letter(lower[0]) && static_cast<unsigned char>(lower[0]) < 0x80) return std::nullopt;
  std::size_t longest = 0, run = 0;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    const char c = lower[i];
    const bool letter = is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
    const bool power = is_digit(c) && i > 0 && (lower[i - 1] == '^' || lower[i - 1] == '{');
    if (!letter && !power && std::string_view(" -_/'^{}().").find(c) == std::string_view::npos) return std::nullopt;
    run = letter ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest >= 2 ? std::optional<std::string>("") : std::nullopt;
}

// A reader over one simplified answer. Functions return false (and may have moved) when what they read is not there.
struct Scanner {
  std::string_view rest;

  void skip_space() { rest = rest.substr(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())); }
  bool take(std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  }
};

struct Decimal {
  Rational value;
  std::int64_t decimals = 0, significant = 0;
};

// 12, 1,234, 1,234.50, .5, 7. (no sign)
bool scan_decimal(Scanner& in, Decimal& out) {
  std::string whole, fraction;
  std::string_view s = in.rest;
  std::size_t i = 0;
  while (i < s.size() && is_digit(s[i])) whole += s[i++];
  // Thousands: groups of exactly three digits behind one to three.
  while (!whole.empty() && whole.size() <= 3 + max_digits && i + 3 < s.size() && s[i] == ',' && is_digit(s[i + 1]) && is_digit(s[i + 2]) &&
         is_digit(s[i + 3]) && (i + 4 >= s.size() || !is_digit(s[i + 4])) && (i <= 3 || s[i - 4] == ',')) {
    whole.append(s.substr(i + 1, 3));
    i += 4;
  }
  if (i < s.size() && s[i] == '.' && (!whole.empty() || (i + 1 < s.size() && is_digit(s[i + 1])))) {
    ++i;
    while (i < s.size() && is_digit(s[i])) fraction += s[i++];
  }
  if ((whole.empty() && fraction.empty()) || whole.size() + fraction.size() > max_digits) return false;
  in.rest.remove_prefix(i);
  const std::string digits = whole + fraction;
  out.decimals = static_cast<std::int64_t>(fraction.size());
  const std::size_t first = digits.find_first_not_of('0');
  out.significant = first == std::string::npos ? 0 : static_cast<std::int64_t>(digits.size() - first);
  out.value = {Natural::from_digits(digits), Natural::power_of_ten(out.decimals), false};
  return true;
}

bool scan_sign(Scanner& in) {
  bool negative = false;
  in.skip_space();
  while (!in.rest.empty() && (in.rest[0] == '-' || in.rest[0] == '+')) {
    negative ^= in.rest[0] == '-';
    in.rest.remove_prefix(1);
    in.skip_space();
  }
  return negative;
}

// One argument of \frac: {-12}, 1, or 12 in braces.
bool scan_argument(Scanner& in, Rational& out) {
  in.skip_space();
  Decimal decimal;
  if (in.take("{")) {
    const bool negative = scan_sign(in);
    if (!scan_decimal(in, decimal)) return false;
    in.skip_space();
    out = decimal.value;
    out.negative = negative;
    return in.take("}");
  }
  if (in.rest.empty() || !is_digit(in.rest[0])) return false;
  out = {Natural(static_cast<std::uint64_t>(in.rest[0] - '0')), Natural(1), false};
  in.rest.remove_prefix(1);
  return true;
}

enum class Scan { absent, ok, divides_by_zero };

Scan divide(const Rational& a, const Rational& b, Rational& out) {
  if (b.numerator.is_zero()) return Scan::divides_by_zero;
  out = {a.numerator * b.denominator, a.denominator * b.numerator, a.negative != b.negative};
  return Scan::ok;
}

// \frac{a}{b}, \frac12
Scan scan_latex_fraction(Scanner& in, Rational& out) {
  in.skip_space();
  if (!in.take("\\frac")) return Scan::absent;
  Rational a, b;
  if (!scan_argument(in, a) || !scan_argument(in, b)) return Scan::absent;
  return divide(a, b, out);
}

// e5, E-5, * 10^5, * 10^{-5} behind a decimal. A power beyond ±1000 is no number for us.
bool scan_exponent(Scanner& in, std::int64_t& exponent) {
  Scanner probe = in;
  bool braces = false;
  if (!(probe.take("e") || probe.take("E"))) {
    probe.skip_space();
    if (!probe.take("*")) return false;
    probe.skip_space();
    if (!probe.take("10^")) return false;
    braces = probe.take("{");
  }
  const bool negative = !probe.rest.empty() && probe.rest[0] == '-';
  if (negative || (!probe.rest.empty() && probe.rest[0] == '+')) probe.rest.remove_prefix(1);
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; digits < probe.rest.size() && digits < 5 && is_digit(probe.rest[digits]); ++digits)
    value = value * 10 + (probe.rest[digits] - '0');
  if (digits == 0 || value > max_exponent) return false;
  probe.rest.remove_prefix(digits);
  if (braces && !probe.take("}")) return false;
  exponent = negative ? -value : value;
  in = probe;
  return true;
}

// Behind a whole number: the fraction of a mixed number, "3 1/2" or 3\frac{1}{2}.
Scan scan_mixed_part(Scanner& in, Rational& fraction) {
  Scanner probe = in;
  Scan scan = scan_latex_fraction(probe, fraction);
  if (scan == Scan::absent) {
    probe = in;
    probe.skip_space();
    if (probe.rest.size() == in.rest.size()) return Scan::absent;  // "31/2" is no mixed number
    Decimal a, b;
    if (!scan_decimal(probe, a) || a.decimals > 0 || !probe.take("/") || !scan_decimal(probe, b) || b.decimals > 0) return Scan::absent;
    scan = divide(a.value, b.value, fraction);
  }
  if (scan != Scan::absent) in = probe;
  return scan;
}

Scan scan_number(Scanner& in, MathNumber& out) {
  const bool negative = scan_sign(in);
  Scan scan = scan_latex_fraction(in, out.value);
  if (scan == Scan::absent) {
    Decimal decimal;
    if (!scan_decimal(in, decimal)) return Scan::absent;
    out.value = decimal.value;
    out.decimals = decimal.decimals;
    out.significant_digits = decimal.significant;
    std::int64_t exponent = 0;
    Rational fraction;
    Scanner probe = in;
    probe.skip_space();
    if (scan_exponent(in, exponent)) {
      (exponent < 0 ? out.value.denominator : out.value.numerator) =
          (exponent < 0 ? out.value.denominator : out.value.numerator) * Natural::power_of_ten(exponent < 0 ? -exponent : exponent);
      out.decimals = std::max<std::int64_t>(0, decimal.decimals - exponent);
    } else if (probe.take("/")) {
      const bool negative_divisor = scan_sign(probe);
      Decimal divisor;
      if (scan_decimal(probe, divisor)) {
        divisor.value.negative = negative_divisor;
        in = probe;
        out.decimals = 0;
        scan = divide(decimal.value, divisor.value, out.value);
        if (scan == Scan::divides_by_zero) return scan;
      }
    } else if (decimal.decimals == 0) {
      scan = scan_mixed_part(in, fraction);
      if (scan == Scan::divides_by_zero) return scan;
      if (scan == Scan::ok)
        out.value = {out.value.numerator * fraction.denominator + fraction.numerator * out.value.denominator,
                     out.value.denominator * fraction.denominator, false};
    }
  }
  if (scan == Scan::divides_by_zero) return scan;
  out.value.negative ^= negative;
  return Scan::ok;
}

// A number with nothing but units and signs of money and percent around it.
Scan read_number(std::string_view simplified, MathNumber& out) {
  Scanner in{trim(simplified)};
  // Money stands before the number: " dollar 5", "- dollar 5".
  bool negative_money = false;
  std::string currency;
  Scanner probe = in;
  negative_money = scan_sign(probe);
  for (const std::string_view name : {"dollar", "euro", "pound_sterling", "yuan"}) {
    if (!probe.take(name)) continue;
    currency = name;
    in = probe;
    break;
  }
  const Scan scan = scan_number(in, out);
  if (scan != Scan::ok) return scan;
  if (!currency.empty() && negative_money) out.value.negative = !out.value.negative;
  in.skip_space();
  out.percent = in.take("%");
  const bool spaced = in.rest.empty() || in.rest[0] == ' ' || !is_letter(in.rest[0]);
  const std::optional<std::string> unit = read_unit(in.rest);
  if (!unit) return Scan::absent;
  // "3x" is a product, "3km" a length: letters that touch the number must be a known unit of two letters or more.
  if (!spaced && (unit->empty() || trim(in.rest).size() < 2) && in.rest.data() > simplified.data() && *(in.rest.data() - 1) != ' ' &&
      *(in.rest.data() - 1) != '%')
    return Scan::absent;
  out.percent |= *unit == "percent";
  out.unit = currency.empty() ? *unit : currency;
  return Scan::ok;
}

// Positions of the commas of `text` outside of all brackets. nullopt when brackets do not balance.
std::optional<std::vector<std::string_view>> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  std::int64_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (depth < 0) return std::nullopt;
    if (c == ',' && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (depth != 0) return std::nullopt;
  parts.push_back(text.substr(begin));
  return parts;
}

MathValue read_simplified(std::string_view simplified, int depth);

// (1, 2), [1, 2), {1, 2}, \{1, 2\}, 1, 2 and "1 or 2". False when it is none of them.
bool read_sequence(std::string_view text, int depth, MathValue& out) {
  if (depth > 8) return false;
  char open = 0, close = 0;
  std::string_view inside = text;
  if (text.starts_with("\\{") && text.ends_with("\\}")) {
    open = '{', close = '}';
    inside = text.substr(2, text.size() - 4);
  } else if (text.size() >= 2 && (text[0] == '(' || text[0] == '[' || text[0] == '{') &&
             (text.back() == ')' || text.back() == ']' || text.back() == '}')) {
    open = text[0], close = text.back();
    inside = text.substr(1, text.size() - 2);
  }
  std::optional<std::vector<std::string_view>> parts = split_at_commas(inside);
  if (open != 0 && (!parts || parts->size() < 2)) {
    // "(1, 2), (3, 4)": the first and the last bracket are not partners. "(5)": the brackets only group.
    const bool groups = parts && open == '(' && close == ')' && !trim(inside).empty();
    if (groups) {
      out = read_simplified(trim(inside), depth + 1);
      return out.kind == MathValue::Kind::number || out.kind == MathValue::Kind::undefined;
    }
    open = close = 0;
    inside = text;
    parts = split_at_commas(inside);
  }
  std::vector<std::string_view> alternatives;
  if (open == 0 && parts && parts->size() == 1) {
    for (const std::string_view word : {std::string_view(" or "), std::string_view(" and ")}) {
      const std::size_t at = inside.find(word);
      if (at == std::string_view::npos) continue;
      parts = std::vector<std::string_view>{inside.substr(0, at), inside.substr(at + word.size())};
      break;
    }
  }
  if (!parts || parts->size() < 2) return false;
  out.kind = MathValue::Kind::sequence;
  out.open = open;
  out.close = close;
  for (const std::string_view part : *parts) {
    if (trim(part).empty()) return false;
    out.items.push_back(read_simplified(trim(part), depth + 1));
  }
  return true;
}

MathValue read_simplified(std::string_view simplified, int depth) {
  MathValue value;
  const Scan scan = read_number(simplified, value.number);
  if (scan == Scan::ok)
    value.kind = MathValue::Kind::number;
  else if (scan == Scan::divides_by_zero)
    value.kind = MathValue::Kind::undefined;
  else if (MathValue sequence; read_sequence(simplified, depth, sequence))
    value = std::move(sequence);
  value.text = canonical_text(simplified);
  return value;
}

bool same_number(const MathNumber& a, const MathNumber& b) {
  if (!a.unit.empty() && !b.unit.empty() && a.unit != b.unit) return false;
  const auto close = [](const MathNumber& rounded, const Rational& exact) {
    return rounded.decimals >= 3 && rounded.significant_digits >= 3 && within_half_unit(rounded.value, exact, rounded.decimals);
  };
  const auto equal = [&](const MathNumber& x, const MathNumber& y) { return x.value == y.value || close(x, y.value) || close(y, x.value); };
  if (equal(a, b)) return true;
  if (a.percent == b.percent) return false;
  MathNumber part = a.percent ? a : b;  // 50% is 0.5 as well
  part.value.denominator = part.value.denominator * Natural(100);
  part.decimals = 0;
  return equal(part, a.percent ? b : a);
}

// Whether the items agree in some order. Greedy is enough: sameness is an equivalence but for rounding.
bool same_items_in_any_order(const std::vector<MathValue>& a, const std::vector<MathValue>& b) {
  std::vector<bool> used(b.size(), false);
  for (const MathValue& item : a) {
    bool matched = false;
    for (std::size_t i = 0; i < b.size() && !matched; ++i)
      if (!used[i] && same_value(item, b[i])) used[i] = matched = true;
    if (!matched) return false;
  }
  return true;
}

}  // namespace

MathValue read_math_value(std::string_view answer) {
  if (answer.size() > max_answer_bytes) {
    MathValue value;
    value.text = std::string(trim(answer));
    return value;
  }
  return read_simplified(simplify_math(answer), 0);
}

bool same_value(const MathValue& a, const MathValue& b) {
  using Kind = MathValue::Kind;
  if (a.kind == Kind::undefined || b.kind == Kind::undefined) return false;
  if (a.kind == Kind::number && b.kind == Kind::number) return same_number(a.number, b.number);
  if (a.kind == Kind::sequence && b.kind == Kind::sequence) {
    if (a.items.size() != b.items.size() || a.open != b.open || a.close != b.close) return false;
    if (a.open == 0 || a.open == '{') return same_items_in_any_order(a.items, b.items);
    return std::equal(a.items.begin(), a.items.end(), b.items.begin(), same_value);
  }
  return a.text == b.text && !a.text.empty();
}

}  // namespace fathom::align
