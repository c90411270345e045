// int() and float() of Python.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fathom::text::jinja {

// int(text, base) for ASCII digits; nullopt where Python raises ValueError. Throws Error for a value past 64 bits and for a base that is
// not 0 or 2 to 36.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t base);
// float(text); nullopt where Python raises ValueError.
std::optional<double> parse_float(std::string_view text);
// int(value): toward zero; nullopt for infinities and NaN. Throws Error past 64 bits.
std::optional<std::int64_t> integer_of(double value);

}  // namespace fathom::text::jinja
