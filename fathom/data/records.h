// JSON records of a file: one a line (JSON Lines), or the entries of one JSON list.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "fathom/base/json.h"

namespace fathom::data {

// The extension before a compression suffix (.gz, .xz, .zst, .zstd): ".jsonl" for "train.jsonl.xz".
std::string uncompressed_extension(const std::filesystem::path& path);

// Whether the extension before a compression suffix is .jsonl, .ndjson or .json: true for "train.jsonl.xz".
bool is_record_file(const std::filesystem::path& path);

// Calls `visit` with each record and where it begins ("file:line"), for messages. A file that begins
// with '[' is read whole, as a list; otherwise lines are read one by one, blank ones passed over.
// Throws Error: a missing or damaged file, a line that is no JSON, a record that is no object, no record at all.
void for_each_record(const std::filesystem::path& path, const std::function<void(const Json& record, const std::string& position)>& visit);

}  // namespace fathom::data
