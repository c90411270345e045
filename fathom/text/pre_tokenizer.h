// Pre-tokenization: how text is cut into the words inside which byte pairs are merged. One class for each `pre_tokenizer`
// type of tokenizer.json.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/utf8.h"

namespace fathom::text {

// Pieces of a text, in order. They view the text, or `owned` where a step changed the bytes.
struct Pieces {
  std::vector<std::string_view> views;
  std::deque<std::string> owned;
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Appends the pieces of `text` to `pieces`; none is empty. Bytes that are not UTF-8 are pieces of their own, and the text between
  // them is cut as if it stood alone. Thread-safe.
  void cut(std::string_view text, Pieces& pieces) const;
  // The same for valid UTF-8.
  virtual void cut_valid(std::string_view text, Pieces& pieces) const = 0;
};

// Hands the stretches of `text` that are UTF-8 and those that are not to `visit(stretch, is_valid)`, in order.
template <typename Visit>
void for_each_utf8_stretch(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t valid = valid_prefix(text);
    if (valid > 0) visit(text.substr(0, valid), true);
    text.remove_prefix(valid);
    std::size_t invalid = 0;
    while (invalid < text.size() && character_length(text.substr(invalid)) == 0) ++invalid;
    if (invalid > 0) visit(text.substr(0, invalid), false);
    text.remove_prefix(invalid);
  }
}

// The pre-tokenizer that a `pre_tokenizer` object of tokenizer.json describes. Throws Error that names `origin` and the part
// that is not supported. A vocabulary of bytes needs a ByteLevel step as the last one; its absence is an error too.
// Where the object states one of known_patterns.h, a scanner does its work; `use_scanner` = false leaves it to the regular expressions.
std::unique_ptr<PreTokenizer> make_pre_tokenizer(const Json& description, const std::string& origin, bool use_scanner = true);

// The steps in the order in which they work on the text, Sequences opened, each with its options on one line. For people.
std::vector<std::string> pre_tokenizer_steps(const Json& description);

}  // namespace fathom::text
