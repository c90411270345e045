#include "fathom/data/records.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::data {
namespace {

// The lines on which the entries of a list begin; `text` is valid JSON.
std::vector<std::int64_t> lines_of_entries(std::string_view text) {
  std::vector<std::int64_t> found;
  std::int64_t line = 1;
  int depth = 0;
  bool in_string = false, due = false;  // due: an entry of the list is what comes next
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
      continue;
    }
    if (due && c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != ']') {
      found.push_back(line);
      due = false;
    }
    in_string = c == '"';
    if (c == '[' || c == '{') due = ++depth == 1;
    if (c == ']' || c == '}') --depth;
    if (c == ',' && depth == 1) due = true;
  }
  return found;
}

// A list whose text begins with `text` and goes on in the lines that follow.
std::string read_list(std::string text, LineReader& lines) {
  while (const auto line = lines.next()) {
    text += '\n';
    text += *line;
  }
  return text;
}

}  // namespace

std::string uncompressed_extension(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 4> compression = {".gz", ".xz", ".zst", ".zstd"};
  const bool compressed = std::find(compression.begin(), compression.end(), path.extension().string()) != compression.end();
  return (compressed ? path.stem() : path).extension().string();
}

bool is_record_file(const std::filesystem::path& path) {
  const std::string extension = uncompressed_extension(path);
  return extension == ".jsonl" || extension == ".ndjson" || extension == ".json";
}

void for_each_record(const std::filesystem::path& path, const std::function<void(const Json&, const std::string&)>& visit) {
  std::int64_t records = 0;
  const auto take = [&](const Json& record, const std::string& position) {
    require(record.is_object(), "{}: a JSON object is expected, found {}", position, record.type_name());
    ++records;
    visit(record, position);
  };
  LineReader lines(path);
  while (const auto line = lines.next()) {
    const std::size_t first = line->find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) continue;
    if (records == 0 && (*line)[first] == '[') {
      const std::string blank_lines(static_cast<std::size_t>(lines.line_number() - 1), '\n');
      const std::string text = read_list(blank_lines + std::string(*line), lines);
      const Json list = parse_json(text, path.string());
      const std::vector<std::int64_t> begins = lines_of_entries(text);
      for (const Json& record : list) take(record, fmt::format("{}:{}", path.string(), begins.at(static_cast<std::size_t>(records))));
      break;
    }
    const std::string position = lines.position();
    take(parse_json(*line, position), position);
  }
  require(records > 0, "{}: there are no records in this file", path.string());
}

}  // namespace fathom::data
