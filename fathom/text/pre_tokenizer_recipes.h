// Pre-tokenizers that vocabularies are trained with, by name, as tokenizer.json describes them.
//
//   gpt2            contractions, letters, numbers and other signs with the space before them, white space (Radford et al. 2019)
//   gpt2-digits     the same, every digit apart
//   deepseek-llm    DeepSeek LLM §2: line breaks, letters, punctuation, and Chinese, Japanese and Korean characters never join, every
//                   digit is apart. Its published tokenizer.json
//   deepseek-coder  the same classes, for any alphabet. Its published tokenizer.json
//   deepseek-v3     DeepSeek-V3: numbers of up to three digits, Chinese and Japanese characters, then words, punctuation with the line
//                   breaks that follow it, and white space. Its published tokenizer.json
//   llama3, qwen2   their published tokenizer.json; numbers of up to three digits (llama3), or every digit apart (qwen2)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::text {

// The `pre_tokenizer` object of tokenizer.json; `name` is one of the above, or a tokenizer.json whose pre-tokenizer is taken. Throws
// UsageError that lists the names, and Error for a file that cannot be read or has none.
Json pre_tokenizer_recipe(const std::string& name);
std::vector<std::string> pre_tokenizer_names();

}  // namespace fathom::text
