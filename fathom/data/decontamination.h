// Test questions in training text. Every run of 10 words of the given test sets is remembered; a document that shares one is hit
// (DeepSeek-R1, section 2.3.1: texts with a matching 10-gram are left out). In scripts without spaces 16 characters count as 10 words.
// Words are those of shingles.h: case, punctuation and line breaks do not hide a hit.
//
// A test text shorter than that is searched as a whole line: it hits where a line of the document, or the document as a whole, has
// exactly its words. Texts under `min_short_words` words (or the same share of characters) are left out, because they stand
// everywhere ("yes", "42 apples"); they are counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/shingles.h"

namespace fathom::data {

struct DecontaminationOptions {
  ShingleSize ngram{10, 16};
  int min_short_words = 4;
};

struct TestSet {
  std::string name;                 // in reports; empty: the file's name
  std::filesystem::path file;       // JSON records (data/records.h), or plain text: each paragraph is a record
  std::vector<std::string> fields;  // of JSON records: "question", or "a.b" inside an object; lists of texts are taken apart.
                                    // Empty: every text in the record
};

struct ContaminationHit {
  std::size_t begin = 0, end = 0;  // bytes of the document; overlapping matches of one record are one hit
  int set = 0;                     // place in the list of test sets
  std::string record;              // "file:line": the first record with this run of words
  std::string sample;              // the passage in the document, at most 200 bytes of it
};

class DecontaminationIndex {
 public:
  // Reads all test sets. Throws Error: an unreadable file, a field that no record has, a set in which no text is long enough.
  explicit DecontaminationIndex(const std::vector<TestSet>& sets, const DecontaminationOptions& options = {});
  ~DecontaminationIndex();
  DecontaminationIndex(DecontaminationIndex&&) noexcept;
  DecontaminationIndex& operator=(DecontaminationIndex&&) noexcept;

  // Where the document meets test texts, in order of begin; at most `max_hits`. Safe to call from several threads at once.
  std::vector<ContaminationHit> find(std::string_view document, std::size_t max_hits = 100) const;
  // Only whether: stops at the first.
  bool hits(std::string_view document) const;
  // The document without the passages (all of them, whatever their number) and the lines that a passage leaves with no word.
  std::string without_passages(std::string_view document) const;

  const std::string& set_name(int set) const;
  std::int64_t records(int set) const;   // read
  std::int64_t left_out(int set) const;  // texts that were too short to search for
  std::int64_t ngrams() const;           // different ones remembered
  // A hash of everything that decides hits: for the manifest of what was made with it.
  std::uint64_t fingerprint() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::data
