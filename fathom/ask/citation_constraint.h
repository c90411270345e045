// Lets a model cite only what it was given: "[3]" with three or more passages, never "[7]" with five.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/engine/token_constraint.h"
#include "fathom/text/tokenizer.h"

namespace fathom::ask {

// What a text may go on with: digits behind "[" must become the number of a passage (1 … passages) and be closed by "]".
class CitationState {
 public:
  explicit CitationState(std::int64_t passages) : passages_(passages) {}
  // False when the byte would make a citation of no passage; the state is of no more use then.
  bool take(char byte);
  bool take(std::string_view bytes);
  bool open() const { return open_; }  // behind "[" and perhaps digits

 private:
  std::int64_t passages_;
  bool open_ = false;        // behind "[" and digits only
  std::int64_t number_ = 0;  // of the digits; 0: none yet
};

class CitationConstraint final : public engine::TokenConstraint {
 public:
  // `tokenizer` must outlive this.
  CitationConstraint(const text::Tokenizer& tokenizer, std::int64_t passages);
  void restrict(const std::vector<std::int64_t>& generated, float* logits, std::int64_t vocab) const override;

 private:
  std::int64_t passages_;
  std::vector<std::string> tokens_;         // bytes of each id; empty for special ones
  std::vector<std::int64_t> with_bracket_;  // ids that hold "[": all that can begin a citation
};

// Numbers that a text cites, ascending, each once.
std::vector<std::int64_t> citations_in(std::string_view text);

}  // namespace fathom::ask
