#include "fathom/data/records.h"

#include <algorithm>
#include <array>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::data {
namespace {

// A list whose text begins with `text` and goes on in the lines that follow.
Json read_list(std::string text, LineReader& lines, const std::string& origin) {
  while (const auto line = lines.next()) {
    text += '\n';
    text += *line;
  }
  return parse_json(text, origin);
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
      const Json list = read_list(std::string(*line), lines, path.string());
      for (const Json& record : list) take(record, fmt::format("{}: record {}", path.string(), records + 1));
      break;
    }
    const std::string position = lines.position();
    take(parse_json(*line, position), position);
  }
  require(records > 0, "{}: there are no records in this file", path.string());
}

}  // namespace fathom::data
