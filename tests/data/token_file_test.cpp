#include "fathom/data/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/sha256.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/token_files.h"

namespace fathom::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(TokenFile, HoldsTheDocumentsOneAfterAnother) {
  const ScratchDirectory scratch;
  const text::Tokenizer tokenizer = small_tokenizer();
  const std::vector<std::string> documents = {"first one", "the second", "and a third"};
  const WrittenFile written = write_token_file(scratch / "tokens.safetensors", documents, tokenizer);
  EXPECT_EQ(written.bytes, static_cast<std::int64_t>(std::filesystem::file_size(scratch / "tokens.safetensors")));
  EXPECT_EQ(written.sha256, sha256_of_file(scratch / "tokens.safetensors"));
  const TokenFile file = TokenFile::open(scratch / "tokens.safetensors", tokenizer.fingerprint());
  EXPECT_EQ(file.documents(), 3);
  EXPECT_EQ(file.document_bytes(1), 10);
  EXPECT_EQ(file.document_hash(2), 11U);
  EXPECT_EQ(file.sources().at(static_cast<std::size_t>(file.document_source(0))), "test");
  EXPECT_EQ(file.text_bytes(), 9 + 10 + 11);
  EXPECT_EQ(file.vocab_size(), tokenizer.vocab_size());
  EXPECT_EQ(file.fingerprint(), tokenizer.fingerprint());
  EXPECT_EQ(file.document_begin(0), 0);
  EXPECT_EQ(file.document_begin(3), file.size());
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::vector<std::int64_t> ids = read(file, file.document_begin(i), file.document_begin(i + 1));
    EXPECT_EQ(tokenizer.decode({ids.begin(), ids.end()}), documents[static_cast<std::size_t>(i)] + "<|end_of_sentence|>");
  }
}

TEST(TokenFile, LargeVocabulariesAreWide) {
  // Ids beyond 65535 need int32: a vocabulary whose special token has a large id.
  const ScratchDirectory scratch;
  small_tokenizer().save(scratch.path());
  Json json = read_json(scratch / "tokenizer.json");
  json["added_tokens"].push_back({{"id", 70000}, {"content", "<|far|>"}, {"special", true}});
  write_file_atomically(scratch / "tokenizer.json", json.dump());
  const text::Tokenizer tokenizer = text::Tokenizer::load(scratch.path());
  write_token_file(scratch / "tokens.safetensors", {"a<|far|>b"}, tokenizer);
  const TokenFile file = TokenFile::open(scratch / "tokens.safetensors");
  const std::vector<std::int64_t> ids = read(file, 0, file.size());
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(ids[1], 70000);
  EXPECT_EQ(file.vocab_size(), 70001);
}

TEST(TokenFile, RefusesAnotherTokenizersTokens) {
  const ScratchDirectory scratch;
  write_token_file(scratch / "tokens.safetensors", {"text"}, small_tokenizer());
  const text::Tokenizer other = small_tokenizer(290);
  EXPECT_THAT(message_of<Error>([&] { TokenFile::open(scratch / "tokens.safetensors", other.fingerprint()); }),
              AllOf(HasSubstr("another tokenizer"), HasSubstr(fmt::format("{:016x}", other.fingerprint()))));
}

TEST(TokenFile, ATokenizerWithoutEndIsRefused) {
  const ScratchDirectory scratch;
  text::BpeTrainer trainer({.vocab_size = 300, .eos_token = ""});
  trainer.add("text text");
  EXPECT_THAT(message_of<Error>([&] { write_token_file(scratch / "tokens.safetensors", {"text"}, trainer.train()); }),
              HasSubstr("eos_token"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "tokens.safetensors"));
}

TEST(TokenFile, DoesNotDependOnWhatWaitsInMemory) {
  const ScratchDirectory scratch;
  const text::Tokenizer tokenizer = small_tokenizer();
  const std::vector<text::TokenId> ids(1000, *tokenizer.eos_id());
  for (const std::int64_t memory_bytes : {1, 3000, 1 << 20}) {
    TokenFileWriter writer(scratch / fmt::format("{}.safetensors", memory_bytes), {tokenizer.fingerprint(), tokenizer.vocab_size(), {"a"}},
                           memory_bytes);
    for (int i = 0; i < 5; ++i) writer.append({.hash = 1, .text_bytes = 2}, ids);
    EXPECT_EQ(scratch.entries(), memory_bytes == 1 ? 0U : memory_bytes == 3000 ? 1U : 2U);
    writer.commit();
  }
  EXPECT_EQ(read_file(scratch / "1.safetensors"), read_file(scratch / "3000.safetensors"));
  EXPECT_EQ(read_file(scratch / "1.safetensors"), read_file(scratch / "1048576.safetensors"));
  EXPECT_EQ(TokenFile::open(scratch / "1.safetensors").size(), 5000);
}

TEST(TokenFile, EveryTruncationIsFound) {
  const ScratchDirectory scratch;
  write_token_file(scratch / "tokens.safetensors", {"some text", "more of it"}, small_tokenizer());
  const std::string whole = read_file(scratch / "tokens.safetensors");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file_atomically(scratch / "cut.safetensors", std::string_view(whole).substr(0, size));
    EXPECT_THAT(message_of<Error>([&] { TokenFile::open(scratch / "cut.safetensors"); }), HasSubstr("cut.safetensors")) << size;
  }
}

// A token file with this header and so many bytes of zeros behind it.
std::string with_header(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t size = header.size();
  std::string file(sizeof size, '\0');
  std::memcpy(file.data(), &size, sizeof size);
  return file + header + std::string(data_bytes, '\0');
}

TEST(TokenFile, HostileHeadersAreErrors) {
  const ScratchDirectory scratch;
  const std::string metadata =
      R"("__metadata__": {"format": "fathom-tokens", "text_bytes": "1", "vocab_size": "10", "tokenizer_fingerprint": "1"})";
  const auto refusal = [&](const std::string& header, std::size_t data_bytes = 64) {
    write_file_atomically(scratch / "hostile.safetensors", with_header(header, data_bytes));
    return message_of<Error>([&] { TokenFile::open(scratch / "hostile.safetensors"); });
  };
  const auto arrays = [&](const std::string& starts, const std::string& tokens) {
    return "{" + metadata + ", \"document_starts\": " + starts + ", \"tokens\": " + tokens + "}";
  };
  const std::string good_starts = R"({"dtype": "I64", "shape": [1], "data_offsets": [0, 8]})";
  const std::string good_tokens = R"({"dtype": "U16", "shape": [0], "data_offsets": [8, 8]})";
  EXPECT_EQ(refusal(arrays(good_starts, good_tokens)), "");
  EXPECT_NE(refusal(R"({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})"), "");
  EXPECT_NE(refusal("[]"), "");
  EXPECT_NE(refusal("not JSON"), "");
  for (const char* tokens :
       {R"({"dtype": "F32", "shape": [1], "data_offsets": [8, 12]})", R"({"dtype": "U16", "shape": [1], "data_offsets": [8, 12]})",
        R"({"dtype": "U16", "shape": [-1], "data_offsets": [8, 6]})", R"({"dtype": "U16", "shape": [4], "data_offsets": [60, 68]})",
        R"({"dtype": "U16", "shape": [4611686018427387904], "data_offsets": [8, 8]})",
        R"({"dtype": "U16", "shape": [4], "data_offsets": [9223372036854775807, -9223372036854775801]})",
        R"({"dtype": "U16", "shape": [2, 2], "data_offsets": [8, 16]})", R"({"dtype": "U16", "shape": "x", "data_offsets": [8, 16]})"}) {
    EXPECT_THAT(refusal(arrays(good_starts, tokens)), HasSubstr("hostile.safetensors")) << tokens;
  }
  // Documents that do not cover the tokens.
  EXPECT_THAT(refusal(arrays(good_starts, R"({"dtype": "U16", "shape": [4], "data_offsets": [8, 16]})")), HasSubstr("cover"));
  // A table of documents that are not there, or of sources that are not named.
  const std::string one = R"({"dtype": "I64", "shape": [1], "data_offsets": [0, 8]})";
  const auto tables = [&](const std::string& sources) {
    return "{" + metadata + R"(, "document_starts": {"dtype": "I64", "shape": [2], "data_offsets": [0, 16]}, "document_hashes": )" + one +
           R"(, "document_bytes": )" + one + R"(, "document_sources": )" + sources +
           R"(, "tokens": {"dtype": "U16", "shape": [0], "data_offsets": [16, 16]}})";
  };
  EXPECT_THAT(refusal(tables(R"({"dtype": "I32", "shape": [1], "data_offsets": [0, 4]})")), HasSubstr("are named"));
  EXPECT_THAT(refusal(tables(R"({"dtype": "I32", "shape": [2], "data_offsets": [0, 8]})")), HasSubstr("table"));
  write_file_atomically(scratch / "hostile.safetensors", std::string(8, '\xFF'));
  EXPECT_NE(message_of<Error>([&] { TokenFile::open(scratch / "hostile.safetensors"); }), "");
}

TEST(TokenFile, TokensOutsideTheVocabularyAreFoundWhenRead) {
  const ScratchDirectory scratch;
  write_token_file(scratch / "tokens.safetensors", {"text"}, small_tokenizer());
  std::string bytes = read_file(scratch / "tokens.safetensors");
  bytes[bytes.size() - 1] = '\x7F';
  write_file_atomically(scratch / "tokens.safetensors", bytes);
  const TokenFile file = TokenFile::open(scratch / "tokens.safetensors");
  EXPECT_THAT(message_of<Error>([&] { read(file, 0, file.size()); }), HasSubstr("vocabulary"));
  EXPECT_THROW(read(file, 0, file.size() + 1), Error);
  EXPECT_THROW(read(file, -1, 1), Error);
}

}  // namespace
}  // namespace fathom::data
