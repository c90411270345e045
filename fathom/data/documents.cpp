#include "fathom/data/documents.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/data/document_source.h"
#include "fathom/data/records.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<DocumentSource> open_source(const fs::path& file, const DocumentOptions& options) {
  if (is_record_file(file)) return open_records(file, options);
  if (is_html_file(file)) return open_html(file, options);
  return open_plain_text(file, options);
}

}  // namespace

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos; }

void check_text(std::string_view text, std::int64_t offset, bool in_record) {
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    const std::int64_t byte = offset + static_cast<std::int64_t>(nul);
    throw BadRecord{fmt::format("byte {} is NUL, so this is no text file; leave it out or convert it", byte), !in_record};
  }
  const std::size_t valid = text::valid_prefix(text);
  if (valid < text.size()) {
    throw BadRecord{fmt::format("byte {} (0x{:02x}) is not UTF-8; convert the file, for example with iconv",
                                offset + static_cast<std::int64_t>(valid), static_cast<unsigned char>(text[valid]))};
  }
}

std::string DocumentPlace::describe() const {
  if (line > 0) return fmt::format("{}:{}", file.string(), line);
  if (is_record_file(file)) return fmt::format("{}: record {}", file.string(), ordinal + 1);
  return byte > 0 ? fmt::format("{}: byte {}", file.string(), byte) : file.string();
}

std::string BadDocument::describe() const {
  // Other reasons count bytes from the beginning of the file, or are about the file.
  const bool in_record = !rest_of_file && is_record_file(place.file);
  return fmt::format("{}: {}", in_record ? place.describe() : place.file.string(), reason);
}

struct DocumentReader::State {
  State(fs::path path, DocumentOptions wanted, std::int64_t first) : options(std::move(wanted)), first_ordinal(first) {
    place.file = std::move(path);
  }

  // Fails, or tells the caller and goes on.
  void bad(std::string reason, bool rest_of_file) {
    const BadDocument document{place, std::move(reason), rest_of_file};
    if (options.on_bad == OnBad::fail) fail("{}", document.describe());
    if (options.report_bad) options.report_bad(document);
    finished = rest_of_file;
  }

  // The message without "path: " before it.
  std::string without_path(std::string_view message) const {
    const std::string prefix = place.file.string() + ": ";
    return std::string(message.starts_with(prefix) ? message.substr(prefix.size()) : message);
  }

  bool next() {
    while (!finished) {
      try {
        if (!source) source = open_source(place.file, options);
        if (!source->next(first_ordinal, place, text)) break;
        if (!is_blank(text)) return true;
      } catch (const BadRecord& record) {
        bad(record.reason, record.rest_of_file);
      } catch (const Error& error) {
        if (options.on_bad == OnBad::fail) throw;
        bad(without_path(error.what()), true);
      }
    }
    finished = true;
    return false;
  }

  DocumentOptions options;
  std::int64_t first_ordinal;
  std::unique_ptr<DocumentSource> source;  // opened by the first next(), so that a file that cannot be opened is bad input too
  DocumentPlace place;
  std::string_view text;
  bool finished = false;
};

DocumentReader::DocumentReader(fs::path file, DocumentOptions options, std::int64_t first_ordinal)
    : state_(std::make_unique<State>(std::move(file), std::move(options), first_ordinal)) {}
DocumentReader::~DocumentReader() = default;
DocumentReader::DocumentReader(DocumentReader&&) noexcept = default;
DocumentReader& DocumentReader::operator=(DocumentReader&&) noexcept = default;

bool DocumentReader::next() { return state_->next(); }
std::string_view DocumentReader::text() const { return state_->text; }
const DocumentPlace& DocumentReader::place() const { return state_->place; }

void for_each_document(const fs::path& path, const DocumentOptions& options, const std::function<void(std::string_view)>& visit) {
  for (const fs::path& file : expand_paths({path.string()})) {
    DocumentReader reader(file, options);
    std::int64_t documents = 0;
    for (; reader.next(); ++documents) visit(reader.text());
    require(documents > 0 || options.on_bad == OnBad::skip, "{}: there {} in this file", file.string(),
            is_record_file(file) ? "are no records with text" : "is no text");
  }
}

std::vector<fs::path> expand_paths(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& name : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(name, error);
    require(fs::exists(status), "{}: there is no such file or directory", name);
    if (!fs::is_directory(status)) {
      files.emplace_back(name);
      continue;
    }
    std::vector<fs::path> inside;
    for (const auto& entry : fs::recursive_directory_iterator(name, fs::directory_options::follow_directory_symlink)) {
      const bool hidden = entry.path().filename().string().starts_with('.');
      if (entry.is_regular_file() && !hidden) inside.push_back(entry.path());
    }
    require(!inside.empty(), "{}: the directory holds no files", name);
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace fathom::data
