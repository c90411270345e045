// Merges against those of Hugging Face's trainer (tests/fixtures/make_bpe_trainer_oracle.py), pair by pair and in order.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/pre_tokenizer_recipes.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

namespace fs = std::filesystem;

fs::path fixtures() { return fs::path(FATHOM_SOURCE_DIR) / "tests/fixtures/bpe_trainer"; }

// Up to and with the line break that ends the line of this number.
std::string first_lines(const std::string& text, int lines) {
  std::size_t end = 0;
  for (int i = 0; i < lines; ++i) end = text.find('\n', end) + 1;
  return text.substr(0, end);
}

// The "code" of each record, line breaks between them.
std::string code_of(const fs::path& file) {
  std::string code;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    if (!code.empty()) code += '\n';
    code += json_get<std::string>(parse_json(*line, lines.position()), "code", lines.position());
  }
  return code;
}

// A text of the script by its name; "" when the shared folder is not there.
std::string oracle_text(const std::string& name) {
  if (name == "sample") return read_file(fixtures() / "sample.txt");
  const fs::path data = shared_folder() / "data";
  if (!fs::exists(data)) return "";
  if (name == "shakespeare") return read_file(data / "lm-english/tinyshakespeare.txt.xz");
  if (name == "news") return first_lines(read_file(data / "lm-chinese/news-msra.txt.xz"), 2000);
  if (name == "code") return code_of(data / "code/mbpp.jsonl.xz");
  fail("the oracles have no text '{}'", name);
}

// Why the pre-tokenizer of that name cannot be had; "" when it can.
std::string refusal_of(const std::string& pre_tokenizer) {
  return message_of<Error>([&] { make_pre_tokenizer(pre_tokenizer_recipe(pre_tokenizer), pre_tokenizer); });
}

std::vector<fs::path> oracle_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fixtures() / "oracle")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class BpeTrainerOracle : public testing::TestWithParam<fs::path> {};

TEST_P(BpeTrainerOracle, LearnsTheSameMerges) {
  const std::string origin = GetParam().string();
  const Json oracle = read_json(GetParam());
  const std::string text = oracle_text(oracle.at("text"));
  if (text.empty()) GTEST_SKIP() << "no shared folder with the text '" << oracle.at("text") << "'";

  if (const std::string refusal = refusal_of(oracle.at("pre_tokenizer")); !refusal.empty()) GTEST_SKIP() << refusal;

  BpeTrainerOptions options;
  options.vocab_size = oracle.at("vocab_size");
  options.min_frequency = oracle.at("min_frequency");
  options.special_tokens = oracle.at("special_tokens").get<std::vector<std::string>>();
  options.pre_tokenizer = pre_tokenizer_recipe(oracle.at("pre_tokenizer").get<std::string>());
  // There, a token that a merge makes must be shorter than the limit; here, no longer than it.
  if (!oracle.at("max_token_length").is_null()) options.max_token_bytes = oracle.at("max_token_length").get<std::int64_t>() - 1;
  BpeTrainer trainer(options);
  trainer.add(text);
  const ScratchDirectory scratch;
  trainer.train().save(scratch.path());

  const Json trained = read_json(scratch / "tokenizer.json").at("model");
  std::vector<std::string> merges;
  for (const Json& merge : trained.at("merges")) merges.push_back(fmt::format("{}", fmt::join(merge.get<std::vector<std::string>>(), " ")));
  EXPECT_EQ(merges, oracle.at("merges").get<std::vector<std::string>>()) << origin;
  const auto learned = oracle.at("learned").get<std::vector<std::string>>();
  ASSERT_EQ(trained.at("vocab").size(), options.special_tokens.size() + 256 + learned.size()) << origin;
  for (std::size_t i = 0; i < learned.size(); ++i)
    ASSERT_EQ(trained.at("vocab").at(learned[i]), options.special_tokens.size() + 256 + i) << origin;
}

std::string name_of_case(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, BpeTrainerOracle, testing::ValuesIn(oracle_files()), name_of_case);

}  // namespace
}  // namespace fathom::text
