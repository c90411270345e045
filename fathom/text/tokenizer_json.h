// Hugging Face's tokenizer.json: what of it fathom supports, read and written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/added_tokens.h"
#include "fathom/text/bpe_model.h"
#include "fathom/text/vocabulary.h"

namespace fathom::text {

// A tokenizer.json, taken apart. `pre_tokenizer`, `post_processor` and `decoder` are as the file has them.
struct TokenizerParts {
  Vocabulary vocabulary;
  std::vector<Merge> merges;
  bool whole_words_first = false;
  AddedTokens added;
  Json pre_tokenizer, post_processor, decoder;
};

// `origin` is the file's name for messages. Throws Error that names the part which is damaged or not supported.
TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& origin);

// The file's text, as Hugging Face's readers take it.
std::string tokenizer_json(const BpeModel& model, const AddedTokens& added, const Json& pre_tokenizer, const Json& post_processor,
                           const Json& decoder);

}  // namespace fathom::text
