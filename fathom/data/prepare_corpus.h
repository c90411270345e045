// From text to a prepared corpus: `fathom data prepare`, and what `pretrain` does with raw text.
//
// Stages: read → normalise → quality rules → decontamination → exact and near duplicates → (repeated lines) → tokens, fill-in-the-middle,
// split tokens → validation split → mixing → shuffle → shards. The result (data/corpus_manifest.h) is a function of the inputs, the recipe
// and the tokenizer: not of threads, memory, or how often the run was interrupted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "fathom/data/corpus_manifest.h"
#include "fathom/data/corpus_recipe.h"
#include "fathom/text/tokenizer.h"

namespace fathom::data {

struct PrepareSettings {
  std::filesystem::path out;
  bool resume = false;  // go on with what an interrupted run left in `out`; a complete corpus of this recipe is taken as it is
  int threads = 0;      // 0: one a core
  std::int64_t memory_bytes = std::int64_t{2} << 30;  // beside the program, the tokenizer and documents longer than a chunk
  bool quiet = false;
  std::function<void(std::string_view point)> on_point;  // called at each step's end; for tests of interruption
};

// Throws UsageError: `out` holds something else, or a run of another recipe, tokenizer or input; Error: bad input (nothing is left in `out`
// unless part of the work was done before: then it stays, and `resume` goes on), another process at work there, no document left.
CorpusManifest prepare_corpus(const CorpusRecipe& recipe, const text::Tokenizer& tokenizer, const PrepareSettings& settings);

}  // namespace fathom::data
