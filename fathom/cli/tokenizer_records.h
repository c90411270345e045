// JSON records turned into lines of output by several threads, in order and in bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fathom/base/json.h"
#include "fathom/base/progress.h"

namespace fathom::cli {

struct RecordRun {
  std::string input;  // JSON lines, or one JSON list; plain or compressed
  std::string label;  // of the progress bar
  int threads = 0;    // 0: all
  bool quiet = false;
};

// Progress through the bytes of `input`, for large files; of a compressed file or a pipe the length is unknown.
Progress progress_through(const std::string& input, const std::string& label, bool quiet);

// Hands every record and where it stands to `line_of`, on several threads, and prints what it returns, in the order of the records.
// Throws Error: a missing or damaged file, a record that is no JSON object, no record at all, and what `line_of` throws.
void print_line_for_each_record(const RecordRun& run,
                                const std::function<std::string(const Json& record, const std::string& position)>& line_of);

// The number of threads that an option of 0 stands for.
int threads_or_all(int asked);

}  // namespace fathom::cli
