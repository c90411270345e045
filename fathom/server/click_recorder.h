// Records what the server's visitors searched for and clicked, for those who asked for it (docs/clicks.md has the format).
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "fathom/clicks/click_log_writer.h"

namespace fathom::server {

class ClickRecorder {
 public:
  // Throws Error as clicks::ClickLogWriter.
  explicit ClickRecorder(const std::filesystem::path& log) : writer_(log) {}

  // Logs a search and returns the id under which its clicks are reported.
  std::string search(const clicks::SearchRecord& record);
  // False: no such search among the latest, or this page was not shown for it; nothing is logged.
  bool click(const std::string& id, const std::string& page, double dwell);

 private:
  static constexpr std::size_t remembered = 10'000;  // searches whose clicks are taken

  clicks::ClickLogWriter writer_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::string>> shown_;  // by search
  std::deque<std::string> order_;                                    // of the searches, oldest first
};

}  // namespace fathom::server
