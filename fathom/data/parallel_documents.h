// Documents of many files, read and used by several threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "fathom/data/documents.h"

namespace fathom::data {

struct ReadingProgress {
  std::int64_t files = 0;       // read to their end
  std::int64_t file_bytes = 0;  // of these, on disk; of a file that is being read, its text so far where that is what lies on disk
  std::int64_t text_bytes = 0;  // visited
  bool finished = false;        // nothing is left to read or to visit
};

// Calls `visit` with each document of `files` (documents.h), from `threads` threads at once and in no particular order. Each thread reads
// files of its own; documents travel in blocks of about 1 MiB, so that threads without a file help with those of others, and a single
// large file keeps all of them busy. At most 2 blocks a thread wait. `report` is called now and then, by one thread at a time.
// An exception of reading, `visit` or `report` ends the reading and is thrown here; of several the first. Throws Error when the files
// hold no text at all.
void for_each_document_in_parallel(const std::vector<std::filesystem::path>& files, const DocumentOptions& options, int threads,
                                   const std::function<void(std::string_view)>& visit,
                                   const std::function<void(const ReadingProgress&)>& report = {});

// Bytes of the files on disk: what ReadingProgress::file_bytes goes up to. Files that have no size (pipes) count nothing.
std::int64_t bytes_on_disk(const std::vector<std::filesystem::path>& files);

}  // namespace fathom::data
