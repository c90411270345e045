// Documents of text files: JSONL records with a text field, or plain text; as they are or compressed by gzip, xz or zstd.
// A plain-text file is one document, unless it is longer than max_document_bytes: then it is cut at paragraph ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::data {

struct DocumentOptions {
  std::string text_field = "text";            // of JSONL records
  std::int64_t max_document_bytes = 1 << 20;  // of a piece of plain text; memory is bounded by it
};

// Calls `visit` with each document of `path` that is not blank. By the extension before the compression's: .jsonl, .ndjson and .json
// hold JSON records (data/records.h), anything else is plain text. A byte-order mark is no text. Directories are walked in name order,
// hidden files left out. Throws Error: missing, empty, NUL bytes or not UTF-8 (with the byte's offset), a broken record (file:line).
void for_each_document(const std::filesystem::path& path, const DocumentOptions& options,
                       const std::function<void(std::string_view)>& visit);

// Files that the paths name: files as given, directories walked recursively in name order. Throws Error when one is missing or a
// directory is empty.
std::vector<std::filesystem::path> expand_paths(const std::vector<std::string>& paths);

}  // namespace fathom::data
