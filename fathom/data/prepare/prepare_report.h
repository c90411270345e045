// What a run has counted so far, by source. Private to the room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/data/corpus_manifest.h"
#include "fathom/data/corpus_recipe.h"
#include "fathom/data/prepare/rejection_samples.h"

namespace fathom::data {

class PrepareReport : public CorpusCounts {
 public:
  explicit PrepareReport(const CorpusRecipe& recipe);

  std::vector<InputFile> inputs;
  RejectionSamples samples;

  // A document that a rule has rejected; `text` is shown, `bytes` counted.
  void reject(std::int32_t source, const std::string& rule, std::int64_t bytes, RejectionSample sample);
  void count_length(std::int64_t tokens);
  std::int64_t rejected() const;
  std::int64_t kept() const;
  std::int64_t read_documents() const;
  std::int64_t read_bytes() const;  // of text
  // "12 documents read, rejected by length.min_words 8, exact_duplicate 4".
  std::string rejections() const;

  // All counts, and what is new since the last call of inputs and samples.
  OrderedJson take_state();
  // Applies one take_state() after the other.
  void restore(const Json& state, const std::string& origin);

 private:
  std::size_t inputs_taken_ = 0;
};

}  // namespace fathom::data
