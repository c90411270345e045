// Small tokenizers for tests, and where the shared oracles are.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/text/byte_alphabet.h"
#include "fathom/text/tokenizer.h"

namespace fathom::text {

inline std::filesystem::path shared_folder() {
  const char* named = std::getenv("FATHOM_SHARED");
  return named != nullptr ? std::filesystem::path(named) : std::filesystem::path(FATHOM_SOURCE_DIR) / ".." / "shared";
}

// A tokenizer.json of the 256 bytes (ids 0 to 255 in spelling order), some merges and one special token "<|end|>", as a JSON value to
// be changed by tests.
inline Json byte_tokenizer_json(const std::vector<std::pair<std::string, std::string>>& merges = {{"a", "b"}, {"ab", "c"}}) {
  Json vocab = Json::object();
  int next = 0;
  for (const std::uint8_t byte : bytes_in_spelling_order()) vocab[std::string(spelling(byte))] = next++;
  Json merge_list = Json::array();
  for (const auto& [left, right] : merges) {
    vocab[left + right] = next++;
    merge_list.push_back({left, right});
  }
  const Json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
  return {{"version", "1.0"},
          {"added_tokens", Json::array({{{"id", next}, {"content", "<|end|>"}, {"special", true}}})},
          {"normalizer", nullptr},
          {"pre_tokenizer", byte_level},
          {"post_processor", nullptr},
          {"decoder", byte_level},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merge_list}}}};
}

inline Tokenizer trained_tokenizer(std::int64_t vocab_size = 400) {
  BpeTrainer trainer({.vocab_size = vocab_size});
  for (int i = 0; i < 50; ++i) {
    trainer.add("The quick brown fox jumps over the lazy dog, and the dog (12345 years old) doesn't mind. Größe 你好 🙂\n");
  }
  return trainer.train();
}

}  // namespace fathom::text
