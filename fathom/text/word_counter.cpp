#include "fathom/text/word_counter.h"

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr std::int64_t least_table_bytes = 1 << 16;
constexpr std::size_t most_runs = 64;  // merged into one then, so that files and their buffers stay few

}  // namespace

// A worker that is the calling thread's as long as this lives.
class WordCounter::Lease {
 public:
  explicit Lease(WordCounter& counter) : counter_(counter) {
    std::unique_lock lock(counter_.mutex_);
    require(!counter_.sorted_, "text was added after the words were counted");
    counter_.released_.wait(lock, [&] { return !counter_.idle_.empty(); });
    worker_ = counter_.idle_.back();
    counter_.idle_.pop_back();
  }
  ~Lease() {
    const std::lock_guard lock(counter_.mutex_);
    counter_.idle_.push_back(worker_);
    counter_.released_.notify_one();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Worker& worker() { return *worker_; }

 private:
  WordCounter& counter_;
  Worker* worker_ = nullptr;
};

WordCounter::WordCounter(const PreTokenizer& pre_tokenizer, const AddedTokens& special, WordCounterOptions options)
    : pre_tokenizer_(pre_tokenizer), special_(special), options_(std::move(options)) {
  const int threads = std::max(1, options_.threads);
  const std::int64_t share = options_.memory_bytes > 0 ? std::max(least_table_bytes, options_.memory_bytes / threads) : 0;
  for (int i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(static_cast<std::size_t>(share)));
    idle_.push_back(workers_.back().get());
  }
}

void WordCounter::add(std::string_view text) {
  Lease lease(*this);
  Worker& worker = lease.worker();
  std::size_t done = 0;
  while (done < text.size()) {
    const auto match = special_.next(text, done, true);
    const std::size_t end = match ? match->position : text.size();
    worker.pieces.views.clear();
    worker.pieces.owned.clear();
    pre_tokenizer_.cut(text.substr(done, end - done), worker.pieces);
    for (const std::string_view word : worker.pieces.views) count(word, worker);
    done = end + (match ? match->token->content.size() : 0);
  }
}

void WordCounter::count(std::string_view word, Worker& worker) {
  if (worker.table.add(word)) return;
  spill(worker);
  worker.table.add(word);
}

void WordCounter::spill(Worker& worker) {
  worker.table.sort();
  WordRun run = WordRun::write(worker.table, options_.scratch_directory);
  worker.table.clear();
  const std::lock_guard lock(mutex_);
  ++runs_written_;
  runs_.push_back(std::move(run));
  if (runs_.size() < most_runs) return;
  WordRun merged = WordRun::merge(runs_, options_.scratch_directory);
  runs_.clear();
  runs_.push_back(std::move(merged));
}

void WordCounter::for_each_word(const VisitWord& visit) {
  {
    const std::lock_guard lock(mutex_);
    if (!sorted_)
      for (const auto& worker : workers_) worker->table.sort();
    sorted_ = true;
  }
  std::vector<std::unique_ptr<WordSource>> sources;
  for (const auto& worker : workers_) sources.push_back(read_words(worker->table));
  for (const WordRun& run : runs_) sources.push_back(run.read());
  merge_words(std::move(sources), visit);
}

}  // namespace fathom::text
