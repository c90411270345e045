#include "fathom/text/utf8.h"

#include <gtest/gtest.h>

namespace fathom::text {
namespace {

TEST(Utf8, MeasuresCharacters) {
  EXPECT_EQ(character_length("a"), 1u);
  EXPECT_EQ(character_length("é!"), 2u);
  EXPECT_EQ(character_length("你好"), 3u);
  EXPECT_EQ(character_length("🙂"), 4u);
  EXPECT_EQ(character_length(""), 0u);
  EXPECT_EQ(character_length(std::string_view("\0", 1)), 1u);
}

TEST(Utf8, RefusesWhatIsNoCharacter) {
  for (const char* bytes : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE4\xBD", "\xE4\xBD!", "\xF0\x9F\x99"}) {
    EXPECT_EQ(character_length(bytes), 0u) << bytes;
  }
}

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(valid_prefix("plain text that is longer than eight bytes"), 42u);
  EXPECT_EQ(valid_prefix("12345678\xFF"), 8u);
  EXPECT_EQ(valid_prefix("ab你\xE4\xBD"), 5u);
  EXPECT_EQ(valid_prefix("\xFF"), 0u);
  EXPECT_EQ(valid_prefix(""), 0u);
}

TEST(Utf8, KnowsUnfinishedCharacters) {
  EXPECT_TRUE(is_unfinished_character("\xE4"));
  EXPECT_TRUE(is_unfinished_character("\xE4\xBD"));
  EXPECT_TRUE(is_unfinished_character("\xF0\x9F\x99"));
  EXPECT_FALSE(is_unfinished_character(""));
  EXPECT_FALSE(is_unfinished_character("a"));
  EXPECT_FALSE(is_unfinished_character("\xE4\xBD\xA0"));
  EXPECT_FALSE(is_unfinished_character("\xE4!"));
  EXPECT_FALSE(is_unfinished_character("\xED\xA0"));
  EXPECT_FALSE(is_unfinished_character("\xFF"));
}

TEST(Utf8, CodePointsRoundTrip) {
  for (const char32_t character : {0x0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string bytes;
    append_utf8(bytes, character);
    const std::size_t length = character_length(bytes);
    ASSERT_EQ(length, bytes.size());
    EXPECT_EQ(code_point(bytes, length), character);
  }
}

}  // namespace
}  // namespace fathom::text
