// `post_processor` of tokenizer.json: the special tokens around a text's ids. The types ByteLevel (positions only), TemplateProcessing,
// and Sequence of them.
#pragma once

#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/tokenizer.h"

namespace fathom::text {

struct SpecialTokenFrame {
  std::vector<TokenId> before, after;
};

// What the object puts around the ids of a single text (the template for pairs is kept in the file and not used). Throws Error that
// names `origin` and the part: another type, a template that does not hold sequence A once, a special token without ids, or an id of
// `vocab_size` and above.
SpecialTokenFrame special_token_frame(const Json& post_processor, std::int64_t vocab_size, const std::string& origin);

}  // namespace fathom::text
