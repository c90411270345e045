// Documents of text files: JSONL records with a text field, HTML pages, or plain text; as they are or compressed by gzip, xz or zstd.
// A plain-text file is one document, unless it is longer than max_document_bytes: then it is cut at paragraph ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::data {

struct DocumentPlace {
  std::filesystem::path file;
  std::int64_t ordinal = 0;  // among the records or pieces of the file, from 0; blank and bad ones count, so it is stable
  std::int64_t line = 0;     // 1-based line of a JSONL record; 0 elsewhere
  std::int64_t byte = 0;     // offset in the decompressed file where the record or piece begins; of a JSON list, 0
  // "file:line", "file: record n" (of a JSON list), "file: byte n" or "file", whichever says most.
  std::string describe() const;
};

// Something that is no document: the place, and why ("not valid JSON (…)", "byte 17 is NUL, …").
struct BadDocument {
  DocumentPlace place;
  std::string reason;
  bool rest_of_file = false;     // the rest of the file is given up: a damaged archive, a binary file
  std::string describe() const;  // "place: reason"
};

enum class OnBad { fail, skip };

struct DocumentOptions {
  std::string text_field = "text";            // of JSONL records
  std::int64_t max_document_bytes = 1 << 20;  // of a piece of plain text; memory is bounded by it
  // Of a JSONL line, a JSON list or an HTML file: a longer one is bad input. Memory is a small multiple of it.
  std::int64_t max_record_bytes = std::int64_t{256} << 20;
  bool html_field = false;         // the records' field holds HTML: its text is the document
  bool html_main_content = false;  // of HTML, only the main content (text/html_blocks.h)
  OnBad on_bad = OnBad::fail;      // skip: pass over bad records, pieces and files, telling `report_bad`
  std::function<void(const BadDocument&)> report_bad = {};
  std::function<void(const DocumentPlace&)> report_blank = {};  // a record, piece or file without text, which is passed over
};

// Reads the documents of one file one by one. By the extension before the compression's: .jsonl, .ndjson and .json hold JSON records,
// .html, .htm and .xhtml one HTML page, anything else is plain text. A byte-order mark is no text.
class DocumentReader {
 public:
  // `first_ordinal`: where to go on; earlier records and pieces are passed over (JSONL ones without being parsed).
  DocumentReader(std::filesystem::path file, DocumentOptions options, std::int64_t first_ordinal = 0);
  ~DocumentReader();
  DocumentReader(DocumentReader&&) noexcept;
  DocumentReader& operator=(DocumentReader&&) noexcept;

  // Moves to the next document that is not blank; false at the end of the file. Throws Error as for_each_document, but for a file
  // without documents.
  bool next();
  // Of the document that next() moved to; valid until the next call. The text is UTF-8 without NUL bytes.
  std::string_view text() const;
  const DocumentPlace& place() const;
  // The ordinal to start again from after this document: place().ordinal + 1.
  std::int64_t next_ordinal() const { return place().ordinal + 1; }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Calls `visit` with each document of `path` that is not blank; directories are walked in name order, hidden files left out.
// Throws Error: missing, without text, NUL bytes or not UTF-8 (with the byte's offset), a broken record (file:line), damaged archive.
// With OnBad::skip only a missing path throws.
void for_each_document(const std::filesystem::path& path, const DocumentOptions& options,
                       const std::function<void(std::string_view)>& visit);

// Files that the paths name: files as given, directories walked recursively in name order. In directories, hidden files and directories
// and prepared corpora are left out. Throws Error when a path is missing, or a directory cannot be read or has no files.
std::vector<std::filesystem::path> expand_paths(const std::vector<std::string>& paths);

}  // namespace fathom::data
