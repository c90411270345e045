// Words and their counts in ascending order of the words' bytes: read from a sorted table, from a run on disk, or from several of these
// merged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "fathom/base/scratch_file.h"
#include "fathom/text/word_table.h"

namespace fathom::text {

using VisitWord = std::function<void(std::string_view word, std::int64_t count)>;

class WordSource {
 public:
  virtual ~WordSource() = default;
  // Goes to the next word; false when there is none.
  virtual bool next() = 0;
  // Of the word that next() went to; the view is valid until the next call.
  std::string_view word() const { return word_; }
  std::int64_t count() const { return count_; }

 protected:
  std::string_view word_;
  std::int64_t count_ = 0;
};

// Over a sorted table, which must stay as it is.
std::unique_ptr<WordSource> read_words(const WordTable& table);

// Words in a scratch file, each spelled as the length it shares with the word before and what follows.
class WordRun {
 public:
  // Of a sorted table. Throws Error when the file cannot be written.
  static WordRun write(const WordTable& table, const std::filesystem::path& scratch_directory);
  // Of all words of `runs` together.
  static WordRun merge(const std::vector<WordRun>& runs, const std::filesystem::path& scratch_directory);
  std::unique_ptr<WordSource> read() const;
  std::uint64_t bytes() const { return file_.size(); }

 private:
  explicit WordRun(ScratchFile file) : file_(std::move(file)) {}
  ScratchFile file_;
};

// Visits every word of the sources once, in ascending order, with the sum of its counts.
void merge_words(std::vector<std::unique_ptr<WordSource>> sources, const VisitWord& visit);

}  // namespace fathom::text
