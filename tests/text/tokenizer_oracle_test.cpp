// Ids against Hugging Face's tokenizers: the real vocabularies of the shared folder, and small tokenizers with every component
// (tests/fixtures/tokenizers, where the script is that makes them).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <cstdio>

#include "fathom/base/error.h"
#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/utf8.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

using Ids = std::vector<TokenId>;

constexpr const char* families[] = {"gpt-2", "llama-3", "qwen2", "deepseek-llm", "deepseek-coder", "deepseek-v3-style"};

std::filesystem::path oracle(const std::string& name) { return shared_folder() / "fixtures" / "tokenizer" / name; }
std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(FATHOM_SOURCE_DIR) / "tests" / "fixtures" / "tokenizers" / name;
}

// Bytes as a text: every maximal part that can be no character becomes U+FFFD (Unicode Standard, section 3.9), as the reference
// decodes.
std::string lossy(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::size_t length = character_length(bytes);
    if (length > 0) {
      text += bytes.substr(0, length);
    } else {
      length = 1;
      while (length < bytes.size() && is_unfinished_character(bytes.substr(0, length + 1))) ++length;
      append_utf8(text, 0xFFFD);
    }
    bytes.remove_prefix(length);
  }
  return text;
}

struct Count {
  std::int64_t texts = 0, ids = 0, differences = 0;
  void add(const Ids& expected, const Ids& found, const std::string& place) {
    ++texts;
    ids += static_cast<std::int64_t>(expected.size());
    differences += expected == found ? 0 : 1;
    EXPECT_EQ(found, expected) << place;
  }
  void print(const char* what) const { std::printf("%s: %ld texts, %ld ids compared, differences: %ld\n", what, texts, ids, differences); }
};

class Family : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(oracle(GetParam()))) GTEST_SKIP() << "no shared folder with " << oracle(GetParam());
  }
};

TEST_P(Family, IdsAndTextsAreThoseOfTheReference) {
  const Tokenizer tokenizer = Tokenizer::load(oracle(GetParam()));
  Count count;
  LineReader lines(oracle(GetParam()) / "cases.jsonl");
  while (const auto line = lines.next()) {
    const Json record = parse_json(*line, lines.position());
    const auto text = json_get<std::string>(record, "text", lines.position());
    const auto expected = json_get<Ids>(record, "ids", lines.position());
    count.add(expected, tokenizer.encode(text), lines.position());
    count.add(record.value("ids_with_special", expected), tokenizer.encode_with_special_tokens(text), lines.position());
    EXPECT_EQ(lossy(tokenizer.decode(expected)), json_get<std::string>(record, "decoded", lines.position())) << lines.position();
  }
  count.print(GetParam());
  EXPECT_EQ(count.texts, 2 * 193);
}

TEST_P(Family, IdsAreThoseOfTheIndependentVectors) {
  const std::string name = std::string(GetParam()) == "deepseek-v3-style" ? "" : GetParam();
  const auto vectors = shared_folder() / "data" / "tokenizers" / "parity" / (name + ".jsonl");
  if (name.empty()) return;  // made for the fixtures; there are no vectors of it
  if (!std::filesystem::exists(vectors)) GTEST_SKIP() << "no " << vectors;
  const Tokenizer tokenizer = Tokenizer::load(oracle(name));
  Count count;
  LineReader lines(vectors);
  while (const auto line = lines.next()) {
    const Json record = parse_json(*line, lines.position());
    count.add(json_get<Ids>(record, "ids", lines.position()), tokenizer.encode(json_get<std::string>(record, "text", lines.position())),
              lines.position());
  }
  count.print((name + ", independent vectors").c_str());
  EXPECT_EQ(count.texts, 47);
}

TEST_P(Family, SavedAndReadAgainIsTheSame) {
  const Tokenizer tokenizer = Tokenizer::load(oracle(GetParam()) / "tokenizer.json");
  const ScratchDirectory scratch;
  tokenizer.save(scratch.path());
  const Tokenizer again = Tokenizer::load(scratch.path());
  EXPECT_EQ(again.fingerprint(), tokenizer.fingerprint());
  LineReader lines(oracle(GetParam()) / "cases.jsonl");
  while (const auto line = lines.next()) {
    const auto text = json_get<std::string>(parse_json(*line, lines.position()), "text", lines.position());
    ASSERT_EQ(again.encode_with_special_tokens(text), tokenizer.encode_with_special_tokens(text)) << lines.position();
  }
  const Json before = read_json(oracle(GetParam()) / "tokenizer.json");
  Json after = read_json(scratch / "tokenizer.json");
  EXPECT_TRUE(after == before) << "what was read and what was written differ: " << Json::diff(before, after).dump().substr(0, 500);
}

INSTANTIATE_TEST_SUITE_P(TokenizerOracle, Family, testing::ValuesIn(families), [](const auto& family) {
  std::string name = family.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// vocab.json and merges.txt as Qwen2 has them, against the cases of its tokenizer.json.
TEST(TokenizerOracle, VocabularyAndMergesFiles) {
  const auto files = shared_folder() / "data" / "tokenizers" / "qwen2";
  if (!std::filesystem::exists(files)) GTEST_SKIP() << "no " << files;
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "vocab.json", read_file(files / "vocab.json.xz"));
  write_file_atomically(scratch / "merges.txt", read_file(files / "merges.txt.xz"));
  write_file_atomically(scratch / "tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|endoftext|>",
      "added_tokens_decoder": {"151643": {"content": "<|endoftext|>", "special": true, "normalized": false}}})");
  const Tokenizer tokenizer = Tokenizer::load(scratch.path());
  EXPECT_EQ(tokenizer.eos_id(), 151643);
  Count count;
  LineReader lines(oracle("qwen2") / "cases.jsonl");
  while (const auto line = lines.next()) {
    const Json record = parse_json(*line, lines.position());
    count.add(json_get<Ids>(record, "ids", lines.position()), tokenizer.encode(json_get<std::string>(record, "text", lines.position())),
              lines.position());
  }
  count.print("qwen2 from vocab.json and merges.txt");
}

TEST(TokenizerOracle, EveryComponent) {
  const Json all = read_json(fixture("component_cases.json"));
  std::vector<std::pair<std::string, std::string>> merges;
  for (const Json& merge : all.at("merges")) merges.emplace_back(merge[0], merge[1]);
  const ScratchDirectory scratch;
  Count count;
  for (const Json& entry : all.at("tokenizers")) {
    const std::string name = entry.at("name");
    Json document = byte_tokenizer_json(merges);
    for (const auto& [key, value] : entry.at("tokenizer").items())
      if (key != "model" && key != "further_tokens") document[key] = value;
    document["model"].update(entry.at("tokenizer").at("model"));
    document["model"]["vocab"].update(entry.at("tokenizer").at("further_tokens"));
    // The script numbers added tokens one by one; the reference gives one that is in the vocabulary the id it has there.
    const Json vocab = document["model"]["vocab"];
    int next = static_cast<int>(vocab.size());
    for (Json& token : document["added_tokens"]) {
      const auto known = vocab.find(token.at("content").get<std::string>());
      token["id"] = known != vocab.end() ? known->get<int>() : next++;
    }
    write_file_atomically(scratch / "tokenizer.json", document.dump());
    if (name == "Sequence of processors") {  // two templates, of which the reference uses the first
      EXPECT_THAT(message_of<Error>([&] { Tokenizer::load(scratch / "tokenizer.json"); }), testing::HasSubstr("two TemplateProcessing"));
      continue;
    }
    const Tokenizer tokenizer = Tokenizer::load(scratch / "tokenizer.json");
    for (const Json& record : entry.at("cases")) {
      const std::string text = record.at("text"), place = name + ": " + record.at("text").dump();
      const Ids ids = record.at("ids");
      count.add(ids, tokenizer.encode(text), place);
      count.add(record.value("ids_with_special", ids), tokenizer.encode_with_special_tokens(text), place);
      count.add(record.value("ids_of_plain_text", ids), tokenizer.encode(text, /*parse_special=*/false), place);
      EXPECT_EQ(lossy(tokenizer.decode(ids)), record.at("decoded").get<std::string>()) << place;
      // The reference forgets that a token is special when normalising changes it.
      if (name.starts_with("normalized added token, NFC: special") && text == "<e\u0301> <\u00e9>") continue;
      EXPECT_EQ(lossy(tokenizer.decode(ids, /*skip_special=*/true)), record.at("decoded_without_special").get<std::string>()) << place;
    }
  }
  count.print("components");
}

// Lengths of the pieces in characters.
std::vector<int> lengths(const PreTokenizer& pre_tokenizer, std::string_view text) {
  Pieces pieces;
  pre_tokenizer.cut(text, pieces);
  std::vector<int> result;
  for (const std::string_view piece : pieces.views)
    result.push_back(static_cast<int>(std::count_if(piece.begin(), piece.end(), [](char c) { return (c & 0xC0) != 0x80; })));
  return result;
}

// The reference knows a newer Unicode than Debian's PCRE2 (14) and ICU (15): characters of later versions are left out.
bool has_newer_characters(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    UVersionInfo age;
    u_charAge(static_cast<UChar32>(code_point(text.substr(at), length)), age);
    if (age[0] == 0 || age[0] > 14) return true;
    at += length;
  }
  return false;
}

TEST(TokenizerOracle, WordsOfTheFamilies) {
  const Json cases = read_json(fixture("piece_cases.json")), families = read_json(fixture("pre_tokenizers.json"));
  int compared = 0;
  for (const auto& [name, expected] : cases.at("families").items()) {
    for (const bool use_scanner : {true, false}) {
      const auto pre_tokenizer = make_pre_tokenizer(families.at(name), name, use_scanner);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto text = cases.at("texts")[i].get<std::string>();
        if (has_newer_characters(text)) continue;
        EXPECT_EQ(lengths(*pre_tokenizer, text), expected[i].get<std::vector<int>>())
            << name << (use_scanner ? ", scanner: " : ", regular expressions: ") << cases.at("texts")[i].dump();
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 1000);
}

// Patterns that Oniguruma and PCRE2 may read differently: the same pieces, or a refusal.
TEST(TokenizerOracle, PatternsMeanWhatTheReferenceTakesThemFor) {
  const Json cases = read_json(fixture("piece_cases.json"));
  int refused = 0;
  for (const Json& entry : cases.at("patterns")) {
    const Json description = {
        {"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"}, {"pattern", {{"Regex", entry.at("pattern")}}}, {"behavior", "Isolated"}, {"invert", false}},
          {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
    std::unique_ptr<PreTokenizer> pre_tokenizer;
    try {
      pre_tokenizer = make_pre_tokenizer(description, "oracle");
    } catch (const Error&) {
      ++refused;
      continue;
    }
    ASSERT_FALSE(entry.contains("error")) << entry.dump();
    for (std::size_t i = 0; i < cases.at("pattern_texts").size(); ++i) {
      const auto text = cases.at("pattern_texts")[i].get<std::string>();
      if (has_newer_characters(text)) continue;
      EXPECT_EQ(lengths(*pre_tokenizer, text), entry.at("pieces")[i].get<std::vector<int>>())
          << entry.at("pattern") << " on " << cases.at("pattern_texts")[i].dump();
    }
  }
  EXPECT_EQ(refused, 2);  // (?i) with letters beyond ASCII
}

}  // namespace
}  // namespace fathom::text
