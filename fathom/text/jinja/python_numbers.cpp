#include "fathom/text/jinja/python_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "fathom/base/error.h"
#include "fathom/text/jinja/unicode.h"

namespace fathom::text::jinja {
namespace {

std::string_view without_space(std::string_view text) {
  text.remove_prefix(leading_space(text));
  return text.substr(0, text.size() - trailing_space(text));
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

// Without the single '_' that may stand between digits; nullopt when one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view digits) {
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '_') {
      result += digits[i];
      continue;
    }
    if (i == 0 || i + 1 == digits.size() || !is_alphanumeric(digits[i - 1]) || !is_alphanumeric(digits[i + 1])) return std::nullopt;
  }
  return result;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t base) {
  require(base == 0 || (base >= 2 && base <= 36), "int: the base must be 0 or 2 to 36, not {}", base);
  text = without_space(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0') {
    const char letter = static_cast<char>(text[1] | 0x20);
    const std::int64_t named = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
    if (named != 0 && (base == named || base == 0)) {
      base = named;
      text.remove_prefix(text.size() > 2 && text[2] == '_' ? 3 : 2);
    } else if (base == 0 && text.find_first_not_of("0_") != std::string_view::npos) {
      return std::nullopt;  // "012" is no integer to Python
    }
  }
  if (base == 0) base = 10;
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || !is_alphanumeric(digits->front())) return std::nullopt;
  const std::string spelled = (negative ? "-" : "") + *digits;
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(spelled.data(), spelled.data() + spelled.size(), value, static_cast<int>(base));
  if (stop != spelled.data() + spelled.size()) return std::nullopt;
  require(error == std::errc(), "the integer '{}' does not fit in 64 bits", text);
  return value;
}

std::optional<double> parse_float(std::string_view text) {
  text = without_space(text);
  const bool signed_text = text.starts_with('-') || text.starts_with('+');
  const auto digits = without_underscores(text.substr(signed_text ? 1 : 0));
  if (!digits || digits->empty() || digits->front() == '-' || digits->front() == '+') return std::nullopt;
  // from_chars reads "nan(…)" too, which Python does not.
  if (digits->find('(') != std::string::npos) return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (stop != digits->data() + digits->size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Python rounds to infinity or to zero: an exponent that is negative decides.
    const std::size_t e = digits->find_first_of("eE");
    value = e != std::string::npos && digits->substr(e + 1).starts_with('-') ? 0.0 : HUGE_VAL;
  }
  return text.starts_with('-') ? -value : value;
}

std::optional<std::int64_t> integer_of(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const double whole = std::trunc(value);
  require(whole >= -0x1p63 && whole < 0x1p63, "the integer {} does not fit in 64 bits", whole);
  return static_cast<std::int64_t>(whole);
}

}  // namespace fathom::text::jinja
