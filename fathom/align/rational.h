// Exact arithmetic on the numbers of answers: naturals of any length and signed fractions of them. Only what comparing needs.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fathom::align {

class Natural {
 public:
  Natural() = default;
  explicit Natural(std::uint64_t value);
  static Natural from_digits(std::string_view decimal_digits);  // digits only, any number of leading zeros
  static Natural power_of_ten(std::int64_t exponent);           // exponent ≥ 0

  bool is_zero() const { return limbs_.empty(); }
  std::strong_ordering operator<=>(const Natural& other) const;
  bool operator==(const Natural& other) const = default;
  friend Natural operator+(const Natural& a, const Natural& b);
  friend Natural operator-(const Natural& a, const Natural& b);  // a ≥ b
  friend Natural operator*(const Natural& a, const Natural& b);

 private:
  void strip();
  std::vector<std::uint32_t> limbs_;  // base 10⁹, least significant first, no leading zero limb
};

// numerator / denominator; the denominator is never zero. Not reduced: comparison cross-multiplies.
struct Rational {
  Natural numerator;
  Natural denominator{1};
  bool negative = false;

  friend bool operator==(const Rational& a, const Rational& b);
};

// |a - b| ≤ 0.5 · 10^-decimals: whether either is the other rounded to that many decimals.
bool within_half_unit(const Rational& a, const Rational& b, std::int64_t decimals);

}  // namespace fathom::align
