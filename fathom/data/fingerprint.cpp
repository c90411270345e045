#include "fathom/data/fingerprint.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "fathom/data/little_endian.h"

namespace fathom::data {
namespace {

constexpr std::uint64_t c1 = 0x87c37b91114253d5, c2 = 0x4cf5ad432745937f;

std::uint64_t mix_first(std::uint64_t k) { return std::rotl(k * c1, 31) * c2; }
std::uint64_t mix_second(std::uint64_t k) { return std::rotl(k * c2, 33) * c1; }

std::uint64_t avalanche(std::uint64_t k) {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
  return k ^ (k >> 33);
}

// Whole 16-byte blocks; returns how many bytes they were.
std::size_t absorb(std::array<std::uint64_t, 2>& state, std::string_view bytes) {
  std::uint64_t h1 = state[0], h2 = state[1];
  std::size_t i = 0;
  for (; i + 16 <= bytes.size(); i += 16) {
    h1 ^= mix_first(load_u64(bytes.data() + i));
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= mix_second(load_u64(bytes.data() + i + 8));
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  state = {h1, h2};
  return i;
}

// Length in bytes of the white space that `text` begins with; 0 when it begins with none. Unicode's White_Space is a closed list.
std::size_t white_space(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const unsigned first = byte(0);
  if (first == ' ' || (first >= '\t' && first <= '\r')) return text.empty() ? 0 : 1;
  if (first == 0xC2) return byte(1) == 0x85 || byte(1) == 0xA0 ? 2 : 0;  // U+0085, U+00A0
  if (first < 0xE1 || first > 0xE3) return 0;
  const unsigned rest = byte(1) << 8 | byte(2);
  if (first == 0xE1) return rest == 0x9A80 ? 3 : 0;  // U+1680
  if (first == 0xE3) return rest == 0x8080 ? 3 : 0;  // U+3000
  const bool found = (rest >= 0x8080 && rest <= 0x808A) || rest == 0x80A8 || rest == 0x80A9 || rest == 0x80AF || rest == 0x819F;
  return found ? 3 : 0;  // U+2000 … U+200A, U+2028, U+2029, U+202F, U+205F
}

// Bytes that may begin white space.
constexpr std::array<bool, 256> suspects = [] {
  std::array<bool, 256> table{};
  for (const int byte : {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xC2, 0xE1, 0xE2, 0xE3}) table[static_cast<std::size_t>(byte)] = true;
  return table;
}();

}  // namespace

void Murmur3::update(std::string_view bytes) {
  length_ += bytes.size();
  if (filled_ > 0) {
    const std::size_t taken = std::min(bytes.size(), block_.size() - filled_);
    std::copy_n(bytes.data(), taken, block_.data() + filled_);
    filled_ += taken;
    bytes.remove_prefix(taken);
    if (filled_ < block_.size()) return;
    absorb(state_, {block_.data(), block_.size()});
    filled_ = 0;
  }
  bytes.remove_prefix(absorb(state_, bytes));
  std::copy_n(bytes.data(), bytes.size(), block_.data());
  filled_ = bytes.size();
}

Fingerprint Murmur3::finish() {
  std::uint64_t h1 = state_[0], h2 = state_[1];
  std::fill(block_.begin() + static_cast<std::ptrdiff_t>(filled_), block_.end(), '\0');
  if (filled_ > 8) h2 ^= mix_second(load_u64(block_.data() + 8));
  if (filled_ > 0) h1 ^= mix_first(load_u64(block_.data()));
  h1 ^= length_;
  h2 ^= length_;
  h1 += h2;
  h2 += h1;
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h1 += h2;
  h2 += h1;
  return {h1, h2};
}

Fingerprint murmur3(std::string_view bytes, std::uint32_t seed) {
  Murmur3 hash(seed);
  hash.update(bytes);
  return hash.finish();
}

Fingerprint fingerprint(std::string_view text) {
  Murmur3 hash;
  std::array<char, 4096> gathered;
  std::size_t size = 0;
  const auto put = [&](std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t taken = std::min(bytes.size(), gathered.size() - size);
      std::memcpy(gathered.data() + size, bytes.data(), taken);
      size += taken;
      bytes.remove_prefix(taken);
      if (size < gathered.size()) break;
      hash.update({gathered.data(), size});
      size = 0;
    }
  };
  bool begun = false;
  std::size_t position = 0;
  while (position < text.size()) {
    if (const std::size_t space = white_space(text.substr(position))) {
      position += space;
      continue;
    }
    std::size_t end = position;
    while (end < text.size() && (!suspects[static_cast<unsigned char>(text[end])] || white_space(text.substr(end)) == 0)) ++end;
    if (begun) put(" ");
    put(text.substr(position, end - position));
    begun = true;
    position = end;
  }
  hash.update({gathered.data(), size});
  return hash.finish();
}

}  // namespace fathom::data
