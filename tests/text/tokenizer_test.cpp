#include "fathom/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TokenizerTest : public testing::Test {
 protected:
  Tokenizer load(const Json& json) {
    write_file_atomically(scratch_ / "tokenizer.json", json.dump());
    return Tokenizer::load(scratch_.path());
  }
  std::vector<std::string> tokens(const Tokenizer& tokenizer, std::string_view text, bool parse_special = true) {
    std::vector<std::string> result;
    for (const TokenId id : tokenizer.encode(text, parse_special)) result.push_back(tokenizer.token_bytes(id));
    return result;
  }
  ScratchDirectory scratch_;
};

TEST_F(TokenizerTest, MergesInTheOrderOfTheFile) {
  const Tokenizer tokenizer = load(byte_tokenizer_json({{"b", "c"}, {"a", "b"}, {"a", "bc"}}));
  EXPECT_THAT(tokens(tokenizer, "abc"), ElementsAre("abc"));
  EXPECT_THAT(tokens(tokenizer, "abcab"), ElementsAre("abc", "ab"));
  const Tokenizer other = load(byte_tokenizer_json({{"a", "b"}, {"b", "c"}}));
  EXPECT_THAT(tokens(other, "abc"), ElementsAre("ab", "c"));
}

TEST_F(TokenizerTest, OverlappingPairsMergeFromTheLeft) {
  const Tokenizer tokenizer = load(byte_tokenizer_json({{"a", "a"}, {"aa", "aa"}}));
  EXPECT_THAT(tokens(tokenizer, "aaa"), ElementsAre("aa", "a"));
  EXPECT_THAT(tokens(tokenizer, "aaaaaaa"), ElementsAre("aaaa", "aa", "a"));
}

TEST_F(TokenizerTest, SpecialTokens) {
  const Tokenizer tokenizer = load(byte_tokenizer_json());
  EXPECT_THAT(tokens(tokenizer, "abc<|end|>abc<|end|>"), ElementsAre("abc", "<|end|>", "abc", "<|end|>"));
  const std::vector<TokenId> ids = tokenizer.encode("<|end|>x");
  EXPECT_EQ(ids.front(), *tokenizer.token_id("<|end|>"));
  EXPECT_TRUE(tokenizer.is_special(ids.front()));
  EXPECT_FALSE(tokenizer.is_special(ids.back()));
  EXPECT_EQ(tokenizer.decode(ids), "<|end|>x");
  EXPECT_EQ(tokenizer.decode(ids, /*skip_special=*/true), "x");
  const std::vector<TokenId> plain = tokenizer.encode("<|end|>x", /*parse_special=*/false);
  EXPECT_GT(plain.size(), 2u);
  EXPECT_EQ(tokenizer.decode(plain, /*skip_special=*/true), "<|end|>x");
}

TEST_F(TokenizerTest, LongestAddedTokenWinsAndOrdinaryOnesAreAlwaysTaken) {
  Json json = byte_tokenizer_json();
  json["added_tokens"] = Json::array({{{"id", 300}, {"content", "<a>"}}, {{"id", 301}, {"content", "<a><b>"}}});
  const Tokenizer tokenizer = load(json);
  EXPECT_THAT(tokenizer.encode("<a><b><a>", /*parse_special=*/false), ElementsAre(301, 300));
  EXPECT_EQ(tokenizer.vocab_size(), 302);
}

TEST_F(TokenizerTest, AnyBytesRoundTrip) {
  const Tokenizer tokenizer = trained_tokenizer();
  Rng rng(1);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(rng.below(200), '\0');
    for (char& c : bytes) c = static_cast<char>(rng.below(round % 2 == 0 ? 256 : 128));
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(bytes)), bytes);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(all)), all);
  EXPECT_THAT(tokenizer.encode(""), IsEmpty());
}

TEST_F(TokenizerTest, LongWordsAreNoBurden) {
  const Tokenizer tokenizer = load(byte_tokenizer_json({{"a", "a"}, {"aa", "aa"}, {"aaaa", "aaaa"}}));
  const std::string word((1 << 20) + 1, 'a');
  const std::vector<TokenId> ids = tokenizer.encode(word);
  EXPECT_EQ(ids.size(), (1u << 17) + 1);
  EXPECT_EQ(tokenizer.decode(ids), word);
}

TEST_F(TokenizerTest, WholeWordsFirst) {
  Json json = byte_tokenizer_json({{"a", "b"}});
  json["model"]["vocab"]["xyz"] = 290;
  EXPECT_EQ(load(json).encode("xyz").size(), 3u);
  json["model"]["ignore_merges"] = true;
  EXPECT_THAT(load(json).encode("xyz"), ElementsAre(290));
}

TEST_F(TokenizerTest, TokenizersDoNotShareCachedWords) {
  const Tokenizer one = load(byte_tokenizer_json({{"a", "b"}})), other = load(byte_tokenizer_json({{"b", "c"}}));
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(tokens(one, "abc"), ElementsAre("ab", "c"));
    EXPECT_THAT(tokens(other, "abc"), ElementsAre("a", "bc"));
  }
}

TEST_F(TokenizerTest, ThreadsMayShareATokenizer) {
  const Tokenizer tokenizer = trained_tokenizer();
  const std::string text = "The lazy dog jumps over the quick brown fox 999 times";
  const std::vector<TokenId> expected = tokenizer.encode(text);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) count += tokenizer.encode(text) == expected ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

TEST_F(TokenizerTest, RolesComeFromTheConfiguration) {
  Json json = byte_tokenizer_json();
  write_file_atomically(scratch_ / "tokenizer_config.json",
                        R"({"eos_token": {"content": "<|end|>"}, "pad_token": "a", "bos_token": null})");
  const Tokenizer tokenizer = load(json);
  EXPECT_EQ(tokenizer.eos_id(), tokenizer.token_id("<|end|>"));
  EXPECT_EQ(tokenizer.pad_id(), tokenizer.token_id("a"));
  EXPECT_FALSE(tokenizer.bos_id().has_value());

  write_file_atomically(scratch_ / "tokenizer_config.json", R"({"eos_token": "<|stop|>"})");
  EXPECT_THAT(message_of<Error>([&] { load(json); }), HasSubstr("tokenizer_config.json: eos_token is '<|stop|>'"));
  write_file_atomically(scratch_ / "tokenizer_config.json", R"({"eos_token": 3})");
  EXPECT_THAT(message_of<Error>([&] { load(json); }), HasSubstr("eos_token must be a string"));
}

TEST_F(TokenizerTest, SavingKeepsEverything) {
  Json json = byte_tokenizer_json();
  write_file_atomically(scratch_ / "tokenizer_config.json",
                        R"({"model_max_length": 2048, "eos_token": "<|end|>", "chat_template": "{{ x }}"})");
  const Tokenizer tokenizer = load(json);
  const ScratchDirectory copy;
  tokenizer.save(copy.path());
  const Tokenizer again = Tokenizer::load(copy.path());
  EXPECT_EQ(again.fingerprint(), tokenizer.fingerprint());
  EXPECT_EQ(again.vocab_size(), tokenizer.vocab_size());
  EXPECT_EQ(again.eos_id(), tokenizer.eos_id());
  EXPECT_EQ(again.encode("abcabc<|end|> dcab"), tokenizer.encode("abcabc<|end|> dcab"));
  const Json config = read_json(copy / "tokenizer_config.json");
  EXPECT_EQ(config.at("model_max_length"), 2048);
  EXPECT_EQ(config.at("chat_template"), "{{ x }}");
  // Both spellings of merges are read.
  Json older = read_json(copy / "tokenizer.json");
  for (Json& merge : older["model"]["merges"]) merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  EXPECT_EQ(load(older).fingerprint(), tokenizer.fingerprint());
}

TEST_F(TokenizerTest, FingerprintSeesWhatDecidesIds) {
  const std::uint64_t original = load(byte_tokenizer_json()).fingerprint();
  EXPECT_EQ(load(byte_tokenizer_json()).fingerprint(), original);
  Json json = byte_tokenizer_json();
  json["pre_tokenizer"]["use_regex"] = false;
  EXPECT_NE(load(json).fingerprint(), original);
  json = byte_tokenizer_json();
  json["added_tokens"][0]["content"] = "<|stop|>";
  EXPECT_NE(load(json).fingerprint(), original);
  EXPECT_NE(load(byte_tokenizer_json({{"a", "b"}})).fingerprint(), original);
}

TEST_F(TokenizerTest, UnknownIdsAreErrors) {
  const Tokenizer tokenizer = load(byte_tokenizer_json());
  EXPECT_THAT(message_of<Error>([&] { tokenizer.decode({0, 100000}); }), HasSubstr("no token has the id 100000"));
  EXPECT_THAT(message_of<Error>([&] { tokenizer.token_bytes(-1); }), HasSubstr("-1"));
  EXPECT_FALSE(tokenizer.is_special(-1));
}

TEST_F(TokenizerTest, ByteWithoutTokenIsAnError) {
  Json json = byte_tokenizer_json();
  json["model"]["vocab"].erase("ÿ");
  const Tokenizer tokenizer = load(json);
  EXPECT_EQ(tokenizer.encode("fine").size(), 4u);
  EXPECT_THAT(message_of<Error>([&] { tokenizer.encode("a\xFF"); }), HasSubstr("0xFF"));
}

TEST(StreamDecoder, NeverEmitsHalfACharacter) {
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "tokenizer.json", byte_tokenizer_json({}).dump());
  const Tokenizer tokenizer = Tokenizer::load(scratch.path());
  StreamDecoder decoder(tokenizer);
  std::vector<std::string> shown;
  for (const TokenId id : tokenizer.encode("a你🙂<|end|>b")) shown.push_back(decoder.push(id));
  EXPECT_THAT(shown, ElementsAre("a", "", "", "你", "", "", "", "🙂", "", "b"));
  EXPECT_EQ(decoder.flush(), "");

  // What can be no character passes; what is unfinished at the end comes out as it is.
  std::string text;
  for (const TokenId id : tokenizer.encode("\xFF"
                                           "a\xE4"
                                           "b\xE4\xBD"))
    text += decoder.push(id);
  EXPECT_EQ(text,
            "\xFF"
            "a\xE4"
            "b");
  EXPECT_EQ(decoder.flush(), "\xE4\xBD");
  EXPECT_EQ(decoder.flush(), "");
}

TEST(StreamDecoder, ShowsSpecialTokensWhenAsked) {
  const Tokenizer tokenizer = trained_tokenizer();
  StreamDecoder decoder(tokenizer, /*skip_special=*/false);
  EXPECT_EQ(decoder.push(*tokenizer.eos_id()), "<|end_of_sentence|>");
}

}  // namespace
}  // namespace fathom::text
