#include "fathom/data/text_normalizer.h"

#include <gtest/gtest.h>

#include <random>

#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

TEST(TextNormalizer, LeavesCleanTextAlone) {
  for (const std::string text : {"", "One line", "Two\n  lines\n\n\nand\ttabs", "Grüße 你好 🙂 Привет"}) {
    EXPECT_EQ(normalize_text(text), text);
  }
}

TEST(TextNormalizer, ComposesLettersAndMarks) {
  EXPECT_EQ(normalize_text("cafe\u0301 A\u030A \u212B \u1112\u1161\u11ab"), "café Å Å 한");
  EXPECT_EQ(normalize_text("cafe\u0301", {.nfc = false}), "cafe\u0301");
  // Marks in another order, and one that composes only when an invisible character between is gone.
  EXPECT_EQ(normalize_text("q\u0307\u0323 e\u200B\u0301"), "q\u0323\u0307 é");
  std::string many = "a";
  for (int i = 0; i < 200000; ++i) many += i % 2 == 0 ? "\u0301" : "\u0316";
  EXPECT_LT(normalize_text(many).size(), 100u);
}

TEST(TextNormalizer, LineEnds) {
  EXPECT_EQ(normalize_text("a\r\nb\rc\u0085d\u2028e\u2029f\vg\fh"), "a\nb\nc\nd\ne\nf\ng\nh");
  EXPECT_EQ(normalize_text("a\r\nb", {.unify_line_ends = false, .strip_control = false}), "a\r\nb");
}

TEST(TextNormalizer, ControlAndInvisibleCharacters) {
  EXPECT_EQ(normalize_text("\uFEFFa\x01z\x7F\u0080\uFFFE b\u200Bc\u00ADd\u2060\u202Ee"), "az bcde");
  EXPECT_EQ(normalize_text("a\x01\u200B", {.strip_control = false, .strip_invisible = false}), "a\x01\u200B");
  // Joiners mean something in Persian and in emoji, and nothing in English.
  EXPECT_EQ(normalize_text("می\u200Cخواهم 👩\u200D💻 a\u200Cb\u200Dc"), "می\u200Cخواهم 👩\u200D💻 abc");
}

TEST(TextNormalizer, WhiteSpace) {
  EXPECT_EQ(normalize_text("a  \t\n b\u00A0\u3000\u2003\nc d "), "a\n b\nc d");
  EXPECT_EQ(normalize_text("a\n\n \n\t\n\n\nb"), "a\n\n\nb");
  EXPECT_EQ(normalize_text("a\n\n\n\n\nb", {.max_blank_lines = 1}), "a\n\nb");
  EXPECT_EQ(normalize_text("a\n\n\n\n\nb", {.max_blank_lines = -1}), "a\n\n\n\n\nb");
  EXPECT_EQ(normalize_text(" \n\n  code\nx\n\n"), "  code\nx");
  EXPECT_EQ(normalize_text("\na\n\n", {.trim = false}), "\na\n\n");
  EXPECT_EQ(normalize_text("a  \nb ", {.strip_trailing_space = false}), "a  \nb ");
}

TEST(TextNormalizer, InvalidBytesAreSeen) { EXPECT_EQ(normalize_text("a\xFF\xE4\xBD z"), "a\uFFFD\uFFFD\uFFFD z"); }

TEST(TextNormalizer, TwiceIsOnce) {
  const std::vector<std::string> parts = {"a",    " ",  "\n", "\r",     "\u0301", "\u0323", "\u200B", "\u200D", "你",   "e",      "\u00A0",
                                          "\xFF", "\t", "👩", "\u1100", "\u1161", "م",      "\u2000", "\uFEFF", "\x02", "\u212B", "\u0344"};
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (int i = 0; i < 30; ++i) text += parts[random() % parts.size()];
    const std::string once = normalize_text(text);
    EXPECT_EQ(normalize_text(once), once) << text;
    EXPECT_EQ(text::valid_prefix(once), once.size());
  }
}

}  // namespace
}  // namespace fathom::data
