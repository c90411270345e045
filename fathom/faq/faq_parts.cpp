#include "fathom/faq/faq_parts.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/sha256.h"
#include "fathom/data/mapped_file.h"

namespace fathom::faq {
namespace {

namespace fs = std::filesystem;

constexpr const char *parts_file = "faq.json", *format_name = "fathom_faq";
constexpr std::int64_t format_version = 2;
constexpr std::uint64_t small_file = 4 << 20, sampled_blocks = 64, block_bytes = 4096;

std::string sample_digest(const fs::path& file) {
  const data::MappedFile mapped(file);
  const std::string_view bytes = mapped.bytes();
  if (bytes.size() <= small_file) return sha256(bytes);
  Sha256 hash;
  for (std::uint64_t i = 0; i < sampled_blocks; ++i)
    hash.update(bytes.substr((bytes.size() - block_bytes) / (sampled_blocks - 1) * i, block_bytes));
  hash.update(bytes.substr(bytes.size() - block_bytes));
  return hash.finish();
}

}  // namespace

std::string digest_of_words(const std::vector<std::vector<std::uint32_t>>& words) {
  Sha256 hash;
  for (const std::vector<std::uint32_t>& entry : words) {
    const auto count = static_cast<std::uint32_t>(entry.size());  // "a b" and "c" are not "a" and "b c"
    hash.update({reinterpret_cast<const char*>(&count), sizeof count});
    hash.update({reinterpret_cast<const char*>(entry.data()), entry.size() * sizeof(std::uint32_t)});
  }
  return hash.finish();
}

void write_parts(const fs::path& directory, const std::string& words_digest) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && entry.path().filename() != parts_file) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  OrderedJson parts = OrderedJson::array();
  for (const fs::path& file : files) {
    parts.push_back({{"file", file.lexically_relative(directory).generic_string()},
                     {"bytes", fs::file_size(file)},
                     {"sha256", sha256_of_file(file)},
                     {"sample_sha256", sample_digest(file)}});
  }
  OrderedJson manifest = {{"format", format_name}, {"format_version", format_version}, {"words_sha256", words_digest}};
  manifest["build"] = sha256(parts.dump() + words_digest).substr(0, 16);
  manifest["parts"] = parts;
  write_file_atomically(directory / parts_file, manifest.dump(2) + "\n");
}

std::string check_parts(const fs::path& directory, PartCheck check) {
  const fs::path path = directory / parts_file;
  const std::string origin = path.string();
  require(fs::exists(path), "{}: {} is missing: the FAQ was not completed, or an earlier version made it; build it again",
          directory.string(), parts_file);
  const Json manifest = read_json(path);
  const auto format = json_get<std::string>(manifest, "format", origin);
  require(format == format_name, "{}: 'format' is '{}'; a FAQ has '{}'", origin, format, format_name);
  const auto version = json_get<std::int64_t>(manifest, "format_version", origin);
  require(version == format_version, "{}: the FAQ has format version {}, this program reads version {}; build it again", origin, version,
          format_version);
  for (const Json& part : json_get<std::vector<Json>>(manifest, "parts", origin)) {
    if (check == PartCheck::none) break;
    const auto name = json_get<std::string>(part, "file", origin);
    const auto bytes = json_get<std::uint64_t>(part, "bytes", origin);
    const fs::path file = directory / fs::path(name);
    require(fs::is_regular_file(file), "{}: the file is missing, though the FAQ was built with it; build the FAQ again", file.string());
    const std::uint64_t size = fs::file_size(file);
    require(size == bytes, "{}: the file has {} bytes, but was built with {}: it is truncated, or not of this FAQ; build the FAQ again",
            file.string(), size, bytes);
    const bool same = check == PartCheck::full ? sha256_of_file(file) == json_get<std::string>(part, "sha256", origin)
                                               : sample_digest(file) == json_get<std::string>(part, "sample_sha256", origin);
    require(same,
            "{}: this is not the file that the FAQ was built with: it was changed, or the parts are not of one FAQ; build the FAQ again",
            file.string());
  }
  return json_get<std::string>(manifest, "words_sha256", origin);
}

}  // namespace fathom::faq
