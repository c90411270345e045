#include "fathom/text/vocabulary_and_merges.h"

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/known_patterns.h"

namespace fathom::text {
namespace {

constexpr const char* gpt2_end_of_text = "<|endoftext|>";

Json byte_level(bool add_prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

std::vector<Merge> read_merges(const std::filesystem::path& path, const Vocabulary& vocabulary) {
  require(std::filesystem::exists(path), "{}: there is no such file; {} needs it", path.string(), vocabulary_file_name);
  LineReader lines(path);
  Json list = Json::array();
  std::vector<std::int64_t> line_numbers;
  while (const auto line = lines.next()) {
    if (line->empty() || line->starts_with("#version")) continue;
    list.push_back(std::string(*line));
    line_numbers.push_back(lines.line_number());
  }
  return parse_merges(list, vocabulary,
                      [&](std::size_t rank) { return fmt::format("{}:{}: the merge", path.string(), line_numbers[rank]); });
}

}  // namespace

TokenizerParts parse_vocabulary_and_merges(const std::filesystem::path& directory, TokenizerConfig& config) {
  const std::filesystem::path vocabulary_path = directory / vocabulary_file_name;
  TokenizerParts parts;
  parts.vocabulary = parse_vocabulary(read_json(vocabulary_path), vocabulary_path.string());
  parts.merges = read_merges(directory / merges_file_name, parts.vocabulary);
  parts.decoder = byte_level(true, true);

  const std::string tokenizer_class = config.role("tokenizer_class").value_or("");
  const bool add_prefix_space = config.json().value("add_prefix_space", Json(false)) == true;
  if (tokenizer_class.starts_with("Qwen2Tokenizer")) {
    parts.normalizer = {{"type", "NFC"}};
    parts.pre_tokenizer = pre_tokenizer_of(WordPattern::qwen2);
    parts.post_processor = byte_level(false, false);
    return parts;
  }
  const bool is_default = tokenizer_class.empty() || tokenizer_class.starts_with("PreTrainedTokenizer");
  require(is_default || tokenizer_class.starts_with("GPT2Tokenizer"),
          "{}: {} and {} of the class '{}' are not supported, those of GPT2Tokenizer and Qwen2Tokenizer are; save the tokenizer as "
          "tokenizer.json",
          directory.string(), vocabulary_file_name, merges_file_name, tokenizer_class);
  parts.pre_tokenizer = byte_level(add_prefix_space, true);
  parts.post_processor = byte_level(true, true);
  if (const auto end = parts.vocabulary.find_spelled(gpt2_end_of_text)) {
    add_token(parts.added, {.id = *end, .content = gpt2_end_of_text, .special = true}, parts.vocabulary, vocabulary_path.string());
    for (const char* role : {"bos_token", "eos_token"})
      if (!config.json().contains(role)) config.set(role, gpt2_end_of_text);
  }
  return parts;
}

}  // namespace fathom::text
