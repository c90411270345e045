// `normalizer` of tokenizer.json: what happens to text before it is cut into words. The types NFC, NFD, NFKC and NFKD (Unicode Standard
// Annex 15, by ICU), Prepend, Replace, Strip, and Sequence of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fathom/base/json.h"

namespace fathom::text {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // The normalised text: `text` itself where nothing changes, otherwise a view of `storage`. Bytes that are not UTF-8 stay what they
  // are; Unicode's forms are made of the text between them. Thread-safe.
  virtual std::string_view apply(std::string_view text, std::string& storage) const = 0;
  // Whether the pieces of a text that is cut before a space (U+0020) are normalised as the whole text is.
  virtual bool allows_cut_before_space() const { return false; }
};

// Null where the object leaves text as it is (null, or an empty Sequence). Throws Error that names `origin` and the type that is not
// supported.
std::unique_ptr<Normalizer> make_normalizer(const Json& description, const std::string& origin);

}  // namespace fathom::text
