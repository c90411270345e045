#include "fathom/data/documents.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

// The extension that says what is inside: of "a.jsonl.xz" it is ".jsonl".
std::string content_extension(fs::path path) {
  constexpr std::array<std::string_view, 4> compression = {".gz", ".xz", ".zst", ".zstd"};
  if (std::find(compression.begin(), compression.end(), path.extension().string()) != compression.end()) path = path.stem();
  return path.extension().string();
}

bool is_json_lines(const fs::path& path) {
  const std::string extension = content_extension(path);
  return extension == ".jsonl" || extension == ".ndjson" || extension == ".json";
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos; }

// Text as a model may see it: UTF-8 without NUL bytes. `offset` is where it begins in the file.
void check_text(std::string_view text, const std::string& origin, std::int64_t offset) {
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    fail("{}: byte {} is NUL, so this is no text file; leave it out or convert it", origin, offset + static_cast<std::int64_t>(nul));
  }
  const std::size_t valid = text::valid_prefix(text);
  if (valid < text.size()) {
    fail("{}: byte {} (0x{:02x}) is not UTF-8; convert the file, for example with iconv", origin, offset + static_cast<std::int64_t>(valid),
         static_cast<unsigned char>(text[valid]));
  }
}

// Where to cut a text of more than `limit` bytes: after the last paragraph that fits, else the last line, word or character.
std::size_t cut_position(std::string_view text, std::size_t limit) {
  for (const std::string_view end : {std::string_view("\n\n"), std::string_view("\n"), std::string_view(" ")}) {
    const std::size_t found = text.rfind(end, limit - end.size());
    if (found != std::string_view::npos && found > 0) return found + end.size();
  }
  std::size_t position = limit;
  while (position > 1 && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80) --position;
  return position;
}

std::int64_t visit_plain_text(const fs::path& path, const DocumentOptions& options, const std::function<void(std::string_view)>& visit) {
  const std::string origin = path.string();
  const std::unique_ptr<ByteReader> reader = open_reader(path);
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(options.max_document_bytes, 16));
  std::string pending;
  std::int64_t offset = 0, documents = 0;
  const auto emit = [&](std::size_t size) {
    const std::string_view document(pending.data(), size);
    check_text(document, origin, offset);
    if (!is_blank(document)) {
      visit(document);
      ++documents;
    }
    offset += static_cast<std::int64_t>(size);
    pending.erase(0, size);
  };
  std::array<char, 1 << 16> buffer;
  while (const std::size_t count = reader->read(buffer.data(), buffer.size())) {
    pending.append(buffer.data(), count);
    while (pending.size() > limit) emit(cut_position(pending, limit));
  }
  if (!pending.empty()) emit(pending.size());
  return documents;
}

std::int64_t visit_json_lines(const fs::path& path, const DocumentOptions& options, const std::function<void(std::string_view)>& visit) {
  LineReader lines(path);
  std::int64_t documents = 0;
  while (const auto line = lines.next()) {
    if (is_blank(*line)) continue;
    const Json record = parse_json(*line, lines.position());
    require(record.is_object(), "{}: a JSON object with the key '{}' is expected, found {}", lines.position(), options.text_field,
            record.type_name());
    const auto document = json_get<std::string>(record, options.text_field, lines.position());
    check_text(document, lines.position(), 0);
    if (is_blank(document)) continue;
    visit(document);
    ++documents;
  }
  return documents;
}

}  // namespace

void for_each_document(const fs::path& path, const DocumentOptions& options, const std::function<void(std::string_view)>& visit) {
  for (const fs::path& file : expand_paths({path.string()})) {
    const std::int64_t documents =
        is_json_lines(file) ? visit_json_lines(file, options, visit) : visit_plain_text(file, options, visit);
    require(documents > 0, "{}: there is no text in this file", file.string());
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
