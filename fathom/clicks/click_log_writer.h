// Appends to a click log while people search: what a server records. A line is written with one call to the system, so a killed
// program leaves whole lines and at most one that is torn, which the next opening removes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/clicks/click_log_json.h"

namespace fathom::clicks {

class ClickLogWriter {
 public:
  // Creates the file or goes on behind its last whole line. Throws Error: the system's reason, a second writer of the file.
  explicit ClickLogWriter(std::filesystem::path path);
  ~ClickLogWriter();
  ClickLogWriter(const ClickLogWriter&) = delete;
  ClickLogWriter& operator=(const ClickLogWriter&) = delete;

  // From any thread. `id`: what later clicks on this search are logged under; empty: there are none. Throws Error when the record is none
  // that can be read back, or the disk is full; then the file is as it was.
  void search(const SearchRecord& record, const std::string& id = "");
  void click(const std::string& id, const std::vector<Click>& clicks);
  // Waits until all that was written is on disk: after a power cut it is there. Without it only a crash of the program is survived.
  void sync();

  std::int64_t removed_bytes() const { return removed_bytes_; }  // of a torn line that the opening found

 private:
  void append(std::string line);

  std::filesystem::path path_;
  std::mutex mutex_;
  std::int64_t size_ = 0, removed_bytes_ = 0;
  int descriptor_ = -1;
};

}  // namespace fathom::clicks
