// Work on a stream of items by several threads, with the results in the order of the items.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace fathom::cli {

// Items are handed in by push() and worked on by `threads` threads; `emit` gets the results in order, on the thread that calls push()
// and finish(). At most two items a thread wait or are worked on at a time, which bounds memory. What `work` throws is thrown by push()
// or finish(), after the results before it were emitted.
template <typename Item, typename Result>
class OrderedParallel {
 public:
  OrderedParallel(int threads, std::function<Result(const Item&)> work, std::function<void(Result)> emit)
      : work_(std::move(work)), emit_(std::move(emit)), most_waiting_(2 * static_cast<std::size_t>(threads)) {
    for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { run(); });
  }
  ~OrderedParallel() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      tasks_.clear();
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }
  OrderedParallel(const OrderedParallel&) = delete;
  OrderedParallel& operator=(const OrderedParallel&) = delete;

  void push(Item item) {
    std::packaged_task<Result()> task([this, held = std::move(item)] { return work_(held); });
    results_.push_back(task.get_future());
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    if (results_.size() >= most_waiting_) emit_first();
  }
  void finish() {
    while (!results_.empty()) emit_first();
  }

 private:
  void emit_first() {
    Result result = results_.front().get();
    results_.pop_front();
    emit_(std::move(result));
  }
  void run() {
    while (true) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
      if (stopped_) return;
      std::packaged_task<Result()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::function<Result(const Item&)> work_;
  std::function<void(Result)> emit_;
  std::size_t most_waiting_;
  std::deque<std::future<Result>> results_;  // in the order of the items
  std::mutex mutex_;                         // guards the two below
  std::deque<std::packaged_task<Result()>> tasks_;
  bool stopped_ = false;
  std::condition_variable changed_;
  std::vector<std::thread> workers_;
};

}  // namespace fathom::cli
