// FAQ searchers for many threads: each is for one thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fathom/faq/faq.h"
#include "fathom/server/search_service.h"

namespace fathom::server {

class SearchService::FaqPool {
 public:
  // Opens the first one, so that a FAQ that cannot be opened is known at once.
  explicit FaqPool(std::filesystem::path directory) : directory_(std::move(directory)) {
    idle_.push_back(std::make_unique<faq::FaqSearcher>(directory_));
  }

  faq::FaqAnswer search(const std::string& query, const faq::SearchOptions& options) {
    std::unique_ptr<faq::FaqSearcher> searcher = take();
    const faq::FaqAnswer answer = searcher->search(query, options);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(searcher));
    return answer;
  }

 private:
  std::unique_ptr<faq::FaqSearcher> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<faq::FaqSearcher> searcher = std::move(idle_.back());
        idle_.pop_back();
        return searcher;
      }
    }
    return std::make_unique<faq::FaqSearcher>(directory_);
  }

  std::filesystem::path directory_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<faq::FaqSearcher>> idle_;
};

}  // namespace fathom::server
