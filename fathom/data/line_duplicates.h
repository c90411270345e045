// Lines that stand in many documents: menus, legal notes, templates. Two passes over the documents, in the same order or not:
// RepeatedLineCounter counts in how many documents each line occurs, RepeatedLines removes those that occur in too many.
//
// A line is compared as text in its exact form (fingerprint.h: white space aside). Lines of `near_min_characters` and more are also matched
// with earlier ones by MinHash (near_duplicates.h) and counted together with the first line of their kind.
//
// The counter's directory is append-only and can be named by later runs, whose lines are then counted together with it.
// Memory: counting sorts on disk in pieces of `memory_bytes`; what stays in memory in the second pass is the set of lines to remove.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/near_duplicates.h"

namespace fathom::data {

struct LineDuplicateOptions {
  int min_characters = 20;          // shorter lines (white space at the ends aside) are never counted or removed: "}", "Yes.", headings
  std::int64_t max_documents = 10;  // a line in more documents than this is removed from all of them
  bool near = true;
  int near_min_characters = 80;
  // minhash, bands, rows, threshold of near lines. Words of 3 and characters of 5 in a shingle: lines are short.
  DuplicateOptions near_options{.minhash = {.shingle = {3, 5}, .permutations = 64, .seed = 1}, .bands = 12, .rows = 5, .threshold = 0.8};
  std::int64_t memory_bytes = std::int64_t{1} << 28;  // for sorting; beside it near_options.memory_bytes for band keys
};

// The lines of a document that count, with hashes: the costly part, safe to call from several threads at once.
struct LineSignature {
  std::uint32_t line = 0;       // 0-based number of the line in its document
  DocumentSignature signature;  // minhash is empty for lines that are not matched nearly
};
class LineSigner {
 public:
  explicit LineSigner(const LineDuplicateOptions& options);
  std::vector<LineSignature> sign(std::string_view text) const;

 private:
  LineDuplicateOptions options_;
  DocumentSigner exact_, near_;
};

// The lines to remove.
struct RemovedLine {
  std::size_t begin = 0, end = 0;  // bytes of the document, line end included
  std::int64_t documents = 0;      // in how many the line, or one nearly like it, was found
  bool near = false;               // it is not the same as the first of its kind
  std::string first_document;      // where the first of its kind stands: the document's name …
  std::uint32_t first_line = 0;    // … and the 0-based line in it
};
class RepeatedLines {
 public:
  RepeatedLines(RepeatedLines&&) noexcept;
  RepeatedLines& operator=(RepeatedLines&&) noexcept;
  ~RepeatedLines();
  std::int64_t size() const;  // different lines to remove
  // The document's lines that are to be removed, in order. Safe to call from several threads at once.
  std::vector<RemovedLine> find(std::string_view text) const;
  // The document without them.
  static std::string without(std::string_view text, const std::vector<RemovedLine>& lines);

 private:
  friend class RepeatedLineCounter;
  struct State;
  explicit RepeatedLines(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class RepeatedLineCounter {
 public:
  // A new counter in `directory`. `earlier`: directories of earlier runs' counters, only read. Throws Error, as SignatureStore does.
  static RepeatedLineCounter create(const std::filesystem::path& directory, const LineDuplicateOptions& options,
                                    const std::vector<std::filesystem::path>& earlier = {});
  // Goes on after the first `documents` that were added (-1: all committed).
  static RepeatedLineCounter resume(const std::filesystem::path& directory, const LineDuplicateOptions& options,
                                    const std::vector<std::filesystem::path>& earlier = {}, std::int64_t documents = -1);
  RepeatedLineCounter(RepeatedLineCounter&&) noexcept;
  RepeatedLineCounter& operator=(RepeatedLineCounter&&) noexcept;
  ~RepeatedLineCounter();

  // Serial: call in document order, for every document (also one without lines).
  void add(const std::vector<LineSignature>& lines, std::string_view name);
  void commit();
  std::int64_t documents() const;  // added so far
  // Counts everything that was added here and in the earlier directories.
  RepeatedLines finish() const;

 private:
  struct State;
  explicit RepeatedLineCounter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fathom::data
