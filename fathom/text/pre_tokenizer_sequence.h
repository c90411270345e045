// pre_tokenizer Sequence: each step cuts the pieces of the step before.
#pragma once

#include "fathom/text/pre_tokenizer.h"

namespace fathom::text {

class PreTokenizerSequence : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<PreTokenizer>> steps) : steps_(std::move(steps)) {}

  void cut_valid(std::string_view text, Pieces& pieces) const override {
    std::vector<std::string_view> current{text};
    std::vector<std::string_view> before = std::move(pieces.views);
    for (const auto& step : steps_) {
      pieces.views.clear();
      for (const std::string_view piece : current) step->cut_valid(piece, pieces);
      current.swap(pieces.views);
    }
    before.insert(before.end(), current.begin(), current.end());
    pieces.views = std::move(before);
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

}  // namespace fathom::text
