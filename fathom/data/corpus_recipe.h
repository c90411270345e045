// What a corpus is made of: the recipe of `fathom data prepare` (recipes/data.toml has every key with its default).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/recipe.h"
#include "fathom/data/decontamination.h"
#include "fathom/data/documents.h"
#include "fathom/data/line_duplicates.h"
#include "fathom/data/near_duplicates.h"
#include "fathom/data/quality_filter.h"
#include "fathom/data/text_normalizer.h"

namespace fathom::data {

// [sources.NAME]
struct CorpusSource {
  std::string name;
  std::vector<std::string> paths, exclude;  // files and directories; files whose path contains one of `exclude`, or fits it as a pattern
  std::string text_field = "text";
  bool html_field = false;
  double weight = 0, repeat = 1;
  bool filter = true, deduplicate = true;

  // The files of `paths` (directories walked) that no pattern of `exclude` meets. Throws Error when none is left.
  std::vector<std::string> files() const;
};

enum class ContaminationAction { drop, cut };
// hash: a document goes to validation by its own hash, whatever else is in the corpus. position: every 1/fraction-th kept document, which
// keeps the share exact in a corpus of few pieces.
enum class ValidationChoice { hash, position };

struct CorpusRecipe {
  std::vector<CorpusSource> sources;
  std::string tokenizer;  // directory or tokenizer.json
  bool parse_special = true;
  std::uint64_t seed = 1;

  std::int64_t max_document_bytes = 1 << 20;
  std::int64_t max_record_bytes = std::int64_t{256} << 20;
  bool skip_bad = false, html_main_content = true;

  bool normalize = true;
  NormalizerOptions normalizer;
  bool filter = false;
  QualityFilter quality;
  bool identify_languages = true;

  std::vector<TestSet> test_sets;
  DecontaminationOptions decontamination;
  ContaminationAction contamination_action = ContaminationAction::drop;

  bool exact_duplicates = true, line_duplicates = false;
  DuplicateOptions duplicates;  // .near: near duplicates too
  LineDuplicateOptions lines;
  std::vector<std::string> earlier;  // corpora of earlier runs, whose signatures count

  double fim_rate = 0, split_rate = 0;
  double validation_fraction = 0.01;
  ValidationChoice validation_choice = ValidationChoice::hash;
  std::int64_t mixing_tokens = 0;
  double max_repeat = 4;
  std::int64_t shard_tokens = std::int64_t{1} << 26;
  bool shuffle = true;
  std::int64_t samples_per_rule = 20;

  std::string resolved;  // all of the above as TOML: two runs with equal text do the same

  // Reads every key and rejects unknown ones. Throws UsageError: no source, a source without paths, contradictions, values out of range.
  static CorpusRecipe from_recipe(Recipe& recipe);
  // One source called "text", everything but tokenisation off, the order of the input kept: what `pretrain` does with raw text.
  static CorpusRecipe plain(const std::vector<std::string>& paths, const std::string& text_field, double validation_fraction = 0,
                            std::int64_t max_document_bytes = 1 << 20);

  DocumentOptions document_options(const CorpusSource& source) const;
  // Whether a document is for validation; `position`: its number among the kept documents.
  bool is_validation(std::uint64_t document_hash, std::int64_t position) const;
};

}  // namespace fathom::data
