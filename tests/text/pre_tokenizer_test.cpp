#include "fathom/text/pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> words(const char* description, std::string_view text) {
  Pieces pieces;
  make_pre_tokenizer(Json::parse(description), "test")->cut(text, pieces);
  return {pieces.views.begin(), pieces.views.end()};
}

constexpr const char* byte_level = R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})";
constexpr const char* digits_then_bytes = R"({"type": "Sequence", "pretokenizers": [
  {"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false}]})";

TEST(PreTokenizer, CutsWordsAsGpt2Does) {
  EXPECT_THAT(words(byte_level, "I don't know: it'll cost 1234€  or\n\n  so "),
              ElementsAre("I", " don", "'t", " know", ":", " it", "'ll", " cost", " 1234", "€", " ", " or", "\n\n ", " so", " "));
  EXPECT_THAT(words(byte_level, "DON'T"), ElementsAre("DON", "'", "T"));
  EXPECT_THAT(words(byte_level, "你好 мир½"), ElementsAre("你好", " мир", "½"));
  EXPECT_THAT(words(byte_level, ""), ElementsAre());
}

TEST(PreTokenizer, SpaceIsWhatUnicodeCallsWhiteSpace) {
  EXPECT_THAT(words(byte_level, "a\u00A0\u3000b"), ElementsAre("a", "\u00A0", "\u3000", "b"));
  EXPECT_THAT(words(byte_level, "a\u0085\nb"), ElementsAre("a", "\u0085", "\n", "b"));
  EXPECT_THAT(words(byte_level, "a\u180Eb\u200Bc"), ElementsAre("a", "\u180E", "b", "\u200B", "c"));  // neither is white space
}

TEST(PreTokenizer, BytesThatAreNotUtf8AreWordsOfTheirOwn) {
  EXPECT_THAT(words(byte_level, "ab\xFF\xFE cd\xE4"), ElementsAre("ab", "\xFF\xFE", " cd", "\xE4"));
}

TEST(PreTokenizer, NulIsAnOrdinaryCharacter) {
  EXPECT_THAT(words(byte_level, std::string_view("a\0b", 3)), ElementsAre("a", std::string(1, '\0'), "b"));
}

TEST(PreTokenizer, DigitsComeApartBeforeWords) {
  EXPECT_THAT(words(digits_then_bytes, "in 2024, 3 of it²"), ElementsAre("in", " ", "2", "0", "2", "4", ",", " ", "3", " of", " it", "²"));
  EXPECT_THAT(words(R"({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": false},
                      {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]})",
                    "in 2024, yes no"),
              ElementsAre("in ", "2024", ", yes no"));
}

TEST(PreTokenizer, PrefixSpace) {
  EXPECT_THAT(words(R"({"type": "ByteLevel", "add_prefix_space": true})", "a b"), ElementsAre(" a", " b"));
  EXPECT_THAT(words(R"({"type": "ByteLevel", "add_prefix_space": true})", " a"), ElementsAre(" a"));
}

TEST(PreTokenizer, LongRunsTakeLinearTime) {
  const std::string spaces(1 << 20, ' '), letters(1 << 20, 'x');
  EXPECT_THAT(words(byte_level, spaces), ElementsAre(spaces));
  EXPECT_THAT(words(byte_level, letters), ElementsAre(letters));
  EXPECT_THAT(words(byte_level, spaces + "x"), ElementsAre(spaces.substr(1), " x"));
}

TEST(PreTokenizer, RefusesByName) {
  const auto refusal = [](const char* description) {
    return message_of<Error>([&] { make_pre_tokenizer(Json::parse(description), "file.json"); });
  };
  EXPECT_THAT(refusal(R"({"type": "Whitespace"})"), HasSubstr("file.json: the pre_tokenizer 'Whitespace' is not supported"));
  EXPECT_THAT(refusal(R"({"type": "Split", "pattern": {"Regex": "a"}})"),
              HasSubstr("file.json: pre_tokenizer Split: required key 'behavior'"));
  EXPECT_THAT(refusal(R"({"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Kept"})"),
              HasSubstr("the behavior 'Kept' is not known"));
  EXPECT_THAT(refusal(R"({"type": "Split", "pattern": {"Glob": "a"}, "behavior": "Isolated"})"), HasSubstr("'pattern' must be"));
  EXPECT_THAT(refusal(R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"})"), HasSubstr("empty String"));
  EXPECT_THAT(refusal(R"({"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"})"),
              HasSubstr("cannot compile the pattern (a"));
  EXPECT_THAT(refusal(R"({"type": "Sequence", "pretokenizers": [{"type": "Metaspace"}]})"), HasSubstr("'Metaspace'"));
  EXPECT_THAT(refusal("null"), HasSubstr("there is no pre_tokenizer"));
  EXPECT_THAT(refusal(R"({"type": "Digits"})"), HasSubstr("ByteLevel"));
  EXPECT_THAT(refusal(R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]})"), HasSubstr("last"));
  EXPECT_THAT(refusal(R"({"type": "Sequence", "pretokenizers": []})"), HasSubstr("at least one step"));
  EXPECT_THAT(refusal(R"({"type": "ByteLevel", "use_regex": "yes"})"), HasSubstr("use_regex"));
  EXPECT_THAT(refusal(R"({"kind": "ByteLevel"})"), HasSubstr("type"));
  EXPECT_THAT(refusal("[]"), HasSubstr("pre_tokenizer"));
  Json deep = {{"type", "ByteLevel"}};
  for (int i = 0; i < 1000; ++i) deep = {{"type", "Sequence"}, {"pretokenizers", Json::array({deep})}};
  EXPECT_THAT(message_of<Error>([&] { make_pre_tokenizer(deep, "file.json"); }), HasSubstr("deep"));
}

}  // namespace
}  // namespace fathom::text
