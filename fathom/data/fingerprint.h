// 128-bit fingerprints of text, for exact duplicates. A stored fingerprint means the same on every machine and in every later version.
//
// The function is MurmurHash3_x64_128 (A. Appleby, SMHasher, 2011; public domain), implemented here from its description and held to
// the verification value 0x6384BA69 that SMHasher publishes. It is no cryptographic hash: who wants two texts to collide can make
// such texts. Among texts that nobody made for that purpose a collision is expected after about 2^64 of them.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fathom::data {

struct Fingerprint {
  std::uint64_t low = 0, high = 0;
  auto operator<=>(const Fingerprint&) const = default;
};

// MurmurHash3_x64_128 of bytes that arrive in pieces; seed is that of the reference (the same in both halves).
class Murmur3 {
 public:
  explicit Murmur3(std::uint32_t seed = 0) : state_{seed, seed} {}
  void update(std::string_view bytes);
  Fingerprint finish();  // once, after the last update

 private:
  std::array<std::uint64_t, 2> state_;
  std::array<char, 16> block_{};
  std::size_t filled_ = 0;
  std::uint64_t length_ = 0;
};

Fingerprint murmur3(std::string_view bytes, std::uint32_t seed = 0);

// The fingerprint of text in its exact form: white space at both ends is dropped and every other run of it counts as one space
// (Unicode property White_Space; a list of code points that Unicode has closed). Letter case, punctuation and bytes that are no
// UTF-8 count as they are. Memory: a few KiB whatever the length.
Fingerprint fingerprint(std::string_view text);

}  // namespace fathom::data
