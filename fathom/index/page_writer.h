// Changing a page index: pages are added and removed, and one commit makes text and vectors change together.
//
//   PageWriter writer(directory, encoder);
//   writer.add(page);
//   writer.remove("old.html");
//   writer.commit();
//
// Whatever ends the process, the index is as before commit() or as after it. Readers go on meanwhile (page_reader.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/index/page.h"
#include "fathom/index/page_database.h"
#include "fathom/index/page_encoder.h"
#include "fathom/index/vector_segment.h"
#include "fathom/index/word_tokenizer.h"
#include "fathom/index/writer_lock.h"

namespace fathom::index {

struct PageWriterOptions {
  int threads = 0;                                // that encode; 0: one a core. The result is the same for any number
  std::int64_t memory = std::int64_t{512} << 20;  // bytes that text and vectors on their way may take
  std::function<void(std::int64_t done, std::int64_t total)> encoding = {};  // pages encoded so far in this commit
};

// A page with what can be worked out without the index, so that several threads can.
struct PreparedPage {
  Page page;
  std::string hash;
  std::vector<text::Span> sentences;
};
PreparedPage prepare_page(Page page, PageSentenceSplitter& splitter);

enum class OnSameId { replace, refuse };

// A page that cannot be taken, while the writer goes on: its id is another page's.
class PageRefused : public Error {
 public:
  using Error::Error;
};

// One thread at a time.
class PageWriter {
 public:
  // Makes an empty index in a directory that exists and is empty.
  static void create(const std::filesystem::path& directory, const PageIndexSettings& settings = {});

  // `encoder`: the index's own (its fingerprint is checked), or null for a writer that only adds text before there is one. Throws Error:
  // no page index, another writer, another encoder. Removes what a writer that was killed left behind.
  PageWriter(const std::filesystem::path& directory, const PageEncoder* encoder, PageWriterOptions options = {});
  ~PageWriter();

  // Takes a page that check_page() accepts. Returns whether it took the place of one with the same id. Throws PageRefused when it may not
  // (`refuse`: always; `replace`: the other one was added since the last commit).
  bool add(const PreparedPage& page, OnSameId same_id = OnSameId::replace);
  // Whether there was such a page.
  bool remove(std::string_view id);

  // From the next commit on vectors are those of this encoder, which must live as long as the writer; all pages are encoded anew. Its files
  // are in `folder` of the directory already.
  void use_encoder(const PageEncoder& encoder, const std::string& folder);
  // The questions by which BM25 finds a page besides its title and text, or those that are shown beside results (best first), in place of
  // what it had. Both go with the page: one that is removed or replaced has none. Throws Error: no page of this id, a sentence that it does
  // not have, a question or answer that is blank or no UTF-8.
  void set_questions(std::string_view id, const std::vector<PageQuestion>& questions);
  void set_suggestions(std::string_view id, const std::vector<PageSuggestion>& suggestions);
  // Of all pages; returns how many had some.
  std::int64_t clear_questions();
  std::int64_t clear_suggestions();
  // How much a word of a page's questions counts to BM25, from the next commit on; 0 or more.
  void set_question_weight(double weight);
  // A copy of the index as its last commit left it, in `directory`, which must not exist: text without vectors, encoder and ranking, to try
  // another encoder on. Throws Error when this writer has changes that are not committed.
  void copy_text(const std::filesystem::path& directory);
  // Encoder, vectors and ranking of such a copy become this index's, in one commit. Their files are moved, so that the copy is of no more
  // use. `encoder` is the copy's and must live as long as the writer. Throws Error when this index has changed since the copy was made.
  void adopt(const std::filesystem::path& copy, const PageEncoder& encoder);
  // Which segments get cells, from the next commit on.
  void set_vector_search(VectorSearch search) { state_.settings.vector_search = search; }
  // How scores are fused (room search).
  void set_ranking(const std::string& json) { state_.ranking = json; }

  // Encodes what has no vectors yet and makes everything since the last commit visible at once. On failure (a full disk) the index is
  // what it was, and the writer is of no more use.
  void commit();

  // One segment of all pages, without those that are gone; full text in one piece. Commits.
  void compact();

  // Looks at everything (page_check.h) and makes again what the texts of the pages allow: SQLite's indexes, full text and word counts,
  // segments and files of cells that are damaged or missing. Commits if there was something to mend. Throws Error, and changes nothing,
  // when the tables themselves are damaged.
  struct Repair {
    bool full_text = false;                // with SQLite's indexes and the word counts
    std::int64_t segments = 0, cells = 0;  // files made again
    std::vector<std::string> beyond_help;  // pages whose text is damaged, questions that are lost: only their source can help
  };
  Repair repair();

  const PageIndexState& state() const { return state_; }
  // The text of every page in order of their numbers, those added since the last commit, too.
  void for_each_page(const std::function<void(std::string_view title, const std::vector<std::string_view>& sentences)>& visit);

 private:
  struct PageText {
    std::int64_t number = 0;
    std::string title, body;
    std::vector<text::Span> spans;  // of the sentences
    std::vector<std::string_view> sentences() const;
  };
  void begin();
  void add_terms(std::initializer_list<std::string_view> parts, std::int64_t step);
  std::int64_t number_of(std::string_view id);  // throws Error without such a page
  void replace_questions(std::int64_t number, const std::vector<PageQuestion>& questions);
  std::string question_text(std::int64_t number);
  void flush_terms();
  void remove_number(std::int64_t number);
  PageText read_text(std::int64_t number);
  void encode(std::int64_t first, std::int64_t last);  // pages of these numbers, into new segments
  void record_segment(const SegmentRow& segment);
  void record_cells(const CellsRow& cells);
  void forget_segments(std::int64_t first, std::int64_t last);  // those of these pages, and which of the pages are gone
  std::string new_segment_name();
  void merge(const std::vector<SegmentRow>& rows);  // neighbours, into one
  void merge_small_segments();
  void update_cells();                  // so that those segments have cells that should
  std::int64_t forget_damaged_cells();  // how many
  bool rebuild_full_text();             // with SQLite's indexes and the word counts, if something is wrong with them; whether it was
  std::unique_ptr<VectorSegment> open_sound(const SegmentRow& segment) const;  // null when it is damaged or missing
  void remove_leftovers() const;

  std::filesystem::path directory_;
  WriterLock lock_;
  Database database_;
  PageIndexState state_;
  const PageEncoder* encoder_;
  PageWriterOptions options_;
  TermSplitter terms_;
  bool in_transaction_ = false, failed_ = false;
  std::int64_t first_new_ = 0;                                  // the number of the first page added since the last commit
  std::unordered_map<std::string, std::int64_t> term_changes_;  // of `terms`, not yet written
  Statement find_, insert_, select_questions_, insert_text_, insert_sentence_, insert_metadata_, delete_text_, select_text_,
      select_sentences_, change_term_;
};

}  // namespace fathom::index
