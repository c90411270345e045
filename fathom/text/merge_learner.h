// Learns byte-pair merges from words and their counts: the most frequent pair of neighbouring symbols is merged, over and over. Only
// the words that have the pair are touched; counts of pairs change by what the merge takes and makes.
//
// Which pair comes next, ties included, is what the BpeTrainer of Hugging Face's tokenizers does: of pairs of equal count the one with
// the smaller left id, then the smaller right id.
//
// No two merges make the same bytes: as long as nothing was merged across the ends of a stretch of bytes, what became of it depends on
// these bytes alone, so that all its occurrences are the same pair when one of them is, and are merged together.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <queue>
#include <string_view>
#include <vector>

#include "fathom/base/scratch_file.h"
#include "fathom/text/pair_table.h"
#include "fathom/text/word_runs.h"

namespace fathom::text {

struct MergeLearnerOptions {
  std::int64_t min_frequency = 2;           // a pair must occur this often to be merged
  std::int64_t max_token_bytes = 0;         // no longer tokens are made; 0: any length
  std::int64_t memory_bytes = 0;            // words and positions of pairs that need more than this lie in a scratch file; 0: no limit
  std::filesystem::path scratch_directory;  // empty: the system's directory for temporary files
};

class MergeLearner {
 public:
  // `for_each_word` visits all words, the same ones in the same order each of the two times it is called. `byte_ids` are the ids of the
  // bytes. Throws Error when there are more than 2^32 words, or a scratch file cannot be made.
  MergeLearner(const std::function<void(const VisitWord&)>& for_each_word, const std::array<TokenId, 256>& byte_ids,
               MergeLearnerOptions options);

  // The pair to merge now; nullopt when none occurs often enough.
  std::optional<PairKey> next();
  // Merges the pair that next() gave last into the token `merged`, whose id is above all earlier ones.
  void merge(TokenId merged);

  std::int64_t words() const { return words_visited_; }
  // What words and positions of pairs take, in memory or on disk.
  std::int64_t bytes() const { return bytes_; }
  bool in_file() const { return in_file_; }

 private:
  struct Word {
    std::uint64_t begin = 0;  // of its symbols
    std::int64_t count = 0;
    std::uint32_t length = 0;  // in symbols
  };
  struct Positions {  // words that have, or had, a pair
    std::uint64_t begin = 0;
    std::uint32_t size = 0;
  };
  struct Candidate {
    std::int64_t count;
    PairKey pair;
    std::uint32_t positions;
    bool operator<(const Candidate& other) const { return count != other.count ? count < other.count : pair > other.pair; }
  };
  // What one merge does to the pairs with one neighbour.
  struct Neighbour {
    std::int64_t count = 0;
    std::uint32_t last_word = 0, words = 0;  // the word noted last, from 1; how many were
  };
  struct Noted {
    std::uint32_t neighbour, word;
  };
  class ByteSurvey;

  void fill(const std::function<void(const VisitWord&)>& for_each_word, const std::array<TokenId, 256>& byte_ids, const ByteSurvey& survey);
  void merge_in_word(std::uint32_t index, TokenId left, TokenId right, TokenId merged);
  void note(std::uint32_t neighbour, std::uint32_t word, std::int64_t count);
  void apply_counts(TokenId left, TokenId right, TokenId merged);
  void queue_created(TokenId merged);
  bool may_form(TokenId left, TokenId right) const;
  void push(std::int64_t count, PairKey pair, Positions positions);

  MergeLearnerOptions options_;
  std::int64_t words_visited_ = 0, bytes_ = 0;
  bool in_file_ = false;
  ScratchMemory symbols_memory_, words_memory_, positions_memory_;
  TokenId* symbols_ = nullptr;
  Word* words_ = nullptr;
  std::uint32_t* positions_ = nullptr;
  std::uint64_t positions_used_ = 0;
  PairTable<std::int64_t> counts_;
  std::vector<Positions> lists_;
  std::priority_queue<Candidate> queue_;
  Candidate current_{};
  std::vector<std::uint32_t> token_bytes_;  // by id
  // Of the merge under way. Neighbour 2·id is the symbol `id` before the merged one, 2·id + 1 the one after it.
  std::vector<Neighbour> neighbours_;
  std::vector<std::uint32_t> touched_;
  std::vector<Noted> noted_;
  std::vector<std::uint64_t> places_;  // where the list of each neighbour goes on, by neighbour
};

}  // namespace fathom::text
