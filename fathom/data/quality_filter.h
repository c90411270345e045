// Rules that a training document must pass. Each rule is one number measured on the document and a bound; the first broken one
// names the verdict. The rules and their defaults follow published ones as facts: Gopher (Rae et al. 2021, arXiv:2112.11446, table A1),
// C4 (Raffel et al. 2020, §2.2), RefinedWeb (Penedo et al. 2023, arXiv:2306.01116), FineWeb (Penedo et al. 2024, arXiv:2406.17557).
//
//   QualityFilter filter;                              // defaults
//   filter.set("length.min_words", 20);
//   filter.disable("words.min_stop_words");
//   filter.accept_languages({"en", "zh"}, 0.6);
//   if (const Verdict verdict = filter.judge(document); !verdict.keep) count(verdict.rule);
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::data {

struct QualityRule {
  std::string_view name;  // "GROUP.min_X": the value must not be below the threshold; otherwise it must not be above
  bool is_minimum;
  double default_threshold;
  bool on_by_default;
  std::string_view meaning;  // one line for help and docs, with the published root
};
// All rules in the order in which they are tried (cheap ones first); "language" (see accept_languages) is tried last.
std::span<const QualityRule> quality_rules();

struct Verdict {
  bool keep = true;
  std::string rule;  // the first rule broken; "" when kept
  double value = 0.0, threshold = 0.0;
  std::string detail;  // what else helps a reader: "fr" for the language rule; else ""
  // "repetition.max_top_2gram 0.31 > 0.2", "length.min_words 12 < 50", "language fr 0.94"; "" when kept.
  std::string message() const;
};

class QualityFilter {
 public:
  QualityFilter();              // every rule that is on by default, at its default threshold
  static QualityFilter none();  // every rule off

  // Switches a rule on with this threshold. Throws UsageError for an unknown name (with the nearest known one).
  void set(std::string_view rule, double threshold);
  void disable(std::string_view rule);
  // nullopt when the rule is off. Throws as set().
  std::optional<double> threshold(std::string_view rule) const;

  // Rejects documents that identify_language gives another code with at least `min_confidence`; an empty list accepts all (default).
  // Unsure guesses ("und", or below the confidence) pass. Throws UsageError for a code that identify_language cannot return.
  void accept_languages(std::vector<std::string> codes, double min_confidence = 0.6);

  // Stable text of all settings: equal texts, equal verdicts. For fingerprints of a run.
  std::string describe() const;

  // Words are what white space parts; every character of a script written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) is a
  // word too. Rules about spelled words (mean length, alphabetic share) look at the words of the other scripts and apply where these
  // are most of the text; the stop-word rule applies to English and to what could be English.
  // Linear time. Extra memory: about 50 bytes a word, of at most 2^20 words; the repetition of word n-grams is measured on the first
  // 2^20 words of a longer document, everything else on all of it. `document` is UTF-8. Thread-safe.
  Verdict judge(std::string_view document) const;

 private:
  std::vector<std::optional<double>> thresholds_;  // of quality_rules()
  std::vector<std::string> languages_;
  double min_language_confidence_ = 0.6;
};

}  // namespace fathom::data
