// The scanners against the regular expressions that they stand for.
#include "fathom/text/word_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/uchar.h>

#include "fathom/base/rng.h"
#include "fathom/text/pre_tokenizer.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

constexpr WordPattern patterns[] = {
    WordPattern::gpt2,  WordPattern::gpt2_digits_apart, WordPattern::llama3,       WordPattern::llama3_caseless,
    WordPattern::qwen2, WordPattern::deepseek_v3,       WordPattern::deepseek_llm, WordPattern::deepseek_coder};

std::vector<std::string_view> cut(const PreTokenizer& pre_tokenizer, std::string_view text) {
  Pieces pieces;
  pre_tokenizer.cut(text, pieces);
  return pieces.views;
}

class Scanner : public testing::TestWithParam<WordPattern> {
 protected:
  // Both ways of cutting `text`.
  void compare(std::string_view text) { ASSERT_EQ(cut(*scanner_, text), cut(*expressions_, text)) << "'" << text << "'"; }
  std::unique_ptr<PreTokenizer> scanner_ = make_pre_tokenizer(pre_tokenizer_of(GetParam()), "scanner");
  std::unique_ptr<PreTokenizer> expressions_ = make_pre_tokenizer(pre_tokenizer_of(GetParam()), "expressions", /*use_scanner=*/false);
};

TEST_P(Scanner, KnowsItsPattern) {
  EXPECT_EQ(known_word_pattern(pre_tokenizer_of(GetParam())), GetParam());
  Json other = pre_tokenizer_of(GetParam());
  Json& step = other.contains("pretokenizers") ? other["pretokenizers"][0] : other;
  if (step["type"] == "Split") {
    step["behavior"] = "Removed";
  } else {
    step[step["type"] == "Digits" ? "individual_digits" : "use_regex"] = false;
  }
  EXPECT_NE(known_word_pattern(other), GetParam());
}

// Every character that the engine's Unicode knows, between letters, digits, signs and spaces.
TEST_P(Scanner, EveryCharacter) {
  std::string text;
  int in_text = 0;
  for (UChar32 c = 1; c <= 0x10FFFF; ++c) {
    UVersionInfo age;
    u_charAge(c, age);
    if (age[0] == 0 || age[0] > 14 || U_IS_SURROGATE(c)) continue;
    const auto character = static_cast<char32_t>(c);
    if (u_charType(c) == U_PRIVATE_USE_CHAR && c % 64 != 0) continue;
    if (c >= 0x4E10 && c < 0x9F00 && c % 16 != 0) continue;  // all alike
    if (c >= 0xAC10 && c < 0xD700 && c % 16 != 0) continue;
    if (c >= 0x17010 && c < 0x31300 && c % 16 != 0) continue;
    for (const char* around : {"a", " ", "1", "\n", ".", "'"}) {
      text += around;
      append_utf8(text, character);
    }
    append_utf8(text, character);
    text += "x ";
    if (++in_text % 50 == 0) {
      compare(text);
      text.clear();
    }
  }
  compare(text);
}

TEST_P(Scanner, RandomTexts) {
  constexpr std::string_view parts[] = {
      "'s",   "'S",     "'\u017F", "'ll",  "'lL",    "'RE", "'d",     "'x",     "the",    "Word",   " ",      "  ",     "   ",
      "\n",   "\r\n",   "\r",      "\t",   " \n",    "\n ", "12345",  "7",      "\u0662", "½",      "Ⅷ",      "你好",   "世",
      "カナ", "・",     "゛",      "한국", "\u3000", "。",  "、",     "a",      "ï",      "Ω",      "\u0301", "\u0903", ".",
      "...",  "!?",     "--",      "$",    "€",      "🙂",  "\u200D", "\uFEFF", "\u00A0", "\u0085", "\u2028", "\u180E", "Ａ",
      "！",   "\u0001", "\u0600",  "𐐀",    "߀",      "ࠀ",   "_",      "-a",     "(b",     "#c",     "—d",     "\uE000"};
  constexpr std::size_t count = std::size(parts);
  Rng rng(static_cast<std::uint64_t>(GetParam()) + 1);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::uint64_t i = 0, size = 1 + rng.below(10); i < size; ++i) text += parts[rng.below(count)];
    compare(text);
    if (HasFatalFailure()) return;
  }
}

TEST_P(Scanner, BytesThatAreNotUtf8AndLongRuns) {
  Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    std::string text(rng.below(40), '\0');
    for (char& c : text) c = static_cast<char>(rng.below(4) == 0 ? ' ' : rng.below(256));
    const auto pieces = cut(*scanner_, text);
    std::string joined;
    for (const std::string_view piece : pieces) {
      EXPECT_FALSE(piece.empty());
      joined += piece;
    }
    ASSERT_EQ(joined, text);
  }
  for (const char* unit : {" ", "\n", "a", "1", ".", "你", "カ", " a", "\n ", "\u3000"}) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += unit;
    compare(text);
    compare(text + "x");
    compare(text + "\n");
  }
}

TEST_P(Scanner, TheSharedTexts) {
  const auto folder = shared_folder() / "fixtures" / "tokenizer" / "gpt-2" / "cases.jsonl";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  LineReader lines(folder);
  while (const auto line = lines.next()) compare(Json::parse(*line).at("text").get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(WordScanner, Scanner, testing::ValuesIn(patterns),
                         [](const auto& pattern) { return std::to_string(static_cast<int>(pattern.param)); });

}  // namespace
}  // namespace fathom::text
