// Round trips over random bytes and random Unicode, whole and streamed, for pre-tokenizers of every family.
#include <gtest/gtest.h>

#include "fathom/base/rng.h"
#include "fathom/text/known_patterns.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/utf8.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

class RoundTrip : public testing::TestWithParam<WordPattern> {
 protected:
  static Tokenizer make() {
    Json json = byte_tokenizer_json({{"a", "b"}, {"ab", "c"}, {"Ġ", "a"}, {"ä", "½"}, {"t", "h"}, {"th", "e"}, {"Ġ", "Ġ"}, {"1", "2"}});
    json["pre_tokenizer"] = pre_tokenizer_of(GetParam());
    json["added_tokens"].push_back({{"id", 400}, {"content", "<x>"}, {"special", false}, {"normalized", true}});
    const ScratchDirectory scratch;
    write_file_atomically(scratch / "tokenizer.json", json.dump());
    return Tokenizer::load(scratch.path());
  }
  void check(const std::string& text) {
    const std::vector<TokenId> ids = tokenizer_.encode(text);
    ASSERT_EQ(tokenizer_.decode(ids), text);
    ASSERT_EQ(tokenizer_.decode(tokenizer_.encode(text, /*parse_special=*/false)), text);
    StreamDecoder decoder(tokenizer_, /*skip_special=*/false);
    std::string streamed;
    for (const TokenId id : ids) {
      const std::string shown = decoder.push(id);
      streamed += shown;
      // What is out never ends within a character of the text.
      for (std::size_t tail = 1; tail <= 3 && tail <= streamed.size(); ++tail)
        ASSERT_LE(character_length(std::string_view(text).substr(streamed.size() - tail)), tail) << text;
    }
    ASSERT_EQ(streamed + decoder.flush(), text);
    // A text that is cut where it may be has the same ids.
    for (std::size_t limit = text.size(); limit > 0;) {
      const std::size_t cut = tokenizer_.cut_position(text, limit);
      if (cut == 0) break;
      std::vector<TokenId> joined = tokenizer_.encode(std::string_view(text).substr(0, cut));
      const std::vector<TokenId> rest = tokenizer_.encode(std::string_view(text).substr(cut));
      joined.insert(joined.end(), rest.begin(), rest.end());
      ASSERT_EQ(joined, ids) << "'" << text << "' cut at " << cut;
      limit = cut - 1;
    }
  }
  Tokenizer tokenizer_ = make();
};

TEST_P(RoundTrip, RandomBytes) {
  Rng rng(1);
  for (int round = 0; round < 1500; ++round) {
    std::string text(rng.below(60), '\0');
    const std::uint64_t range = round % 3 == 0 ? 256 : 128;
    for (char& c : text) c = static_cast<char>(rng.below(5) == 0 ? ' ' : rng.below(range));
    check(text);
    if (HasFatalFailure()) return;
  }
}

TEST_P(RoundTrip, RandomUnicode) {
  Rng rng(2);
  for (int round = 0; round < 1500; ++round) {
    std::string text;
    for (std::uint64_t i = 0, size = rng.below(24); i < size; ++i) {
      constexpr const char* parts[] = {" ", "  ", "\n", "the", "abc", "12", "<x>", "<|end|>", "你", "🙂", "\u0301", "\u3000", "'s", "."};
      const std::uint64_t kind = rng.below(std::size(parts) + 4);
      if (kind < std::size(parts)) {
        text += parts[kind];
        continue;
      }
      auto character = static_cast<char32_t>(rng.below(kind % 2 == 0 ? 0x3000 : 0x110000));
      if (character >= 0xD800 && character < 0xE000) character = 'x';
      append_utf8(text, character);
    }
    check(text);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, RoundTrip,
                         testing::Values(WordPattern::gpt2, WordPattern::gpt2_digits_apart, WordPattern::llama3,
                                         WordPattern::llama3_caseless, WordPattern::qwen2, WordPattern::deepseek_v3,
                                         WordPattern::deepseek_llm, WordPattern::deepseek_coder),
                         [](const auto& pattern) { return std::to_string(static_cast<int>(pattern.param)); });

// Where spaces belong to tokens, or the words are not known, no place to cut is certain.
TEST(CutPosition, IsRefusedWhereItCouldMatter) {
  const ScratchDirectory scratch;
  const auto cut = [&](const auto& change) {
    Json json = byte_tokenizer_json();
    change(json);
    write_file_atomically(scratch / "tokenizer.json", json.dump());
    return Tokenizer::load(scratch.path()).cut_position("ab cd ef", 7);
  };
  EXPECT_EQ(cut([](Json&) {}), 5u);
  EXPECT_EQ(cut([](Json& j) { j["normalizer"] = {{"type", "NFC"}}; }), 5u);
  EXPECT_EQ(cut([](Json& j) { j["normalizer"] = {{"type", "NFKC"}}; }), 0u);
  EXPECT_EQ(cut([](Json& j) { j["added_tokens"][0]["rstrip"] = true; }), 0u);
  EXPECT_EQ(cut([](Json& j) { j["added_tokens"][0]["content"] = "b c"; }), 0u);
  EXPECT_EQ(cut([](Json& j) { j["pre_tokenizer"]["use_regex"] = false; }), 0u);
}

}  // namespace
}  // namespace fathom::text
