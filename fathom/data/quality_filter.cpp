#include "fathom/data/quality_filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "fathom/base/edit_distance.h"
#include "fathom/base/error.h"
#include "fathom/data/document_statistics.h"
#include "fathom/data/repetition.h"
#include "fathom/text/language.h"

namespace fathom::data {
namespace {

constexpr std::size_t max_repetition_words = std::size_t{1} << 20;

// A document and what was measured of it so far: the dear measurements are made when the first rule asks for them.
class Measurements {
 public:
  explicit Measurements(std::string_view document) : document_(document) {}

  const DocumentStatistics& statistics() {
    if (!statistics_) statistics_ = measure_document(document_, max_repetition_words);
    return *statistics_;
  }
  const LineRepetition& lines() {
    if (!lines_) lines_ = measure_line_repetition(document_);
    return *lines_;
  }
  const WordRepetition& words() {
    if (!words_) words_ = measure_word_repetition(statistics().first_words);
    return *words_;
  }
  const text::LanguageGuess& language() {
    if (!language_) language_ = text::identify_language(document_);
    return *language_;
  }
  std::string_view document() const { return document_; }

  // Whether most of the text is in words that are spelled and parted by spaces.
  bool is_spelled() { return 2 * statistics().spelled_words > statistics().words; }

 private:
  std::string_view document_;
  std::optional<DocumentStatistics> statistics_;
  std::optional<LineRepetition> lines_;
  std::optional<WordRepetition> words_;
  std::optional<text::LanguageGuess> language_;
};

double ratio(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole); }

constexpr double sure_of_language = 0.6;

std::optional<double> stop_words(Measurements& m) {
  if (!m.is_spelled()) return std::nullopt;
  const auto found = static_cast<double>(m.statistics().stop_words);
  if (found >= 2) return found;
  const text::LanguageGuess& guess = m.language();
  if (guess.code != "en" && guess.code != "und" && guess.confidence >= sure_of_language) return std::nullopt;
  return found;
}

double occurrences(std::string_view document, std::string_view lower_word) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto found = std::search(document.begin(), document.end(), lower_word.begin(), lower_word.end(), same);
  return found == document.end() ? 0 : 1;
}

struct MeasuredRule {
  QualityRule rule;
  // nullopt: the rule does not apply to this document.
  std::optional<double> (*measure)(Measurements&);
};

using Value = std::optional<double>;

constexpr std::array<MeasuredRule, 30> rules = {{
    {{"length.min_characters", true, 200, false, "characters but white space"},
     [](Measurements& m) -> Value { return static_cast<double>(m.statistics().characters); }},
    {{"length.max_characters", false, 1e6, false, "characters but white space"},
     [](Measurements& m) -> Value { return static_cast<double>(m.statistics().characters); }},
    {{"length.min_words", true, 50, true, "words (Gopher)"},
     [](Measurements& m) -> Value { return static_cast<double>(m.statistics().words); }},
    {{"length.max_words", false, 100000, true, "words (Gopher)"},
     [](Measurements& m) -> Value { return static_cast<double>(m.statistics().words); }},
    {{"words.min_mean_length", true, 3, true, "characters a spelled word (Gopher)"},
     [](Measurements& m) -> Value {
       return m.is_spelled() ? Value(ratio(m.statistics().spelled_characters, m.statistics().spelled_words)) : std::nullopt;
     }},
    {{"words.max_mean_length", false, 10, true, "characters a spelled word (Gopher)"},
     [](Measurements& m) -> Value {
       return m.is_spelled() ? Value(ratio(m.statistics().spelled_characters, m.statistics().spelled_words)) : std::nullopt;
     }},
    {{"words.min_alphabetic_share", true, 0.8, true, "spelled words with a letter (Gopher)"},
     [](Measurements& m) -> Value {
       return m.is_spelled() ? Value(ratio(m.statistics().alphabetic_words, m.statistics().spelled_words)) : std::nullopt;
     }},
    {{"symbols.max_hash_ratio", false, 0.1, true, "'#' a word (Gopher)"},
     [](Measurements& m) -> Value { return ratio(m.statistics().hashes, m.statistics().words); }},
    {{"symbols.max_ellipsis_ratio", false, 0.1, true, "'...' or '…' a word (Gopher)"},
     [](Measurements& m) -> Value { return ratio(m.statistics().ellipses, m.statistics().words); }},
    {{"symbols.max_share", false, 0.3, true, "characters that are no letter, digit or sentence punctuation"},
     [](Measurements& m) -> Value { return ratio(m.statistics().symbols, m.statistics().characters); }},
    {{"lines.max_bullet_share", false, 0.9, true, "lines that begin with a bullet (Gopher)"},
     [](Measurements& m) -> Value { return ratio(m.statistics().bullet_lines, m.statistics().lines); }},
    {{"lines.max_ellipsis_share", false, 0.3, true, "lines that end with an ellipsis (Gopher)"},
     [](Measurements& m) -> Value { return ratio(m.statistics().ellipsis_lines, m.statistics().lines); }},
    {{"lines.min_finished_share", true, 0.12, false, "lines that end with punctuation (FineWeb; C4 wants every line)"},
     [](Measurements& m) -> Value { return 1.0 - ratio(m.statistics().unfinished_lines, m.statistics().lines); }},
    {{"lines.max_short_share", false, 0.67, false, "lines of less than 30 characters (FineWeb)"},
     [](Measurements& m) -> Value { return ratio(m.statistics().short_lines, m.statistics().lines); }},
    {{"content.max_lorem_ipsum", false, 0, true, "1 if the document says \"lorem ipsum\" (C4)"},
     [](Measurements& m) -> Value { return occurrences(m.document(), "lorem ipsum"); }},
    {{"content.max_javascript_notice", false, 0, false, "1 if the document says \"enable javascript\" (after C4)"},
     [](Measurements& m) -> Value { return occurrences(m.document(), "enable javascript"); }},
    {{"words.min_stop_words", true, 2, true, "different ones of: the be to of and that have with (Gopher; English)"}, &stop_words},
    {{"repetition.max_duplicate_lines", false, 0.3, true, "lines that stood before (Gopher)"},
     [](Measurements& m) -> Value { return m.lines().duplicate_lines; }},
    {{"repetition.max_duplicate_line_characters", false, 0.2, true, "bytes in lines that stood before (Gopher; FineWeb 0.1)"},
     [](Measurements& m) -> Value { return m.lines().duplicate_line_characters; }},
    {{"repetition.max_duplicate_paragraphs", false, 0.3, true, "paragraphs that stood before (Gopher)"},
     [](Measurements& m) -> Value { return m.lines().duplicate_paragraphs; }},
    {{"repetition.max_duplicate_paragraph_characters", false, 0.2, true, "bytes in paragraphs that stood before (Gopher)"},
     [](Measurements& m) -> Value { return m.lines().duplicate_paragraph_characters; }},
    {{"repetition.max_top_2gram", false, 0.2, true, "characters in the most frequent 2-gram of words (Gopher)"},
     [](Measurements& m) -> Value { return m.words().top[0]; }},
    {{"repetition.max_top_3gram", false, 0.18, true, "as above, 3-gram (Gopher)"},
     [](Measurements& m) -> Value { return m.words().top[1]; }},
    {{"repetition.max_top_4gram", false, 0.16, true, "as above, 4-gram (Gopher)"},
     [](Measurements& m) -> Value { return m.words().top[2]; }},
    {{"repetition.max_duplicate_5gram", false, 0.15, true, "characters in 5-grams of words that stood before (Gopher)"},
     [](Measurements& m) -> Value { return m.words().duplicate[0]; }},
    {{"repetition.max_duplicate_6gram", false, 0.14, true, "as above, 6-grams (Gopher)"},
     [](Measurements& m) -> Value { return m.words().duplicate[1]; }},
    {{"repetition.max_duplicate_7gram", false, 0.13, true, "as above, 7-grams (Gopher)"},
     [](Measurements& m) -> Value { return m.words().duplicate[2]; }},
    {{"repetition.max_duplicate_8gram", false, 0.12, true, "as above, 8-grams (Gopher)"},
     [](Measurements& m) -> Value { return m.words().duplicate[3]; }},
    {{"repetition.max_duplicate_9gram", false, 0.11, true, "as above, 9-grams (Gopher)"},
     [](Measurements& m) -> Value { return m.words().duplicate[4]; }},
    {{"repetition.max_duplicate_10gram", false, 0.1, true, "as above, 10-grams (Gopher)"},
     [](Measurements& m) -> Value { return m.words().duplicate[5]; }},
}};

std::size_t index_of(std::string_view name) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const MeasuredRule& rule) { return rule.rule.name == name; });
  if (found == rules.end()) {
    std::vector<std::string> names;
    for (const MeasuredRule& rule : rules) names.emplace_back(rule.rule.name);
    const std::string nearest = nearest_name(name, names);
    fail_usage("there is no quality rule '{}'{}", name,
               nearest.empty() ? fmt::format("; rules: {}", fmt::join(names, ", ")) : fmt::format("; did you mean '{}'?", nearest));
  }
  return static_cast<std::size_t>(found - rules.begin());
}

}  // namespace

std::span<const QualityRule> quality_rules() {
  static const std::vector<QualityRule> list = [] {
    std::vector<QualityRule> result;
    for (const MeasuredRule& rule : rules) result.push_back(rule.rule);
    return result;
  }();
  return list;
}

std::string Verdict::message() const {
  if (keep) return "";
  if (rule == "language") return fmt::format("language {} {:.2f}", detail, value);
  return fmt::format("{} {:.4g} {} {:.4g}", rule, value, value < threshold ? "<" : ">", threshold);
}

QualityFilter::QualityFilter() {
  for (const MeasuredRule& rule : rules) {
    thresholds_.push_back(rule.rule.on_by_default ? std::optional(rule.rule.default_threshold) : std::nullopt);
  }
}

QualityFilter QualityFilter::none() {
  QualityFilter filter;
  filter.thresholds_.assign(rules.size(), std::nullopt);
  return filter;
}

void QualityFilter::set(std::string_view rule, double threshold) { thresholds_[index_of(rule)] = threshold; }
void QualityFilter::disable(std::string_view rule) { thresholds_[index_of(rule)].reset(); }
std::optional<double> QualityFilter::threshold(std::string_view rule) const { return thresholds_[index_of(rule)]; }

void QualityFilter::accept_languages(std::vector<std::string> codes, double min_confidence) {
  const std::vector<std::string>& known = text::known_languages();
  for (const std::string& code : codes) {
    if (std::find(known.begin(), known.end(), code) == known.end()) {
      fail_usage("'{}' is no language that can be recognised; known: {}", code, fmt::join(known, ", "));
    }
  }
  std::sort(codes.begin(), codes.end());
  languages_ = std::move(codes);
  min_language_confidence_ = min_confidence;
}

std::string QualityFilter::describe() const {
  std::string text;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (thresholds_[i]) text += fmt::format("{}={}\n", rules[i].rule.name, *thresholds_[i]);
  }
  if (!languages_.empty()) text += fmt::format("languages={}@{}\n", fmt::join(languages_, ","), min_language_confidence_);
  return text;
}

Verdict QualityFilter::judge(std::string_view document) const {
  Measurements measurements(document);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!thresholds_[i]) continue;
    const double threshold = *thresholds_[i];
    const std::optional<double> value = rules[i].measure(measurements);
    if (!value || (rules[i].rule.is_minimum ? *value >= threshold : *value <= threshold)) continue;
    Verdict verdict;
    verdict.keep = false;
    verdict.rule = rules[i].rule.name;
    verdict.value = *value;
    verdict.threshold = threshold;
    return verdict;
  }
  if (languages_.empty()) return {};
  const text::LanguageGuess& guess = measurements.language();
  const bool accepted = std::binary_search(languages_.begin(), languages_.end(), guess.code);
  if (accepted || guess.code == "und" || guess.confidence < min_language_confidence_) return {};
  Verdict verdict;
  verdict.keep = false;
  verdict.rule = "language";
  verdict.value = guess.confidence;
  verdict.threshold = min_language_confidence_;
  verdict.detail = guess.code;
  return verdict;
}

}  // namespace fathom::data
