#include "fathom/data/token_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/data/packed_batches.h"
#include "fathom/data/prepare_corpus.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/small_corpora.h"
#include "tests/data/token_files.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;

class TokenCorpusTest : public testing::Test {
 protected:
  TokenCorpusTest() {
    std::string lines;
    for (int i = 0; i < 60; ++i) lines += Json{{"text", random_words(static_cast<std::uint64_t>(i), 5 + i)}}.dump() + "\n";
    write_file_atomically(scratch_ / "text.jsonl", lines);
    prepare("one", 1 << 20);
    prepare("many", 500);
  }
  void prepare(const std::string& name, std::int64_t shard_tokens) {
    Recipe recipe;
    recipe.set("sources.a.paths=" + Json{(scratch_ / "text.jsonl").string()}.dump());
    recipe.set("validation.fraction=0");
    recipe.set(fmt::format("shards.tokens={}", shard_tokens));
    PrepareSettings settings;
    settings.out = scratch_ / name;
    settings.quiet = true;
    prepare_corpus(CorpusRecipe::from_recipe(recipe), tokenizer_, settings);
  }
  std::string refusal(const CorpusAccess& access = {}) const {
    return message_of<Error>([&] { TokenCorpus::open(scratch_ / "many", access); });
  }
  ScratchDirectory scratch_;
  text::Tokenizer tokenizer_ = small_tokenizer();
};

TEST_F(TokenCorpusTest, ShardsReadAsOneSequence) {
  const TokenCorpus one = TokenCorpus::open(scratch_ / "one"), many = TokenCorpus::open(scratch_ / "many");
  ASSERT_EQ(one.files().size(), 1U);
  ASSERT_GT(many.files().size(), 5U);
  ASSERT_EQ(many.size(), one.size());
  ASSERT_EQ(many.documents(), one.documents());
  EXPECT_EQ(many.text_bytes(), one.text_bytes());
  for (std::int64_t i = 0; i <= one.documents(); ++i) EXPECT_EQ(many.document_begin(i), one.document_begin(i));
  for (const std::int64_t begin : {std::int64_t{0}, std::int64_t{499}, std::int64_t{777}, one.size() - 300})
    EXPECT_EQ(read(many, begin, begin + 300), read(one, begin, begin + 300));
  std::int64_t token;
  EXPECT_THROW(many.read(many.size(), 1, &token), Error);
  EXPECT_THROW(many.read(-1, 1, &token), Error);
}

TEST_F(TokenCorpusTest, BatchesDoNotDependOnTheShards) {
  const TokenCorpus one = TokenCorpus::open(scratch_ / "one"), many = TokenCorpus::open(scratch_ / "many");
  for (const bool across : {true, false}) {
    const PackingOptions options{.sequence_length = 64, .sequences = 4, .attend_across_documents = across, .seed = 3};
    const PackedBatches a(one, options), b(many, options);
    for (std::int64_t i = 0; i < 40; ++i) {
      EXPECT_EQ(a.batch(i).input_ids, b.batch(i).input_ids);
      EXPECT_EQ(a.batch(i).targets, b.batch(i).targets);
      EXPECT_EQ(a.batch(i).cu_seqlens, b.batch(i).cu_seqlens);
    }
  }
}

TEST_F(TokenCorpusTest, ShardsMustBeWhatTheManifestSays) {
  EXPECT_EQ(refusal(), "");
  EXPECT_THAT(refusal({.fingerprint = small_tokenizer(290).fingerprint()}), HasSubstr("another tokenizer"));
  EXPECT_THAT(refusal({.split = "validation"}), HasSubstr("'validation'"));
  const auto shard = scratch_ / "many/train/shard-00001.safetensors";
  const std::string whole = read_file(shard);
  std::string changed = whole;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  write_file_atomically(shard, changed);
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("shard-00001"), HasSubstr("SHA-256")));
  EXPECT_EQ(refusal({.verify = false}), "");
  write_file_atomically(shard, whole.substr(0, whole.size() - 8));
  EXPECT_THAT(refusal({.verify = false}), HasSubstr("truncated"));
  std::filesystem::remove(shard);
  EXPECT_THAT(refusal(), HasSubstr("missing"));
  std::filesystem::copy(scratch_ / "many/train/shard-00002.safetensors", shard);
  EXPECT_NE(refusal({.verify = false}), "");
}

TEST_F(TokenCorpusTest, JoinsWhatOneTokenizerMade) {
  std::vector<TokenCorpus> parts;
  parts.push_back(TokenCorpus::open(scratch_ / "one"));
  parts.push_back(TokenCorpus::open(scratch_ / "many"));
  const std::int64_t size = parts[0].size();
  EXPECT_EQ(TokenCorpus::join(std::move(parts)).size(), 2 * size);
  write_token_file(scratch_ / "other.safetensors", {"text"}, small_tokenizer(290));
  std::vector<TokenCorpus> mixed;
  mixed.push_back(TokenCorpus::open(scratch_ / "one"));
  mixed.push_back(TokenCorpus::open(scratch_ / "other.safetensors"));
  EXPECT_THAT(message_of<Error>([&] { TokenCorpus::join(std::move(mixed)); }), HasSubstr("two tokenizers"));
  EXPECT_THROW(TokenCorpus::join({}), Error);
}

TEST_F(TokenCorpusTest, AManifestComesBackAsItWas) {
  const CorpusManifest manifest = CorpusManifest::load(scratch_ / "many");
  EXPECT_EQ(CorpusManifest::parse(manifest.dump(), "again").dump(), manifest.dump());
  const Json whole = Json::parse(manifest.dump());
  const auto refused = [](const Json& json) { return message_of<Error>([&] { CorpusManifest::parse(json.dump(), "m.json"); }); };
  for (const auto& [key, value] : whole.items()) {
    Json less = whole;
    less.erase(key);
    EXPECT_THAT(refused(less), HasSubstr("m.json")) << key;
    Json other = whole;
    other[key] = Json::array({Json::object()});
    EXPECT_THAT(refused(other), HasSubstr("m.json")) << key;
  }
  Json outside = whole;
  outside["splits"]["train"]["shards"][0]["file"] = "../elsewhere.safetensors";
  EXPECT_THAT(refused(outside), HasSubstr("outside"));
  Json newer = whole;
  newer["version"] = 2;
  EXPECT_THAT(refused(newer), HasSubstr("version 2"));
}

}  // namespace
}  // namespace fathom::data
