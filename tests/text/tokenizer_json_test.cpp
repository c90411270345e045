// Damaged and unsupported tokenizer.json files.
#include "fathom/text/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The message for a file after `damage`.
std::string refusal(const std::function<void(Json&)>& damage) {
  Json json = byte_tokenizer_json();
  damage(json);
  return message_of<Error>([&] { parse_tokenizer_json(json.dump(), "file.json"); });
}

TEST(TokenizerJson, ReadsTheUndamagedFile) {
  EXPECT_EQ(refusal([](Json&) {}), "");
}

TEST(TokenizerJson, RefusesPartsByName) {
  EXPECT_THAT(refusal([](Json& j) { j["normalizer"] = {{"type", "NFC"}}; }), HasSubstr("file.json: the normalizer 'NFC' is not supported"));
  EXPECT_THAT(refusal([](Json& j) { j["post_processor"] = {{"type", "TemplateProcessing"}}; }),
              HasSubstr("post_processor 'TemplateProcessing'"));
  EXPECT_THAT(refusal([](Json& j) { j["decoder"] = {{"type", "WordPiece"}}; }), HasSubstr("decoder 'WordPiece'"));
  EXPECT_THAT(refusal([](Json& j) { j["decoder"] = nullptr; }), HasSubstr("no decoder"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["type"] = "Unigram"; }), HasSubstr("model 'Unigram'"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["byte_fallback"] = true; }), HasSubstr("model.byte_fallback"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["dropout"] = 0.1; }), HasSubstr("model.dropout"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["end_of_word_suffix"] = "</w>"; }), HasSubstr("model.end_of_word_suffix"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0]["lstrip"] = true; }), HasSubstr("lstrip"));
  EXPECT_EQ(refusal([](Json& j) { j["normalizer"] = {{"type", "Sequence"}, {"normalizers", Json::array()}}; }), "");
  EXPECT_EQ(refusal([](Json& j) { j["model"]["end_of_word_suffix"] = ""; }), "");
}

TEST(TokenizerJson, SaysWhatIsDamaged) {
  EXPECT_THAT(refusal([](Json& j) { j.erase("model"); }), HasSubstr("no tokenizer.json"));
  EXPECT_THAT(refusal([](Json& j) { j = Json::array({1}); }), HasSubstr("no tokenizer.json"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["vocab"] = Json::array(); }), HasSubstr("model.vocab"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["vocab"]["a"] = "64"; }), AllOf(HasSubstr("model.vocab"), HasSubstr("'a'")));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["vocab"]["a"] = -1; }), HasSubstr("'a'"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["vocab"]["a"] = 2000000000; }), HasSubstr("2000000000"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["vocab"]["a"] = j["model"]["vocab"]["b"]; }), HasSubstr("same id"));
  EXPECT_THAT(refusal([](Json& j) { j["model"].erase("merges"); }), HasSubstr("model.merges must be a list"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["merges"][1] = "ab"; }), HasSubstr("model.merges[1]"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["merges"][1] = {"x", "y"}; }), AllOf(HasSubstr("model.merges[1]"), HasSubstr("'xy'")));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["merges"][1] = j["model"]["merges"][0]; }), HasSubstr("repeats"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0]["id"] = 3; }), HasSubstr("added_tokens[0]"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0]["id"] = -3; }), HasSubstr("added_tokens[0]"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0]["content"] = "a"; }), HasSubstr("'a' has the id"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0]["content"] = ""; }), HasSubstr("empty"));
  // One id cannot be both the character é and the byte that é spells.
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0] = {{"content", "é"}, {"id", j["model"]["vocab"]["é"]}}; }),
              HasSubstr("other bytes"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"].push_back(j["added_tokens"][0]); }), HasSubstr("added_tokens[1]"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"] = 3; }), HasSubstr("added_tokens must be a list"));
}

TEST(TokenizerJson, TruncatedAndScrambledFilesAreErrors) {
  const std::string whole = byte_tokenizer_json().dump();
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    EXPECT_THROW(parse_tokenizer_json(std::string_view(whole).substr(0, length), "file.json"), Error);
  }
  Rng rng(3);
  for (int round = 0; round < 300; ++round) {
    std::string scrambled = whole;
    for (int i = 0; i < 3; ++i) scrambled[rng.below(scrambled.size())] = static_cast<char>(rng.below(256));
    try {
      parse_tokenizer_json(scrambled, "file.json");
    } catch (const Error&) {
    }
  }
}

TEST(TokenizerJson, MissingFileNamesItself) {
  const ScratchDirectory scratch;
  EXPECT_THAT(message_of<Error>([&] { Tokenizer::load(scratch.path()); }), HasSubstr((scratch / "tokenizer.json").string()));
}

}  // namespace
}  // namespace fathom::text
