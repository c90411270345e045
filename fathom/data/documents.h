// Documents of text files: plain text (blank-line separated documents or whole file), JSONL with a text field; plain,
// gzip, xz or zstd.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::data {

struct DocumentOptions {
  std::string text_field = "text";        // of JSONL records
  std::int64_t max_document_bytes = 1 << 20;  // longer plain-text files are cut at paragraph ends
};

// Calls `visit` with each document of `path` (format by extension before the compression suffix: .jsonl, .json lines; else
// plain text). Directories are walked in name order. Throws Error: missing, empty, binary (NUL bytes), not UTF-8 (with
// offset), broken JSON line (file:line).
void for_each_document(const std::filesystem::path& path, const DocumentOptions& options,
                       const std::function<void(std::string_view)>& visit);

// Files that the paths name: files as given, directories walked recursively in name order. Throws Error when one is missing.
std::vector<std::filesystem::path> expand_paths(const std::vector<std::string>& paths);

}  // namespace fathom::data
