// Where lines occur, on disk: what RepeatedLineCounter has seen. Private to the room.
//
//   occurrences.bin   {hash, group, document u64; line u32, 0 u32}: the line, the first line that it is like (itself mostly), where it
//   stands documents.bin     {occurrences, near lines} up to the end of each document names.bin, name_ends.bin   what documents are called
//   near/             signature store of the first long line of each kind
//   manifest.json     written last: as in signature_store.h
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "fathom/data/line_duplicates.h"
#include "fathom/data/name_file.h"
#include "fathom/data/record_file.h"

namespace fathom::data {

struct LineOccurrence {
  std::uint64_t hash = 0, group = 0, document = 0;
  std::uint32_t line = 0;
};

class LineOccurrences {
 public:
  // Throws Error: as SignatureStore; options that decide which lines count must be those that the directory was made with.
  static LineOccurrences create(const std::filesystem::path& directory, const LineDuplicateOptions& options);
  static LineOccurrences open(const std::filesystem::path& directory, const LineDuplicateOptions& options);
  static LineOccurrences append_to(const std::filesystem::path& directory, const LineDuplicateOptions& options, std::int64_t documents);

  std::int64_t documents() const { return ends_.size(); }
  // Near lines up to the end of the last document: what the store in near/ has to hold.
  std::int64_t near_lines() const;
  std::string name(std::int64_t document) const { return names_.get(document); }
  std::filesystem::path near_directory() const { return directory_ / "near"; }

  // The lines of one more document; `document` of each is set here.
  void append(std::span<LineOccurrence> lines, std::int64_t near_lines, std::string_view name);
  void commit();
  // All in order, with one sequential read. Throws Error when the checksum differs or a document's number is out of range.
  void for_each(const std::function<void(const LineOccurrence&)>& visit) const;

 private:
  LineOccurrences(std::filesystem::path directory, const LineDuplicateOptions& options, RecordFile::Use use, std::int64_t documents);
  std::uint64_t walk(const std::function<void(const LineOccurrence&)>& visit) const;

  std::filesystem::path directory_;
  LineDuplicateOptions options_;
  RecordFile ends_, occurrences_;
  NameFile names_;
  std::uint64_t checksum_ = 0;
};

}  // namespace fathom::data
