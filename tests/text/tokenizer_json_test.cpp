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
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "file.json", json.dump());
  return message_of<Error>([&] { Tokenizer::load(scratch / "file.json"); });
}

TEST(TokenizerJson, ReadsTheUndamagedFile) {
  EXPECT_EQ(refusal([](Json&) {}), "");
}

TEST(TokenizerJson, RefusesPartsByName) {
  EXPECT_THAT(refusal([](Json& j) { j["normalizer"] = {{"type", "Lowercase"}}; }),
              HasSubstr("file.json: the normalizer 'Lowercase' is not supported"));
  EXPECT_THAT(refusal([](Json& j) { j["normalizer"] = {{"type", "Prepend"}}; }), HasSubstr("normalizer Prepend: required key 'prepend'"));
  EXPECT_THAT(refusal([](Json& j) { j["normalizer"] = {{"type", "Sequence"}, {"normalizers", 3}}; }),
              HasSubstr("'normalizers' must be a list"));
  EXPECT_THAT(refusal([](Json& j) { j["post_processor"] = {{"type", "BertProcessing"}}; }), HasSubstr("post_processor 'BertProcessing'"));
  EXPECT_THAT(refusal([](Json& j) { j["decoder"] = {{"type", "Sequence"}, {"decoders", {{{"type", "Fuse"}}}}}; }),
              HasSubstr("decoder 'Fuse' is not supported"));
  EXPECT_THAT(refusal([](Json& j) { j["decoder"] = {{"type", "WordPiece"}}; }), HasSubstr("decoder 'WordPiece'"));
  EXPECT_THAT(refusal([](Json& j) { j["decoder"] = nullptr; }), HasSubstr("no decoder"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["type"] = "Unigram"; }), HasSubstr("model 'Unigram'"));
  EXPECT_THAT(refusal([](Json& j) {
                j["model"]["byte_fallback"] = true;
                j["model"]["vocab"].erase("!");
              }),
              AllOf(HasSubstr("model.byte_fallback"), HasSubstr("0x21")));
  EXPECT_THAT(refusal([](Json& j) {
                j["model"]["unk_token"] = "a";
                j["model"]["vocab"].erase("!");
              }),
              HasSubstr("model.unk_token"));
  EXPECT_EQ(refusal([](Json& j) { j["model"]["unk_token"] = "a"; }), "");
  EXPECT_THAT(refusal([](Json& j) { j["model"]["dropout"] = 0.1; }), HasSubstr("model.dropout"));
  EXPECT_THAT(refusal([](Json& j) { j["model"]["end_of_word_suffix"] = "</w>"; }), HasSubstr("model.end_of_word_suffix"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"][0]["lstrip"] = 1; }), HasSubstr("lstrip"));
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
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"].push_back(j["added_tokens"][0]); }), HasSubstr("added_tokens[1]"));
  EXPECT_THAT(refusal([](Json& j) { j["added_tokens"] = 3; }), HasSubstr("added_tokens must be a list"));
}

TEST(TokenizerJson, TemplatesMustFitTheVocabulary) {
  const auto with_template = [](const char* single, const char* special) {
    return refusal([&](Json& j) {
      j["post_processor"] = {{"type", "TemplateProcessing"}, {"single", Json::parse(single)}, {"special_tokens", Json::parse(special)}};
    });
  };
  constexpr const char* text = R"({"Sequence": {"id": "A", "type_id": 0}})";
  constexpr const char* end = R"({"SpecialToken": {"id": "<|end|>", "type_id": 0}})";
  const auto list = [](std::initializer_list<const char*> parts) { return fmt::format("[{}]", fmt::join(parts, ", ")); };
  EXPECT_EQ(with_template(list({end, text}).c_str(), R"({"<|end|>": {"id": "<|end|>", "ids": [258], "tokens": ["<|end|>"]}})"), "");
  EXPECT_THAT(with_template(list({end, text}).c_str(), "{}"), HasSubstr("special_tokens has no '<|end|>'"));
  EXPECT_THAT(with_template(list({end, text}).c_str(), R"({"<|end|>": {"ids": [999]}})"), AllOf(HasSubstr("999"), HasSubstr("0 to 258")));
  EXPECT_THAT(with_template(list({text, text}).c_str(), "{}"), HasSubstr("single[1]"));
  EXPECT_THAT(with_template("[]", "{}"), HasSubstr("holds no Sequence A"));
  EXPECT_THAT(with_template("[3]", "{}"), HasSubstr("single[0]"));
}

TEST(TokenizerJson, VocabularyGapsAreNoIds) {
  Json json = byte_tokenizer_json();
  json["model"]["vocab"]["zz"] = 400;
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "tokenizer.json", json.dump());
  const Tokenizer tokenizer = Tokenizer::load(scratch.path());
  EXPECT_EQ(tokenizer.vocab_size(), 401);
  EXPECT_EQ(tokenizer.token_bytes(400), "zz");
  EXPECT_THAT(message_of<Error>([&] { tokenizer.decode({300}); }), HasSubstr("300"));
}

TEST(TokenizerJson, TokensOfTheConfigurationMustAgree) {
  const auto load_with = [](const char* config) {
    const ScratchDirectory scratch;
    write_file_atomically(scratch / "tokenizer.json", byte_tokenizer_json().dump());
    write_file_atomically(scratch / "tokenizer_config.json", config);
    return message_of<Error>([&] {
      const Tokenizer tokenizer = Tokenizer::load(scratch.path());
      require(tokenizer.encode("<x>") == std::vector<TokenId>{300} && tokenizer.is_special(300), "<x> is no special token");
    });
  };
  EXPECT_EQ(load_with(R"({"added_tokens_decoder": {"300": {"content": "<x>", "special": true}, "258": {"content": "<|end|>"}}})"), "");
  EXPECT_THAT(load_with(R"({"added_tokens_decoder": {"259": {"content": "<|end|>"}}})"),
              HasSubstr("'<|end|>' has the id 258 in tokenizer.json"));
  EXPECT_THAT(load_with(R"({"added_tokens_decoder": {"7": {"content": "<x>"}}})"), HasSubstr("added_tokens_decoder: 7"));
  EXPECT_THAT(load_with(R"({"added_tokens_decoder": {"x": {"content": "<x>"}}})"), HasSubstr("'x' is no token id"));
  EXPECT_THAT(load_with(R"({"added_tokens_decoder": []})"), HasSubstr("must be an object"));
}

TEST(TokenizerJson, VocabularyAndMergesFilesNameTheirLines) {
  const ScratchDirectory scratch;
  const auto load_with = [&](const char* merges, const char* config) {
    Json vocab = byte_tokenizer_json().at("model").at("vocab");
    vocab["<|endoftext|>"] = 258;
    write_file_atomically(scratch / "vocab.json", vocab.dump());
    write_file_atomically(scratch / "merges.txt", merges);
    write_file_atomically(scratch / "tokenizer_config.json", config);
    return message_of<Error>([&] {
      const Tokenizer tokenizer = Tokenizer::load(scratch.path());
      require(tokenizer.encode("abc<|endoftext|>") == std::vector<TokenId>{257, 258} && tokenizer.eos_id() == 258, "other ids");
    });
  };
  EXPECT_EQ(load_with("#version: 0.2\na b\nab c\n", "{}"), "");
  EXPECT_EQ(load_with("a b\nab c\n", R"({"tokenizer_class": "GPT2Tokenizer"})"), "");
  EXPECT_THAT(load_with("#version: 0.2\na b\nx y\n", "{}"), AllOf(HasSubstr("merges.txt:3"), HasSubstr("'xy'")));
  EXPECT_THAT(load_with("a b\nabc\n", "{}"), HasSubstr("merges.txt:2"));
  EXPECT_THAT(load_with("a b\n", R"({"tokenizer_class": "LlamaTokenizer"})"), HasSubstr("'LlamaTokenizer'"));
  std::filesystem::remove(scratch / "merges.txt");
  EXPECT_THAT(message_of<Error>([&] { Tokenizer::load(scratch.path()); }), HasSubstr("merges.txt: there is no such file"));
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
