#include "fathom/data/documents.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/data/corpus_manifest.h"
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

// Whether a link leads to a directory that it lies in.
bool leads_upwards(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error), parent = error ? fs::path() : fs::canonical(link.parent_path(), error);
  return error || std::mismatch(target.begin(), target.end(), parent.begin(), parent.end()).first == target.end();
}

// The files of a directory and of those below it. Hidden ones are left out, and prepared corpora: a run's own output may lie here, and
// what an earlier run left out of its corpus is not to come back. A link that leads nowhere is listed, for the reader to report.
void collect_files(const fs::path& directory, std::vector<fs::path>& files) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  require(!error, "{}: the directory cannot be read: {}", directory.string(), error.message());
  for (const auto& entry : entries) {
    if (entry.path().filename().string().starts_with('.')) continue;
    const fs::file_type type = entry.status(error).type();
    if (type == fs::file_type::directory) {
      if (entry.is_symlink(error) && leads_upwards(entry.path())) continue;
      if (!is_prepared_corpus(entry.path())) collect_files(entry.path(), files);
    } else if (type == fs::file_type::regular || type == fs::file_type::not_found || type == fs::file_type::none) {
      files.push_back(entry.path());
    }
  }
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

  void blank() const {
    if (options.report_blank) options.report_blank(place);
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
        if (!source->next(first_ordinal, place, text)) {
          if (!any && first_ordinal == 0) blank();  // the file holds nothing at all
          break;
        }
        any = true;
        if (!is_blank(text)) return true;
        blank();
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
  bool finished = false, any = false;  // any: a record or piece was there
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
  std::int64_t documents = 0;
  for (const fs::path& file : expand_paths({path.string()})) {
    DocumentReader reader(file, options);
    for (; reader.next(); ++documents) visit(reader.text());
  }
  require(documents > 0 || options.on_bad == OnBad::skip, "{}: there {} here", path.string(),
          is_record_file(path) ? "are no records with text" : "is no text");
}

std::vector<fs::path> expand_paths(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& name : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(name, error);
    require(fs::exists(status), "{}: {}", name,
            error && status.type() == fs::file_type::none ? error.message() : "there is no such file or directory");
    if (!fs::is_directory(status)) {
      files.emplace_back(name);
      continue;
    }
    std::vector<fs::path> inside;
    collect_files(name, inside);
    require(!inside.empty(), "{}: the directory holds no files that could be read as text (hidden ones and prepared corpora do not count)",
            name);
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace fathom::data
