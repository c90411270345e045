#include "fathom/data/fingerprint.h"

#include <gtest/gtest.h>

#include <string>

#include "fathom/data/little_endian.h"

namespace fathom::data {
namespace {

std::string bytes_of(const Fingerprint& fingerprint) {
  std::string bytes(16, '\0');
  store_u64(bytes.data(), fingerprint.low);
  store_u64(bytes.data() + 8, fingerprint.high);
  return bytes;
}

// SMHasher's VerificationTest: hashes of the keys "", "\0", "\0\1", … of 0 to 255 bytes with seeds 256 − length, hashed together.
TEST(Murmur3, HasThePublishedVerificationValue) {
  std::string key, hashes;
  for (std::uint32_t length = 0; length < 256; ++length) {
    hashes += bytes_of(murmur3(key, 256 - length));
    key.push_back(static_cast<char>(length));
  }
  EXPECT_EQ(static_cast<std::uint32_t>(murmur3(hashes).low), 0x6384BA69u);
}

TEST(Murmur3, HashesKnownTexts) {
  EXPECT_EQ(murmur3(""), (Fingerprint{0, 0}));
  EXPECT_EQ(murmur3("hello"), (Fingerprint{0xcbd8a7b341bd9b02, 0x5b1e906a48ae1d19}));
  EXPECT_EQ(murmur3("The quick brown fox jumps over the lazy dog"), (Fingerprint{0xe34bbc7bbc071b6c, 0x7a433ca9c49a9347}));
}

TEST(Murmur3, PiecesMakeNoDifference) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(i * 37);
  const Fingerprint whole = murmur3(text, 7);
  for (std::size_t piece = 1; piece < 40; ++piece) {
    Murmur3 hash(7);
    for (std::size_t i = 0; i < text.size(); i += piece) hash.update(std::string_view(text).substr(i, piece));
    EXPECT_EQ(hash.finish(), whole) << piece;
  }
}

TEST(Fingerprint, WhiteSpaceCountsOnce) {
  const Fingerprint expected = murmur3("one two three");
  EXPECT_EQ(fingerprint("one two three"), expected);
  EXPECT_EQ(fingerprint("  one\ttwo\r\n\r\nthree\n"), expected);
  EXPECT_EQ(fingerprint("one\u00A0two\u3000\u2003three\u2029"), expected);
  EXPECT_EQ(fingerprint("one\u1680two\u0085three\u205F\u202F"), expected);
  EXPECT_NE(fingerprint("onetwo three"), expected);
  EXPECT_NE(fingerprint("One two three"), expected);
  EXPECT_NE(fingerprint("one two three."), expected);
  EXPECT_NE(fingerprint("one\u200Btwo three"), expected);  // a zero-width space is no white space
}

TEST(Fingerprint, EveryTextHasOne) {
  EXPECT_EQ(fingerprint(""), murmur3(""));
  EXPECT_EQ(fingerprint(" \n\t "), murmur3(""));
  EXPECT_EQ(fingerprint("\xE3\x80"), murmur3("\xE3\x80"));  // half an ideographic space
  EXPECT_EQ(fingerprint("\xC2"), murmur3("\xC2"));
  const std::string with_nul("a\0b", 3);
  EXPECT_EQ(fingerprint(with_nul), murmur3(with_nul));
  EXPECT_NE(fingerprint(with_nul), fingerprint("ab"));
  EXPECT_NE(fingerprint("\xFF"), fingerprint("\xFE"));
}

TEST(Fingerprint, LongTextsAreHashedInPieces) {
  std::string text, spread;
  for (int i = 0; i < 5000; ++i) {
    const std::string word = std::to_string(i * i);
    text += (i == 0 ? "" : " ") + word;
    spread += word + (i % 3 == 0 ? "\n\n" : "  ");
  }
  EXPECT_EQ(fingerprint(text), murmur3(text));
  EXPECT_EQ(fingerprint(spread), murmur3(text));
  const std::string one_word(100'000, 'x');
  EXPECT_EQ(fingerprint(one_word), murmur3(one_word));
}

}  // namespace
}  // namespace fathom::data
