// Finds added tokens in text as Hugging Face's tokenizers does (its AddedVocabulary): those that are not `normalized` in the text as
// it came, the others in the normalised text between them.
#pragma once

#include <string_view>
#include <vector>

#include "fathom/text/added_tokens.h"
#include "fathom/text/byte_trie.h"
#include "fathom/text/normalizer.h"

namespace fathom::text {

class AddedTokenSplitter {
 public:
  // `normalizer` may be null; it is used here only.
  AddedTokenSplitter(const AddedTokens& tokens, const Normalizer* normalizer);

  bool has_raw() const { return !raw_.empty(); }
  bool has_normalized() const { return !normalized_.empty(); }

  // Hand the stretches of `text` to `visit(stretch, token)` in order: `token` is the added token that stands there, white space that
  // it takes included, or null for text between. Without `with_special` special tokens are text. The first is for text as it came, the
  // second for normalised text.
  template <typename Visit>
  void split_raw(std::string_view text, bool with_special, const Visit& visit) const {
    split(raw_, text, with_special, visit);
  }
  template <typename Visit>
  void split_normalized(std::string_view text, bool with_special, const Visit& visit) const {
    split(normalized_, text, with_special, visit);
  }

 private:
  // Where the token that matched begins and ends with the white space that it takes; false when it may not stand there.
  static bool place(const AddedToken& token, std::string_view text, std::size_t done, ByteTrie::Match& match);

  template <typename Visit>
  void split(const ByteTrie& trie, std::string_view text, bool with_special, const Visit& visit) const {
    std::size_t done = 0;
    for (auto found = trie.next(text, 0); found; found = trie.next(text, found->end)) {
      const AddedToken& token = tokens_[found->value];
      ByteTrie::Match match = *found;  // the search goes on behind the content itself
      if ((token.special && !with_special) || !place(token, text, done, match)) continue;
      if (match.begin > done) visit(text.substr(done, match.begin - done), static_cast<const AddedToken*>(nullptr));
      visit(text.substr(match.begin, match.end - match.begin), &token);
      done = match.end;
    }
    if (done < text.size()) visit(text.substr(done), static_cast<const AddedToken*>(nullptr));
  }

  std::vector<AddedToken> tokens_;
  ByteTrie raw_, normalized_;  // indices into tokens_
};

}  // namespace fathom::text
