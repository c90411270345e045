// Whether two questions ask the same, without labels: the matching of RAMN (Zhang & Wu, AAAI 2018; docs/papers.md).
//
// The abstract names three signals: deep semantic matching by attention autoencoders, lexical mismatching from word importance, and the
// search engine's rank. Their formulas are not published to us; these are ours:
//
//   mismatch(q → c)  = Σ idf(w) over the words of q that c lacks  /  Σ idf(w) over all words of q
//   alignment(q → c) = Σ idf(w) · max sim(w, v) over those words w, v running over the words of c that q lacks  /  Σ idf(w) over all of q
//   score            = −(mismatch(q → c) + mismatch(c → q)) / 2  +  a · (alignment(q → c) + alignment(c → q)) / 2
//   with a rank      : score + r · (1 − (order − 1) / 10), order counted among the candidates
//
// "Reduced" is read as: words that both questions have are removed before the soft alignment; they cannot hide what differs.
// sim is a mean of two cosines, of word vectors and of the autoencoder's states at the two words, negative ones counted as 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/faq/calibration.h"
#include "fathom/faq/question_encoder.h"
#include "fathom/faq/word_importance.h"
#include "fathom/text/words.h"
#include "fathom/vectors/word_vectors.h"

namespace fathom::faq {

struct MatchWeights {
  double mismatch = 1.0;
  double alignment = 0.6;
  double initial_rank = 0.25;
  double states = 0.2;                    // share of the states' cosine in sim; the rest is the word vectors'
  static constexpr double most = 1000.0;  // of each
  OrderedJson to_json() const;
  // Throws Error naming the key: missing, not a number from 0 to `most`.
  static MatchWeights from_json(const Json& json, const std::string& origin);
};

// A question made ready for matching.
struct Question {
  std::vector<std::uint32_t> words;    // numbers of all its words, in order
  std::vector<std::uint32_t> content;  // places in `words` of those that take part in matching
  std::vector<float> states;           // [content words, encoder width], of length 1; empty without an encoder
};

// A word of the query and what it was matched with.
struct AlignedWord {
  std::string query_word, candidate_word;  // the latter empty when nothing is alike
  double similarity = 0.0;                 // 1: the same word
  double weight = 0.0;                     // its idf
};

// One thread at a time.
class QuestionMatcher {
 public:
  QuestionMatcher(WordImportance importance, vectors::WordVectors word_vectors, MatchWeights weights,
                  std::optional<QuestionEncoder> encoder = std::nullopt);

  // Text in UTF-8; what is invalid is passed over. A question without a word has no content and matches nothing.
  Question read(std::string_view text);
  // The same from stored numbers.
  Question from_words(std::vector<std::uint32_t> words) const;
  // As from_words(), for a caller that has the states already.
  Question without_states(std::vector<std::uint32_t> words) const;

  Match match(const Question& query, const Question& candidate) const;
  double score(const Match& match) const;
  // What the order among a query's candidates adds; `order` counts from 1.
  double rank_bonus(std::int64_t order) const;
  std::vector<AlignedWord> explain(const Question& query, const Question& candidate) const;

  // The words that take part in matching, as text.
  std::vector<std::string> content_words(const Question& question) const;
  // idf-weighted mean of the words' vectors, of length 1, [vector_width()]; zero when no word has one.
  std::vector<float> sentence_vector(const Question& question) const;
  std::int64_t vector_width() const { return word_vectors_.width(); }
  std::int64_t vector_count() const { return word_vectors_.size(); }
  std::int64_t vocabulary_size() const { return static_cast<std::int64_t>(words_.size()); }
  double idf(std::uint32_t word) const;
  // Cosine of two words' vectors; 1 for the same word, 0 when one has none.
  double word_similarity(std::uint32_t a, std::uint32_t b) const;
  // The word, "" for one that is not in the vocabulary.
  const std::string& word(std::uint32_t number) const;
  // A word whose vector lies next to this one's (cosine above `least`); nullopt when there is none.
  std::optional<std::uint32_t> nearest_word(std::uint32_t number, double least) const;

  const MatchWeights& weights() const { return weights_; }
  void set_weights(const MatchWeights& weights) { weights_ = weights; }
  const Calibration& calibration() const { return calibration_; }
  void set_calibration(const Calibration& calibration) { calibration_ = calibration; }
  bool has_encoder() const { return encoder_.has_value(); }
  std::int64_t state_width() const { return encoder_ ? encoder_->state_width() : 0; }
  const Json& record() const { return record_; }

  // A directory: config.json (model_type fathom_question_matcher, weights, calibration and `record`: what each part was trained on),
  // word-counts.tsv, word-vectors/ and encoder/ where there are any. Appears complete or not at all.
  void save(const std::filesystem::path& directory, const OrderedJson& record) const;
  // Throws Error: missing, another type or version, damaged parts, parts that do not fit each other.
  static QuestionMatcher load(const std::filesystem::path& directory);

 private:
  const float* vector_of(std::uint32_t word) const;
  void add_word(const std::string& word);

  WordImportance importance_;
  vectors::WordVectors word_vectors_;
  MatchWeights weights_;
  Calibration calibration_;
  std::optional<QuestionEncoder> encoder_;
  Json record_;
  text::WordSplitter splitter_;
  std::vector<std::string> words_;  // numbered: counted words by frequency, then those with a vector only
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<float> idf_;
  std::vector<bool> function_;
  std::vector<std::int32_t> rows_;  // of normalized_; -1 without a vector
  std::vector<float> normalized_;   // word vectors of length 1
};

}  // namespace fathom::faq
