// Reading a page index while others may change it: a snapshot that stays as it is until it is refreshed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/index/document_store.h"
#include "fathom/index/page.h"
#include "fathom/index/page_database.h"
#include "fathom/index/vector_cells.h"
#include "fathom/index/vector_segment.h"
#include "fathom/index/word_tokenizer.h"

namespace fathom::index {

struct PageReaderOptions {
  // Whether a segment's checksum is compared when the process opens it first. Without, damage may go unnoticed.
  bool verify = true;
};

// key → value: pages with one of the given values of each key.
using PageFilter = std::vector<std::pair<std::string, std::string>>;

// Numbers of the pages that may be found, ascending; nullopt: all.
using AllowedPages = std::optional<std::vector<std::int64_t>>;

// What BM25 makes of a query.
struct TextQuery {
  struct Term {
    std::string word;  // as it stands in the query
    std::string term;  // as it is indexed
    std::int64_t documents = 0;
    double idf = 0;     // BM25's: nothing, once more than half of the pages have the word
    double weight = 0;  // among the query's words: ln((pages + 1) / (documents + ½)), which leaves something for words of a small
                        // collection; 0: a word of grammar (text/function_words.h) in a query that has others
    bool used = false;  // false: no page has it, or it is so frequent that it was left out
  };
  std::vector<Term> terms;  // distinct, rarest first
  bool all = false;         // whether a page has to have every one of the used terms
  std::int64_t limit = 0;   // of the pages that are scored; 0: none
  // What BM25 comes to for a page with every term, those left out and unknown ones too, however often: what scores are measured against.
  double most = 0;
  bool questions = true;  // whether words in the questions of pages count
};

// What approximate search of the vectors looks into, all segments together.
struct CellsUse {
  std::int64_t cells = 0, probes = 0;        // 0: every vector is compared
  double recall_10 = 1.0, recall_100 = 1.0;  // of the segment where least is found, as measured when its cells were made
};

struct TextQueryOptions {
  // A page with any of the words is scored. Rare words are taken first, and words are left out once so many pages would be scored. If even
  // the rarest word is in more pages, those with the two rarest words are scored, and if there are few, also the first of those with the
  // rarest one. 0: no limit.
  std::int64_t most_matches = 5'000;
  std::int64_t most_terms = 64;
  bool questions = true;  // false: pages are found by title and text only
};

// One thread at a time, one object a thread; segments are shared between the readers of a process.
class PageReader {
 public:
  // Takes a snapshot. Throws Error: no page index, of another version, a damaged or missing segment.
  explicit PageReader(const std::filesystem::path& directory, PageReaderOptions options = {});
  ~PageReader();

  // Takes a new snapshot, at the cost of a few microseconds when nothing changed. Returns whether something did. Notices, too, when the
  // directory was replaced by another index.
  bool refresh();
  // Gives the snapshot up, so that the index's log can be shortened while this reader is idle; refresh() before reading again.
  void release();

  const std::filesystem::path& directory() const { return directory_; }
  const PageIndexState& state() const { return state_; }
  const std::vector<SegmentRow>& segments() const { return segment_rows_; }
  const std::vector<CellsRow>& cells() const { return cells_rows_; }
  CellsUse cells_use() const;

  std::optional<std::int64_t> find(std::string_view id);
  Page page(std::int64_t number);  // with its metadata
  std::string id(std::int64_t number);
  std::string hash(std::int64_t number);
  std::vector<text::Span> sentences(std::int64_t number);
  std::vector<std::int64_t> all_pages();  // numbers, ascending
  std::vector<PageQuestion> questions(std::int64_t number);
  std::vector<PageSuggestion> suggestions(std::int64_t number);  // best first
  struct QuestionCounts {
    std::int64_t questions = 0, pages_with_questions = 0, suggestions = 0, pages_with_suggestions = 0;
  };
  QuestionCounts question_counts();
  // Ids of the pages with this hash, in the order in which they came.
  std::vector<std::string> pages_with_hash(const std::string& hash);

  AllowedPages allowed(const PageFilter& filter);

  TextQuery text_query(std::string_view query, const TextQueryOptions& options = {});
  // Every allowed page with one of the used terms and its BM25 score (k1 = 1.2, b = 0.75), best first, equal ones by number; no more than
  // TextQueryOptions says.
  std::vector<TextHit> search_text(const TextQuery& query, const AllowedPages& allowed = {});
  // The BM25 score that a page of this title, text and questions would have, in place of search_text() for one that is not in the index.
  double score_text(const TextQuery& query, std::string_view title, std::string_view body, std::string_view questions = {});
  // Where the query's terms stand in a text, without those that weigh nothing.
  struct Highlights {
    std::vector<text::Span> spans;
    double share = 0;  // Σ weight of the terms that are there over that of all terms
  };
  Highlights highlights(const TextQuery& query, std::string_view text);

  // The `k` allowed pages with the best vector. In segments without cells, or if `exact`, every vector is compared; of the others some of
  // the best pages may be missed, but never are there fewer than k while there are pages left. A filter that lets few pages through is
  // exact, too. Pages without vectors are not found. Empty for a zero query.
  std::vector<PageVectorHit> search_vectors(const QuantizedQuery& query, std::int64_t k, const AllowedPages& allowed = {},
                                            bool exact = false);
  std::optional<PageVectorHit> score_vectors(const QuantizedQuery& query, std::int64_t number);

 private:
  struct Connection;
  // The pages that match, with their scores; at most `limit` (0: all). Without `questions`, by title and text only.
  std::vector<TextHit> matches(const std::vector<const TextQuery::Term*>& terms, const char* joined, bool questions, std::int64_t limit);
  void load();  // what a new generation says
  // Which pages of the segment are allowed and not removed, and how many these are.
  std::pair<PageMask, std::int64_t> mask_of(std::size_t segment, const std::vector<std::int64_t>& allowed) const;

  std::filesystem::path directory_;
  PageReaderOptions options_;
  std::unique_ptr<Connection> connection_;
  bool in_snapshot_ = false;
  ino_t file_ = 0;  // of the database, to notice a replaced directory
  PageIndexState state_;
  std::vector<SegmentRow> segment_rows_;
  std::vector<std::shared_ptr<const VectorSegment>> segments_;
  std::vector<CellsRow> cells_rows_;
  struct SegmentCells {
    std::shared_ptr<const VectorCells> cells;  // null: the segment has none
    std::int64_t probes = 0;
  };
  std::vector<SegmentCells> cells_;  // of each segment
  std::vector<PageMask> alive_;      // of each segment's pages
  std::vector<std::int64_t> alive_pages_;
};

}  // namespace fathom::index
