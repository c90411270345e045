// pre_tokenizer Split: cuts where a pattern matches. Digits is a Split, too.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/regex.h"

namespace fathom::text {

// What becomes of the matches ("the-final--countdown" cut at "-", from the documentation of Hugging Face's tokenizers):
enum class SplitBehavior {
  isolated,              // the|-|final|-|-|countdown
  removed,               // the|final|countdown
  merged_with_previous,  // the-|final-|-|countdown
  merged_with_next,      // the|-final|-|-countdown
  contiguous,            // the|-|final|--|countdown
};

// A regular expression or a literal text, and where it occurs.
class SplitPattern {
 public:
  // A `pattern` object: {"Regex": …} or {"String": …}. Throws Error that names `origin`.
  SplitPattern(const Json& pattern, const std::string& origin);
  explicit SplitPattern(const std::string& regex) : regex_(std::make_unique<Regex>(regex)) {}
  // Of valid UTF-8; appends.
  void stretches(std::string_view text, std::vector<Stretch>& stretches) const;

 private:
  std::unique_ptr<Regex> regex_;  // null: the literal
  std::string literal_;
};

class Split : public PreTokenizer {
 public:
  // `invert`: what lies between matches is taken for the matches.
  Split(SplitPattern pattern, SplitBehavior behavior, bool invert) : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  // From a `pre_tokenizer` object of the type Split. Throws Error that names `origin` and the key.
  static std::unique_ptr<Split> from_json(const Json& description, const std::string& origin);

  void cut_valid(std::string_view text, Pieces& pieces) const override;

 private:
  SplitPattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

}  // namespace fathom::text
