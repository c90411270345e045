// Run metrics as JSON lines: one object a record, appended and flushed, so that a killed run keeps what it logged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "fathom/base/json.h"

namespace fathom {

class MetricsLog {
 public:
  // Opens `path` for appending. `keep_until_step` ≥ 0 (resume): drops records whose "step" is larger first.
  explicit MetricsLog(std::filesystem::path path, std::int64_t keep_until_step = -1);
  void write(const OrderedJson& record);

 private:
  std::filesystem::path path_;
  std::ofstream stream_;
};

}  // namespace fathom
