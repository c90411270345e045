// Hugging Face's tokenizer.json, read and written.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/added_tokens.h"
#include "fathom/text/bpe_model.h"
#include "fathom/text/vocabulary.h"

namespace fathom::text {

// The parts of a tokenizer.json that are kept as the file has them; null: absent.
struct TokenizerComponents {
  Json normalizer, pre_tokenizer, post_processor, decoder;
  Json truncation, padding;  // settings of a call, not of the vocabulary: kept, not used
  Json model_options;        // `model` without its vocab, merges and ignore_merges
};

// A tokenizer.json, taken apart.
struct TokenizerParts : TokenizerComponents {
  Vocabulary vocabulary;
  std::vector<Merge> merges;
  bool whole_words_first = false;  // ignore_merges
  AddedTokens added;
};

// `origin` is the file's name for messages. Throws Error that names the key which is damaged or the part that is not supported. What
// normalizer, pre_tokenizer and post_processor hold is checked where they are made.
TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& origin);

// Pieces of it, for other files that hold the same. `where` names a merge by its rank for messages.
Vocabulary parse_vocabulary(const Json& vocab, const std::string& origin);
std::vector<Merge> parse_merges(const Json& merges, const Vocabulary& vocabulary, const std::function<std::string(std::size_t)>& where);
// Adds a token as `added_tokens` describes it. Throws Error that begins with `where` when it contradicts the vocabulary or another one.
void add_token(AddedTokens& added, AddedToken token, const Vocabulary& vocabulary, const std::string& where);
// The flags of an added token; `special` decides what `normalized` is when it is missing.
AddedToken parse_added_token(const Json& description, TokenId id, const std::string& where);

// The file's text, as Hugging Face's readers take it.
std::string tokenizer_json(const BpeModel& model, const AddedTokens& added, const TokenizerComponents& components);

}  // namespace fathom::text
