// Pre-tokenization: how text is cut into the words inside which byte pairs are merged. One class for each `pre_tokenizer`
// type of tokenizer.json.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::text {

// Pieces of a text, in order. They view the text, or `owned` where a step changed the bytes.
struct Pieces {
  std::vector<std::string_view> views;
  std::deque<std::string> owned;
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Appends the pieces of `text` to `pieces`. Thread-safe.
  virtual void cut(std::string_view text, Pieces& pieces) const = 0;
};

// The pre-tokenizer that a `pre_tokenizer` object of tokenizer.json describes. Throws Error that names `origin` and the part
// that is not supported. A vocabulary of bytes needs a ByteLevel step as the last one; its absence is an error too.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const Json& description, const std::string& origin);

}  // namespace fathom::text
