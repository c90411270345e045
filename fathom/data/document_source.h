// Where the documents of one kind of file come from. Private to the room; fathom/data/documents.h is the interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "fathom/data/documents.h"

namespace fathom::data {

// Thrown by a source for a record or piece that is no document. The source stands behind it and can go on, unless `rest_of_file`.
struct BadRecord {
  std::string reason;
  bool rest_of_file = false;
};

class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  // Moves to the next record or piece: `place` (but for the file) and `text`, which is valid until the next call. False at the end.
  // What stands before `first_ordinal` is passed over. Throws BadRecord with `place` filled, Error for a file that cannot be read.
  virtual bool next(std::int64_t first_ordinal, DocumentPlace& place, std::string_view& text) = 0;
};

std::unique_ptr<DocumentSource> open_plain_text(const std::filesystem::path& file, const DocumentOptions& options);
std::unique_ptr<DocumentSource> open_records(const std::filesystem::path& file, const DocumentOptions& options);
std::unique_ptr<DocumentSource> open_html(const std::filesystem::path& file, const DocumentOptions& options);

// Whether the extension before a compression suffix is .html, .htm or .xhtml.
bool is_html_file(const std::filesystem::path& file);

// The text of an HTML document as `options` want it.
std::string text_of_html(std::string_view html, std::string_view declared_encoding, const DocumentOptions& options);

bool is_blank(std::string_view text);

// Text as a model may see it: UTF-8 without NUL bytes. `offset` is where it begins in the file or record. Throws BadRecord; a NUL byte
// gives the rest of a file up unless the text is a record's.
void check_text(std::string_view text, std::int64_t offset, bool in_record = false);

}  // namespace fathom::data
