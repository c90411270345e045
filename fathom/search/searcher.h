// Searching a page index, for programs and servers.
//
//   search::Searcher searcher("index/");
//   const search::SearchResponse response = searcher.search({.query = "heat transfer at high speed"});
//   for (const search::SearchHit& hit : response.hits) std::cout << hit.title << ": " << hit.snippet << "\n";
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/index/page_encoder.h"
#include "fathom/index/page_reader.h"
#include "fathom/search/fusion.h"

namespace fathom::search {

struct SearchRequest {
  std::string query;
  std::int64_t k = 10;            // distinct pages
  index::PageFilter filter = {};  // metadata: one of the values given for each key
  Mode mode = Mode::hybrid;
  double threshold = 0.5;        // a page of a lower probability is no good answer
  bool fold_duplicates = true;   // pages of the same title and text are one result
  std::int64_t suggestions = 4;  // questions that people also ask, at most, where the index has such
};

struct SearchHit {
  std::int64_t number = 0;  // within this generation of the index
  std::string id, title, url;
  std::vector<std::pair<std::string, std::string>> metadata;
  double probability = 0;  // that the page is a good answer
  bool good = false;       // whether that reaches the threshold
  double score = 0;        // what the order goes by
  // The sentence that matched: ordinal, and bytes [begin, end) of the page's text. -1 for a page without sentences.
  std::int64_t sentence = -1;
  std::size_t sentence_begin = 0, sentence_end = 0;
  std::string snippet;                 // that sentence
  std::vector<text::Span> highlights;  // bytes of the snippet where words of the query stand
  std::vector<text::Span> title_highlights;
  double coverage = 0;                  // of the query's words, by weight, in the title and the snippet
  std::vector<std::string> duplicates;  // ids of pages with the same title and text, in the order in which they came
  Candidate parts;                      // why it stands where it stands
};

// A question related to the query, with its answer on one of the pages found.
struct Suggestion {
  std::string question, answer;
  std::string page, title, url;    // the page's id, title and address
  std::int64_t sentence = 0;       // ordinal of the one that answers it
  std::size_t begin = 0, end = 0;  // its bytes in the page's text
  std::string text;                // the sentence
};

struct SearchResponse {
  std::vector<SearchHit> hits;          // best first
  std::vector<Suggestion> suggestions;  // likewise
  bool answered = false;                // whether one of the hits is good
  std::int64_t generation = 0;          // of the index that was searched
  index::TextQuery terms;               // what BM25 looked for
  bool query_has_vector = false;
  index::CellsUse cells;  // how the vectors were searched
  Ranking ranking;        // how the scores were read
};

// Of one query, everything that ranking needs.
struct CandidateSet {
  std::vector<Candidate> candidates;
  index::TextQuery terms;
  std::vector<float> vector;  // of the query; empty or zero when the encoder knows no word of it
  bool has_vector() const {
    return std::any_of(vector.begin(), vector.end(), [](float value) { return value != 0.0f; });
  }
  bool complete = false;  // whether every page with a word of the query, and every page with vectors, is among them
};

struct SearcherOptions {
  bool verify = true;                 // checksums of the vectors, when they are opened first
  std::int64_t most_matches = 5'000;  // index::TextQueryOptions
  bool questions = true;              // likewise
  bool exact_vectors = false;         // compare every vector, also where the index has cells
};

// Any number of threads may search at once. Each search sees one generation of the index as a whole: the newest when it began.
class Searcher {
 public:
  // Throws Error: no page index, another version, damaged vectors, an encoder that is not the one the vectors were made with.
  explicit Searcher(std::filesystem::path directory, SearcherOptions options = {});
  ~Searcher();
  Searcher(const Searcher&) = delete;
  Searcher& operator=(const Searcher&) = delete;

  // Throws Error when the index was damaged meanwhile, UsageError for a request that makes no sense (k < 1).
  SearchResponse search(const SearchRequest& request);

  // The `depth` best pages of each half, without texts; duplicates are not folded.
  CandidateSet candidates(std::string_view query, std::int64_t depth, const index::PageFilter& filter = {});

  // What a search sees, for reading pages: a snapshot of the newest generation that lasts as long as `use` runs.
  struct View {
    index::PageReader& reader;
    const index::PageEncoder* encoder;  // null: the index has none
    const Ranking& ranking;
  };
  void with_view(const std::function<void(const View&)>& use);
  CandidateSet candidates(const View& view, std::string_view query, std::int64_t depth, const index::AllowedPages& allowed = {}) const;

  const std::filesystem::path& directory() const { return directory_; }

 private:
  struct Loaded;  // encoder and ranking of a generation
  class Lease;    // a reader that one search borrows
  std::shared_ptr<const Loaded> loaded_for(const index::PageIndexState& state);

  std::filesystem::path directory_;
  SearcherOptions options_;
  std::mutex mutex_;  // guards the two below
  std::vector<std::unique_ptr<index::PageReader>> idle_;
  std::shared_ptr<const Loaded> loaded_;
};

}  // namespace fathom::search
