#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/cli/ordered_parallel.h"
#include "fathom/cli/tokenizer_records.h"

namespace fathom::cli {
namespace {

constexpr std::size_t chunk_bytes = 1 << 18;

struct Chunk {
  std::vector<std::pair<std::string, std::string>> records;  // JSON, and where it stands
  std::size_t bytes = 0;
};

}  // namespace

int threads_or_all(int asked) { return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

Progress progress_through(const std::string& input, const std::string& label, bool quiet) {
  constexpr std::uintmax_t large = 4 << 20;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(input, error);  // an error for a pipe
  const std::string extension = std::filesystem::path(input).extension().string();
  const bool compressed = extension == ".gz" || extension == ".xz" || extension == ".zst" || extension == ".zstd";
  return {label, compressed || error ? 0 : static_cast<std::int64_t>(size), "byte", quiet || error || size < large};
}

void print_line_for_each_record(const RecordRun& run,
                                const std::function<std::string(const Json& record, const std::string& position)>& line_of) {
  struct Lines {
    std::string text;
    std::size_t records = 0, bytes = 0;  // of the input
  };
  Progress progress = progress_through(run.input, run.label, run.quiet);
  std::int64_t records = 0, bytes = 0;
  OrderedParallel<Chunk, Lines> workers(
      threads_or_all(run.threads),
      [&](const Chunk& chunk) {
        Lines lines;
        for (const auto& [json, position] : chunk.records) {
          const Json record = parse_json(json, position);
          require(record.is_object(), "{}: a JSON object is expected, found {}", position, record.type_name());
          lines.text += line_of(record, position);
          lines.text += '\n';
        }
        lines.records = chunk.records.size();
        lines.bytes = chunk.bytes;
        return lines;
      },
      [&](Lines lines) {
        std::fwrite(lines.text.data(), 1, lines.text.size(), stdout);
        records += static_cast<std::int64_t>(lines.records);
        bytes += static_cast<std::int64_t>(lines.bytes);
        progress.update(bytes, format_count(static_cast<double>(records)) + " records");
      });

  Chunk chunk;
  const auto add = [&](std::string json, std::string position) {
    chunk.bytes += json.size() + 1;
    chunk.records.emplace_back(std::move(json), std::move(position));
    if (chunk.bytes >= chunk_bytes) workers.push(std::exchange(chunk, {}));
  };
  LineReader lines(run.input);
  bool any = false;
  while (const auto line = lines.next()) {
    const std::size_t first = line->find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) continue;
    if (!any && (*line)[first] == '[') {  // one list, over all lines
      std::string whole(*line);
      while (const auto more = lines.next()) (whole += '\n') += *more;
      std::int64_t number = 0;
      for (const Json& record : parse_json(whole, run.input)) {
        add(record.dump(), fmt::format("{}: record {}", run.input, ++number));
        any = true;
      }
      break;
    }
    any = true;
    add(std::string(*line), lines.position());
  }
  require(any, "{}: there are no records in this file", run.input);
  workers.push(std::move(chunk));
  workers.finish();
  progress.finish();
}

}  // namespace fathom::cli
