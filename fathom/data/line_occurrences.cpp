#include "fathom/data/line_occurrences.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/little_endian.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* format_name = "fathom line counts";
constexpr std::int64_t format_version = 1;
constexpr std::size_t occurrence_bytes = 32, ends_bytes = 16;
constexpr std::int64_t batch = 8192;  // occurrences of a sequential read

struct DocumentEnds {
  std::int64_t occurrences = 0, near_lines = 0;
};

DocumentEnds ends_of(const RecordFile& ends, std::int64_t document) {
  if (document < 0) return {};
  std::array<char, ends_bytes> bytes;
  ends.read(document, 1, bytes.data());
  return {static_cast<std::int64_t>(load_u64(bytes.data())), static_cast<std::int64_t>(load_u64(bytes.data() + 8))};
}

std::array<char, occurrence_bytes> encoded(const LineOccurrence& line) {
  std::array<char, occurrence_bytes> bytes{};
  store_u64(bytes.data(), line.hash);
  store_u64(bytes.data() + 8, line.group);
  store_u64(bytes.data() + 16, line.document);
  store_u32(bytes.data() + 24, line.line);
  return bytes;
}

std::uint64_t chained(std::uint64_t checksum, std::string_view occurrence) {
  std::array<char, 8> before;
  store_u64(before.data(), checksum);
  Murmur3 hash;
  hash.update({before.data(), before.size()});
  hash.update(occurrence);
  return hash.finish().low;
}

// The options that decide which lines count, as the manifest has them.
OrderedJson described(const LineDuplicateOptions& options) {
  return {{"min_characters", options.min_characters},
          {"near", options.near},
          {"near_min_characters", options.near ? options.near_min_characters : 0}};
}

struct Manifest {
  std::int64_t documents = 0;
  std::string checksum;
};

Manifest read_manifest(const fs::path& directory, const LineDuplicateOptions& options) {
  const fs::path path = directory / "manifest.json";
  require(fs::is_regular_file(path), "{}: no line counts (there is no manifest.json)", directory.string());
  const Json json = read_json(path);
  const std::string origin = path.string();
  const auto format = json_get<std::string>(json, "format", origin);
  require(format == format_name, "{}: 'format' is '{}', '{}' is needed", origin, format, format_name);
  const auto version = json_get<std::int64_t>(json, "version", origin);
  require(version == format_version, "{}: version {} of the format is not known; {} is. Count again", origin, version, format_version);
  const OrderedJson expected = described(options);
  for (const auto& [key, wanted] : expected.items()) {
    const auto stored = json.find(key);
    require(stored != json.end(), "{}: required key '{}' is missing", origin, key);
    require(*stored == wanted, "{}: lines were counted with {} = {}, this run has {}; give the same value", directory.string(), key,
            stored->dump(), wanted.dump());
  }
  Manifest manifest{json_get<std::int64_t>(json, "documents", origin), json_get<std::string>(json, "checksum", origin)};
  require(manifest.documents >= 0, "{}: 'documents' is {}, which is no count", origin, manifest.documents);
  return manifest;
}

std::string hexadecimal(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace

LineOccurrences::LineOccurrences(fs::path directory, const LineDuplicateOptions& options, RecordFile::Use use, std::int64_t documents)
    : directory_(std::move(directory)),
      options_(options),
      ends_(directory_ / "documents.bin", ends_bytes, use, documents),
      occurrences_(directory_ / "occurrences.bin", occurrence_bytes, use, ends_of(ends_, documents - 1).occurrences),
      names_(directory_, use, documents) {}

LineOccurrences LineOccurrences::create(const fs::path& directory, const LineDuplicateOptions& options) {
  std::error_code error;
  fs::create_directories(directory, error);
  require(fs::is_directory(directory), "{}: the directory cannot be created: {}", directory.string(), error.message());
  require(!fs::exists(directory / "manifest.json"), "{}: there are line counts already; choose another directory", directory.string());
  return LineOccurrences(directory, options, RecordFile::Use::create, 0);
}

LineOccurrences LineOccurrences::open(const fs::path& directory, const LineDuplicateOptions& options) {
  const Manifest manifest = read_manifest(directory, options);
  LineOccurrences lines(directory, options, RecordFile::Use::read, manifest.documents);
  lines.checksum_ = lines.walk([](const LineOccurrence&) {});
  require(hexadecimal(lines.checksum_) == manifest.checksum,
          "{}: the lines are not those that the manifest's checksum was made of; they are damaged", directory.string());
  return lines;
}

LineOccurrences LineOccurrences::append_to(const fs::path& directory, const LineDuplicateOptions& options, std::int64_t documents) {
  const Manifest manifest = read_manifest(directory, options);
  if (documents < 0) documents = manifest.documents;
  require(documents <= manifest.documents, "{}: {} documents are needed to go on, but {} were counted", directory.string(), documents,
          manifest.documents);
  LineOccurrences lines(directory, options, RecordFile::Use::append, documents);
  lines.checksum_ = lines.walk([](const LineOccurrence&) {});
  require(documents < manifest.documents || hexadecimal(lines.checksum_) == manifest.checksum,
          "{}: the lines are not those that the manifest's checksum was made of; they are damaged", directory.string());
  lines.commit();  // before anything is dropped: the manifest never promises what is not there
  lines.ends_.drop_rest();
  lines.occurrences_.drop_rest();
  lines.names_.drop_rest();
  return lines;
}

std::int64_t LineOccurrences::near_lines() const { return ends_of(ends_, documents() - 1).near_lines; }

void LineOccurrences::append(std::span<LineOccurrence> lines, std::int64_t near_lines, std::string_view name) {
  for (LineOccurrence& line : lines) {
    line.document = static_cast<std::uint64_t>(documents());
    const auto bytes = encoded(line);
    occurrences_.append({bytes.data(), bytes.size()});
    checksum_ = chained(checksum_, {bytes.data(), bytes.size()});
  }
  names_.append(name.substr(0, NameFile::longest));
  std::array<char, ends_bytes> ends;
  store_u64(ends.data(), static_cast<std::uint64_t>(occurrences_.size()));
  store_u64(ends.data() + 8, static_cast<std::uint64_t>(near_lines));
  ends_.append({ends.data(), ends.size()});
}

void LineOccurrences::commit() {
  occurrences_.sync();
  names_.sync();
  ends_.sync();
  OrderedJson manifest = {{"format", format_name}, {"version", format_version}};
  manifest.update(described(options_));
  manifest["documents"] = documents();
  manifest["checksum"] = hexadecimal(checksum_);
  write_file_atomically(directory_ / "manifest.json", manifest.dump(2) + "\n");
}

void LineOccurrences::for_each(const std::function<void(const LineOccurrence&)>& visit) const {
  require(walk(visit) == checksum_, "{}: the lines changed while they were read", directory_.string());
}

std::uint64_t LineOccurrences::walk(const std::function<void(const LineOccurrence&)>& visit) const {
  std::string bytes(static_cast<std::size_t>(batch) * occurrence_bytes, '\0');
  std::uint64_t sum = 0;
  for (std::int64_t first = 0; first < occurrences_.size(); first += batch) {
    const std::int64_t count = std::min(batch, occurrences_.size() - first);
    occurrences_.read(first, count, bytes.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const char* one = bytes.data() + static_cast<std::size_t>(i) * occurrence_bytes;
      sum = chained(sum, {one, occurrence_bytes});
      const LineOccurrence line{load_u64(one), load_u64(one + 8), load_u64(one + 16), load_u32(one + 24)};
      require(line.document < static_cast<std::uint64_t>(documents()), "{}: occurrence {} is of document {}, but there are {}",
              directory_.string(), first + i, line.document, documents());
      visit(line);
    }
  }
  return sum;
}

}  // namespace fathom::data
