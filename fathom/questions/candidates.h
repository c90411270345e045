// What a question could be asked about: names, numbers, dates and noun phrases of a text, and which of them people ask about.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/questions/features.h"
#include "fathom/questions/records.h"

namespace fathom::questions {

struct AnswerCandidate {
  std::size_t begin = 0, end = 0;          // bytes of the text
  EntityClass entity = EntityClass::none;  // none: a noun phrase
  double score = 0;                        // probability that a person who wrote questions about the text asked about it
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

struct SelectorOptions {
  int rounds = 4;   // over all candidates
  int threads = 0;  // 0: one a core; the result is the same for any number
};

struct CandidateMeasures {
  std::int64_t contexts = 0, answers = 0, candidates = 0;  // answers: different places in a context
  double recall = 0;                                       // answers that are among the candidates, exactly
  double recall_overlap = 0;                               // answers that a candidate shares half of the words of both with
  // Among the first k of a context, none of which overlap: the share that is an answer exactly, and that shares half of the words with one.
  struct AtK {
    int k;
    double exact, overlap;
    double first_in_text;  // exact, had the k first entities of the text been taken
  };
  std::vector<AtK> precision;
};

// A logistic regression over the candidate's class, words, tags, place and frequency, learned from what was asked about in records.
class AnswerSelector {
 public:
  // Contexts with all of their candidates: those that are a record's answer are right, the others wrong. Throws Error when no answer of
  // the records is a candidate.
  static AnswerSelector learn(const FeatureExtractor& features, std::span<const QuestionRecord> records,
                              const SelectorOptions& options = {});

  void save(const std::filesystem::path& directory) const;             // answer_selector.tsv, answer_words.tsv
  static AnswerSelector load(const std::filesystem::path& directory);  // throws Error naming file and line

  // All candidates of a text with their scores, in the order of the text. They overlap: "the Main Building", "Main Building".
  std::vector<AnswerCandidate> all(FeatureExtractor& features, std::string_view text) const;
  // At most `most` candidates that do not overlap, best first, none below `least_score`.
  std::vector<AnswerCandidate> best(FeatureExtractor& features, std::string_view text, std::size_t most, double least_score = 0) const;

  CandidateMeasures measure(const FeatureExtractor& features, std::span<const QuestionRecord> records, std::span<const int> depths,
                            int threads = 0) const;

 private:
  double score(std::span<const std::string> clues) const;
  std::unordered_map<std::string, float> weights_;
  std::unordered_map<std::string, std::int32_t> word_counts_;  // contexts that have the word
  std::int64_t contexts_ = 0;
};

// The candidates of `all` that best() keeps.
std::vector<AnswerCandidate> without_overlaps(std::vector<AnswerCandidate> candidates, std::size_t most, double least_score);

}  // namespace fathom::questions
