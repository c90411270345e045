// The word patterns of the model families, recognised by their exact text, so that a scanner can take the place of the regular
// expression engine (word_scanner.h).
#pragma once

#include <optional>
#include <string_view>

#include "fathom/base/json.h"

namespace fathom::text {

enum class WordPattern {
  gpt2,               // ByteLevel with use_regex (Radford et al. 2019)
  gpt2_digits_apart,  // every digit apart, then the same: what fathom trains by default
  llama3,             // contractions in ASCII letters of either case, up to three digits (the case spelled out in the pattern)
  llama3_caseless,    // the same with (?i:), by which "'ſ" is a contraction too
  qwen2,              // as llama3_caseless, digits apart
  deepseek_v3,        // DeepSeek-V3 and R1
  deepseek_llm,
  deepseek_coder,
};

// The pattern that GPT-2's encoder cuts words by; white space is written \s.
inline constexpr std::string_view gpt2_pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

// Which of them a `pre_tokenizer` object of tokenizer.json states, every option included; nullopt: none of them.
std::optional<WordPattern> known_word_pattern(const Json& pre_tokenizer);
// The `pre_tokenizer` object that states it.
Json pre_tokenizer_of(WordPattern pattern);
// For people.
std::string_view name_of(WordPattern pattern);

}  // namespace fathom::text
