// Files of generated texts and of the references that they are scored against.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fathom::questions {

// Texts that are scored together: entry i of each list belongs to the same question, sentence or record.
struct GeneratedTexts {
  std::vector<std::string> ids;                      // of the records; empty where they have none
  std::vector<std::vector<std::string>> references;  // at least one each
  std::vector<std::vector<std::string>> systems;     // [systems][entries]
};

// Reads one file a system and one or more files of references. A file is one text a line, or (.jsonl, .ndjson, .json, also compressed)
// records with the text under `field`; a reference's may be a list of texts, and records of one `id` are references of one entry. Several
// files of references give each entry a reference more. Records are joined by `id` where system and references have it, otherwise by their
// order.
// Throws UsageError without files; Error with file:line: a file that is empty or no UTF-8, an empty reference, a record without the field
// or with another type, an id that is given twice by a system or by one side only, other counts than the first file of references has.
GeneratedTexts read_generated_texts(const std::vector<std::filesystem::path>& systems, const std::vector<std::filesystem::path>& references,
                                    const std::string& field);

}  // namespace fathom::questions
