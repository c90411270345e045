// `added_tokens_decoder` of tokenizer_config.json: added tokens that tokenizer.json may not have.
#pragma once

#include "fathom/text/added_tokens.h"
#include "fathom/text/tokenizer_config.h"
#include "fathom/text/vocabulary.h"

namespace fathom::text {

// Adds the tokens of `config` that `added` does not have. Those it has keep the flags that tokenizer.json gives them. Throws Error
// that names file and key for an entry that is damaged or contradicts tokenizer.json.
void add_configured_tokens(const TokenizerConfig& config, const Vocabulary& vocabulary, AddedTokens& added);

}  // namespace fathom::text
