// Numbers as stored bytes: little-endian on every machine.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace fathom::data {

// Of what is little-endian the machine's, and the reverse.
template <typename Integer>
Integer little_endian(Integer value) {
  if constexpr (std::endian::native == std::endian::big) {
    auto bytes = std::bit_cast<std::array<char, sizeof value>>(value);
    std::reverse(bytes.begin(), bytes.end());
    value = std::bit_cast<Integer>(bytes);
  }
  return value;
}

template <typename Integer>
Integer load(const char* bytes) {
  Integer value;
  std::memcpy(&value, bytes, sizeof value);
  return little_endian(value);
}

template <typename Integer>
void store(char* bytes, Integer value) {
  value = little_endian(value);
  std::memcpy(bytes, &value, sizeof value);
}

inline std::uint64_t load_u64(const char* bytes) { return load<std::uint64_t>(bytes); }
inline std::uint32_t load_u32(const char* bytes) { return load<std::uint32_t>(bytes); }
inline void store_u64(char* bytes, std::uint64_t value) { store(bytes, value); }
inline void store_u32(char* bytes, std::uint32_t value) { store(bytes, value); }

}  // namespace fathom::data
