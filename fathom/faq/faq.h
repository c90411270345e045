// A FAQ as a matcher: an index directory (docs/index-format.md) that answers with the entry that asks the same, or says that none does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/faq/faq_entries.h"
#include "fathom/faq/faq_parts.h"
#include "fathom/faq/question_matcher.h"
#include "fathom/index/document_store.h"
#include "fathom/index/int8_vectors.h"
#include "fathom/metrics/ranking.h"
#include "fathom/text/words.h"

namespace fathom::faq {

constexpr const char* faq_kind = "faq";

struct SearchOptions {
  std::int64_t top_k = 3;
  std::int64_t text_candidates = 200, vector_candidates = 100;
  double threshold = 0.5;     // below it nothing matches well
  double initial_rank = 0.0;  // what the first place in BM25's order adds to the probability that entries are ordered by; the score stays
                              // absolute
};

struct FaqResult {
  std::int64_t number = 0;  // of the entry, from 1
  std::string id, question, answer;
  double score = 0.0;          // probability that the two ask the same (Calibration); depends on query, entry and matcher only
  double raw = 0.0;            // the matcher's score
  std::int64_t text_rank = 0;  // in BM25's order, from 1; 0: not among its candidates
  Match match;
  std::vector<AlignedWord> words;
};

struct FaqAnswer {
  std::vector<FaqResult> results;  // best first
  bool answered = false;           // whether the best one reaches the threshold
  std::int64_t words = 0;          // of the query, that take part in matching
  std::int64_t words_in_faq = 0;   // those of them that an entry's question has; without any, only an answer is listed
};

// One thread at a time.
class FaqSearcher {
 public:
  // Throws Error: no FAQ directory, another version, truncated or damaged files, parts that do not belong together (faq_parts.h).
  explicit FaqSearcher(const std::filesystem::path& directory, PartCheck check = PartCheck::quick);

  std::int64_t size() const { return store_.size(); }
  FaqAnswer search(std::string_view query, const SearchOptions& options = {});

  // BM25 alone, over the query's content words: entry numbers with their scores, best first.
  std::vector<metrics::Retrieved> text_search(std::string_view query, std::int64_t limit);

  // Places of the best entries and their scores, without texts: what search() does before it reads them. An entry that has nothing in
  // common with the query, neither a word nor one alike, is not among them.
  struct Candidate {
    std::int64_t number;
    double raw, score;
    std::int64_t text_rank;
  };
  std::vector<Candidate> rank(const Question& query, const std::vector<std::string>& terms, const SearchOptions& options);

  Question question(std::int64_t number) const;  // an entry's, ready for matching
  QuestionMatcher& matcher() { return matcher_; }
  const index::DocumentStore& store() const { return store_; }

 private:
  std::vector<std::string> terms_of(std::string_view query, const Question& question);
  index::DocumentStore store_;
  QuestionMatcher matcher_;
  text::WordSplitter splitter_;
  std::optional<index::Int8Search> vectors_;
  std::vector<Question> questions_;         // without states
  std::optional<vectors::Matrix> states_;   // of all content words, one after the other
  std::vector<std::int64_t> state_begins_;  // [entries]
};

// What trains the encoder (fathom/autoencoder, with libtorch); nullopt when there is too little text.
struct EncoderTraining {
  std::vector<std::vector<std::int32_t>> questions;    // indices into the word vectors, -1 for words without one
  const vectors::WordVectors* word_vectors = nullptr;  // rows are normalised before they are read
  std::vector<std::int64_t> counts;                    // of each word in `questions`
};
using EncoderTrainer = std::function<std::optional<QuestionEncoder>(const EncoderTraining&)>;

struct FaqBuildOptions {
  std::vector<std::string> inputs;
  FaqReadOptions read;
  std::vector<std::string> texts;       // more unlabelled text of the same kind, a text a line or record: importance, vectors, encoder
  std::vector<std::string> background;  // any text: word vectors only
  std::string matcher;                  // a FAQ directory whose matcher is taken as it is; nothing is trained
  std::string word_vectors;             // a directory or GloVe/word2vec text file instead of vectors trained here
  std::string labels;                   // judged questions (question_sets.h) to scale the probability to
  std::int64_t vector_width = 200;
  MatchWeights weights;
  EncoderTrainer encoder;  // empty: none
  std::uint64_t seed = 1;
  int threads = 0;
  std::function<void(const std::string&)> report;  // what is being done; may be empty
};

struct FaqBuildReport {
  std::int64_t entries = 0, texts = 0, vocabulary = 0, vectors = 0;
};

// Writes a FAQ directory; it appears complete or not at all. Throws Error as the readers do.
FaqBuildReport build_faq(const FaqBuildOptions& options, const std::filesystem::path& out);

// Fits the probability that the best entry is the right one to pseudo questions: parts of answers, and questions of which words are left
// out, replaced by near ones and mixed with words of the answer (of another question where there is none), of up to `entries` entries. No
// label is used. nullopt when there is too little to learn from.
std::optional<Calibration> calibrate(FaqSearcher& searcher, std::uint64_t seed, std::int64_t entries = 400);

}  // namespace fathom::faq
