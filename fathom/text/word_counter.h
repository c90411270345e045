// Counts the words of texts: those that a pre-tokenizer cuts, special tokens left out. Several threads may count at a time; each has a
// table of its own. Memory can be limited: a table that is full is sorted and written to disk (a run), and the runs are merged in the
// end, so that counts are exact whatever the limit and the number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "fathom/text/added_tokens.h"
#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/word_runs.h"
#include "fathom/text/word_table.h"

namespace fathom::text {

struct WordCounterOptions {
  int threads = 1;                          // that may count at a time
  std::int64_t memory_bytes = 0;            // for all tables together, about 64 KiB each at least; 0: no limit
  std::filesystem::path scratch_directory;  // for the runs; empty: the system's directory for temporary files
};

class WordCounter {
 public:
  // `pre_tokenizer` and `special` must outlive the counter.
  WordCounter(const PreTokenizer& pre_tokenizer, const AddedTokens& special, WordCounterOptions options);

  // Thread-safe; a thread beyond options.threads waits. Throws Error when a run cannot be written, or after for_each_word().
  void add(std::string_view text);
  // Visits every word with its count, in ascending order of its bytes. May be called more than once; no other thread may be in add().
  void for_each_word(const VisitWord& visit);
  // Runs written so far.
  std::int64_t runs_written() const { return runs_written_; }

 private:
  struct Worker {
    explicit Worker(std::size_t limit_bytes) : table(limit_bytes) {}
    WordTable table;
    Pieces pieces;
  };
  class Lease;

  void count(std::string_view word, Worker& worker);
  void spill(Worker& worker);

  const PreTokenizer& pre_tokenizer_;
  const AddedTokens& special_;
  WordCounterOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable released_;
  std::vector<Worker*> idle_;
  std::vector<WordRun> runs_;
  std::int64_t runs_written_ = 0;
  bool sorted_ = false;
};

}  // namespace fathom::text
