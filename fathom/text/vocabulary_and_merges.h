// Tokenizers in the older two files: vocab.json and merges.txt, as GPT-2 came (Qwen2's have the same form).
#pragma once

#include <filesystem>

#include "fathom/text/tokenizer_config.h"
#include "fathom/text/tokenizer_json.h"

namespace fathom::text {

inline constexpr const char* vocabulary_file_name = "vocab.json";
inline constexpr const char* merges_file_name = "merges.txt";

// Reads both from `directory`. What surrounds them follows from tokenizer_config.json's `tokenizer_class`: GPT2Tokenizer (also when
// none is named) or Qwen2Tokenizer. `config` gets the roles that GPT-2 has by default. Throws Error that names file and place, or the class
// that is not supported.
TokenizerParts parse_vocabulary_and_merges(const std::filesystem::path& directory, TokenizerConfig& config);

}  // namespace fathom::text
