#include "fathom/data/documents.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

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
    if (offset == 0 && pending.starts_with(byte_order_mark)) {
      pending.erase(0, byte_order_mark.size());
      offset += static_cast<std::int64_t>(byte_order_mark.size());
    }
    while (pending.size() > limit) emit(cut_position(pending, limit));
  }
  if (!pending.empty()) emit(pending.size());
  return documents;
}

std::int64_t visit_records(const fs::path& path, const DocumentOptions& options, const std::function<void(std::string_view)>& visit) {
  std::int64_t documents = 0;
  for_each_record(path, [&](const Json& record, const std::string& position) {
    const auto document = json_get<std::string>(record, options.text_field, position);
    check_text(document, position, 0);
    if (is_blank(document)) return;
    visit(document);
    ++documents;
  });
  return documents;
}

}  // namespace

void for_each_document(const fs::path& path, const DocumentOptions& options, const std::function<void(std::string_view)>& visit) {
  for (const fs::path& file : expand_paths({path.string()})) {
    const std::int64_t documents = is_record_file(file) ? visit_records(file, options, visit) : visit_plain_text(file, options, visit);
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
