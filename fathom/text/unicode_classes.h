// What the word patterns of tokenizers ask of a character, as one bit each: Unicode's general categories (from ICU) and the sets that
// DeepSeek's patterns spell out. One table for the process, built on first use.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fathom::text {

using CharacterClass = std::uint16_t;

namespace character_class {
inline constexpr CharacterClass letter = 1 << 0;                // \p{L}
inline constexpr CharacterClass number = 1 << 1;                // \p{N}
inline constexpr CharacterClass mark = 1 << 2;                  // \p{M}
inline constexpr CharacterClass punctuation = 1 << 3;           // \p{P}
inline constexpr CharacterClass symbol = 1 << 4;                // \p{S}
inline constexpr CharacterClass space = 1 << 5;                 // the property White_Space: what \s means in tokenizer.json
inline constexpr CharacterClass line_end = 1 << 6;              // carriage return, line feed
inline constexpr CharacterClass v3_cjk = 1 << 7;                // DeepSeek-V3: Han and kana
inline constexpr CharacterClass deepseek_letter = 1 << 8;       // DeepSeek LLM: letters with two cases
inline constexpr CharacterClass deepseek_punctuation = 1 << 9;  // DeepSeek LLM: punctuation, ASCII letters among it
inline constexpr CharacterClass deepseek_cjk = 1 << 10;         // DeepSeek LLM and Coder
inline constexpr CharacterClass not_ascii = 1 << 15;            // of a byte, in bytes() only: look at the whole character
}  // namespace character_class

// The sets as the patterns write them between brackets; known_patterns.cpp has the patterns.
inline constexpr std::string_view v3_cjk_set = "一-龥\u3040-ゟ゠-ヿ";
inline constexpr std::string_view deepseek_letter_set =
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄ"
    "ῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";
inline constexpr std::string_view deepseek_punctuation_set = "!-/:-~！-／：-～‘-‟\u3000-。";
inline constexpr std::string_view deepseek_cjk_set = "一-龥\u0800-一가-\uD7FF";

class UnicodeClasses {
 public:
  static const UnicodeClasses& get();

  // Of a code point up to U+10FFFF.
  CharacterClass of(char32_t character) const {
    return blocks_[(std::size_t{block_of_[character / block_size]} * block_size) + (character % block_size)];
  }
  // By first byte: the class of ASCII characters, `not_ascii` for all other bytes.
  const std::array<CharacterClass, 256>& bytes() const { return bytes_; }

 private:
  UnicodeClasses();
  static constexpr std::size_t block_size = 128;
  std::vector<std::uint16_t> block_of_;  // by code point / block_size
  std::vector<CharacterClass> blocks_;   // equal blocks are kept once
  std::array<CharacterClass, 256> bytes_{};
};

}  // namespace fathom::text
