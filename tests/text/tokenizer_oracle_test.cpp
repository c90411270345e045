// Ids against Hugging Face's tokenizers, for the real vocabularies of the shared folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

using testing::HasSubstr;

std::filesystem::path oracle(const std::string& name) { return shared_folder() / "fixtures" / "tokenizer" / name; }

TEST(TokenizerOracle, Gpt2) {
  if (!std::filesystem::exists(oracle("gpt-2"))) GTEST_SKIP() << "no shared folder with " << oracle("gpt-2");
  const Tokenizer tokenizer = Tokenizer::load(oracle("gpt-2"));
  EXPECT_EQ(tokenizer.vocab_size(), 50257);
  LineReader lines(oracle("gpt-2") / "cases.jsonl");
  int cases = 0;
  while (const auto line = lines.next()) {
    const Json record = parse_json(*line, lines.position());
    const auto text = json_get<std::string>(record, "text", lines.position());
    const auto expected = json_get<std::vector<TokenId>>(record, "ids", lines.position());
    ASSERT_EQ(tokenizer.encode(text), expected) << lines.position();
    ASSERT_EQ(tokenizer.decode(expected), text) << lines.position();
    EXPECT_EQ(tokenizer.decode(expected), json_get<std::string>(record, "decoded", lines.position()));
    ++cases;
  }
  EXPECT_GT(cases, 100);
}

TEST(TokenizerOracle, Gpt2SavedAndReadAgain) {
  if (!std::filesystem::exists(oracle("gpt-2"))) GTEST_SKIP() << "no shared folder with " << oracle("gpt-2");
  const Tokenizer tokenizer = Tokenizer::load(oracle("gpt-2") / "tokenizer.json");
  const ScratchDirectory scratch;
  tokenizer.save(scratch.path());
  EXPECT_EQ(Tokenizer::load(scratch.path()).fingerprint(), tokenizer.fingerprint());
}

TEST(TokenizerOracle, RefusesByNameWhatIsNotSupported) {
  const std::pair<const char*, const char*> refusals[] = {
      {"deepseek-llm", "'TemplateProcessing'"},      {"deepseek-coder", "'TemplateProcessing'"},
      {"deepseek-v3-style", "'TemplateProcessing'"}, {"qwen2", "normalizer 'NFC'"},
      {"llama-3", "post_processor 'Sequence'"},
  };
  for (const auto& [name, part] : refusals) {
    if (!std::filesystem::exists(oracle(name))) GTEST_SKIP() << "no shared folder with " << oracle(name);
    const std::string message = message_of<Error>([&, n = name] { Tokenizer::load(oracle(n)); });
    EXPECT_THAT(message, HasSubstr(part)) << name;
    EXPECT_THAT(message, HasSubstr("tokenizer.json")) << name;
  }
}

}  // namespace
}  // namespace fathom::text
