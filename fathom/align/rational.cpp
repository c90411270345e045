#include "fathom/align/rational.h"

#include <algorithm>
#include <string>

namespace fathom::align {

namespace {
constexpr std::uint64_t base = 1'000'000'000;
}

Natural::Natural(std::uint64_t value) {
  for (; value > 0; value /= base) limbs_.push_back(static_cast<std::uint32_t>(value % base));
}

void Natural::strip() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
}

Natural Natural::from_digits(std::string_view digits) {
  Natural result;
  for (std::size_t end = digits.size(); end > 0;) {
    const std::size_t begin = end > 9 ? end - 9 : 0;
    std::uint32_t limb = 0;
    for (std::size_t i = begin; i < end; ++i) limb = limb * 10 + static_cast<std::uint32_t>(digits[i] - '0');
    result.limbs_.push_back(limb);
    end = begin;
  }
  result.strip();
  return result;
}

Natural Natural::power_of_ten(std::int64_t exponent) {
  std::string digits(static_cast<std::size_t>(exponent) + 1, '0');
  digits[0] = '1';
  return from_digits(digits);
}

std::strong_ordering Natural::operator<=>(const Natural& other) const {
  if (limbs_.size() != other.limbs_.size()) return limbs_.size() <=> other.limbs_.size();
  for (std::size_t i = limbs_.size(); i-- > 0;)
    if (limbs_[i] != other.limbs_[i]) return limbs_[i] <=> other.limbs_[i];
  return std::strong_ordering::equal;
}

Natural operator+(const Natural& a, const Natural& b) {
  Natural sum;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < std::max(a.limbs_.size(), b.limbs_.size()) || carry > 0; ++i) {
    if (i < a.limbs_.size()) carry += a.limbs_[i];
    if (i < b.limbs_.size()) carry += b.limbs_[i];
    sum.limbs_.push_back(static_cast<std::uint32_t>(carry % base));
    carry /= base;
  }
  return sum;
}

Natural operator-(const Natural& a, const Natural& b) {
  Natural difference;
  std::int64_t borrow = 0;
  for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
    std::int64_t limb = std::int64_t{a.limbs_[i]} - borrow - (i < b.limbs_.size() ? std::int64_t{b.limbs_[i]} : 0);
    borrow = limb < 0 ? 1 : 0;
    if (limb < 0) limb += static_cast<std::int64_t>(base);
    difference.limbs_.push_back(static_cast<std::uint32_t>(limb));
  }
  difference.strip();
  return difference;
}

Natural operator*(const Natural& a, const Natural& b) {
  Natural product;
  product.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.limbs_.size() || carry > 0; ++j) {
      carry += product.limbs_[i + j];
      if (j < b.limbs_.size()) carry += std::uint64_t{a.limbs_[i]} * b.limbs_[j];
      product.limbs_[i + j] = static_cast<std::uint32_t>(carry % base);
      carry /= base;
    }
  }
  product.strip();
  return product;
}

bool operator==(const Rational& a, const Rational& b) {
  if (a.numerator.is_zero() || b.numerator.is_zero()) return a.numerator.is_zero() && b.numerator.is_zero();
  return a.negative == b.negative && a.numerator * b.denominator == b.numerator * a.denominator;
}

bool within_half_unit(const Rational& a, const Rational& b, std::int64_t decimals) {
  const Natural left = a.numerator * b.denominator, right = b.numerator * a.denominator;
  const Natural difference = a.negative != b.negative ? left + right : (left > right ? left - right : right - left);
  return Natural(2) * Natural::power_of_ten(decimals) * difference <= a.denominator * b.denominator;
}

}  // namespace fathom::align
