#include "fathom/data/parallel_documents.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "fathom/base/error.h"

namespace fathom::data {
namespace {

constexpr std::size_t block_bytes = 1 << 20;

// Several documents, end to end.
struct Block {
  std::string text;
  std::vector<std::size_t> ends;
};

std::int64_t size_on_disk(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

class ParallelReading {
 public:
  ParallelReading(const std::vector<std::filesystem::path>& files, const DocumentOptions& options, int threads,
                  const std::function<void(std::string_view)>& visit, const std::function<void(const ReadingProgress&)>& report)
      : files_(files),
        options_(options),
        visit_(visit),
        report_(report),
        most_waiting_(threads > 1 ? 2 * static_cast<std::size_t>(threads) : 0),
        reading_(threads) {}

  void run(int threads) {
    std::vector<std::thread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
    work();
    for (std::thread& other : others) other.join();
    if (error_) std::rethrow_exception(error_);
    require(text_bytes_ > 0 || files_.empty() || options_.on_bad == OnBad::skip, "{}{}: there is no text here", files_.front().string(),
            files_.size() > 1 ? fmt::format(" and {} other files", files_.size() - 1) : "");
    if (report_) report_({files_done_, file_bytes_, text_bytes_, true});
  }

 private:
  // Thrown through a reader when another thread has failed.
  struct Stopped {};

  void work() {
    try {
      read_files();
      help();
    } catch (const Stopped&) {
    } catch (...) {
      stop(std::current_exception());
    }
  }

  void stop(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stopped_ = true;
    changed_.notify_all();
  }

  void read_files() {
    Block block;
    for (std::size_t index = next_file_++; index < files_.size(); index = next_file_++) {
      const std::int64_t size = size_on_disk(files_[index]);
      std::int64_t counted = 0;  // of the file's bytes, in progress_
      for (DocumentReader reader(files_[index], options_); reader.next();) {
        if (stopped_) throw Stopped{};
        const std::string_view document = reader.text();
        const std::int64_t step = std::min(static_cast<std::int64_t>(document.size()), size - counted);
        counted += step;
        file_bytes_ += step;
        block.text += document;
        block.ends.push_back(block.text.size());
        if (block.text.size() >= block_bytes) offer(block);
      }
      file_bytes_ += size - counted;
      ++files_done_;
    }
    if (!block.ends.empty()) offer(block);
    const std::lock_guard lock(mutex_);
    --reading_;
    changed_.notify_all();
  }

  // Hands a block to whoever has time: this thread itself when enough are waiting.
  void offer(Block& block) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < most_waiting_) {
        waiting_.push_back(std::move(block));
        block = {};
        changed_.notify_one();
        return;
      }
    }
    use(block);
    block.text.clear();
    block.ends.clear();
  }

  void help() {
    for (;;) {
      Block block;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || !waiting_.empty() || reading_ == 0; });
        if (stopped_ || waiting_.empty()) return;
        block = std::move(waiting_.front());
        waiting_.pop_front();
      }
      use(block);
    }
  }

  void use(const Block& block) {
    std::size_t begin = 0;
    for (const std::size_t end : block.ends) {
      if (stopped_) throw Stopped{};
      visit_(std::string_view(block.text).substr(begin, end - begin));
      begin = end;
    }
    text_bytes_ += static_cast<std::int64_t>(block.text.size());
    tell();
  }

  void tell() {
    if (!report_) return;
    const std::unique_lock lock(report_mutex_, std::try_to_lock);
    if (lock) report_({files_done_, file_bytes_, text_bytes_, false});
  }

  const std::vector<std::filesystem::path>& files_;
  const DocumentOptions& options_;
  const std::function<void(std::string_view)>& visit_;
  const std::function<void(const ReadingProgress&)>& report_;
  const std::size_t most_waiting_;
  std::atomic<std::size_t> next_file_{0};
  std::atomic<std::int64_t> files_done_{0}, file_bytes_{0}, text_bytes_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_, report_mutex_;
  std::condition_variable changed_;
  std::deque<Block> waiting_;  // guarded by mutex_, as what follows
  int reading_;                // threads that may still offer blocks
  std::exception_ptr error_;
};

}  // namespace

void for_each_document_in_parallel(const std::vector<std::filesystem::path>& files, const DocumentOptions& options, int threads,
                                   const std::function<void(std::string_view)>& visit,
                                   const std::function<void(const ReadingProgress&)>& report) {
  threads = std::max(1, threads);
  ParallelReading(files, options, threads, visit, report).run(threads);
}

std::int64_t bytes_on_disk(const std::vector<std::filesystem::path>& files) {
  std::int64_t bytes = 0;
  for (const auto& file : files) bytes += size_on_disk(file);
  return bytes;
}

}  // namespace fathom::data
