#include "fathom/data/prepare/text_chunk.h"

#include <cstddef>
#include <cstring>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/fingerprint.h"
#include "fathom/data/mapped_file.h"

namespace fathom::data {
namespace {

struct RecordHeader {
  std::uint64_t hash, text_size, place_size;
  std::int64_t signature;
  std::int64_t source;
  std::uint64_t checksum;  // of the above, the text and the place
};

std::uint64_t checksum_of(const RecordHeader& header, std::string_view text, std::string_view place) {
  const std::string_view fields(reinterpret_cast<const char*>(&header), offsetof(RecordHeader, checksum));
  return murmur3(fields).low ^ murmur3(text).high ^ murmur3(place).low;
}

}  // namespace

void write_text_chunk(const std::filesystem::path& path, const std::vector<KeptDocument>& documents) {
  AtomicFile file(path);
  for (const KeptDocument& document : documents) {
    RecordHeader header = {document.hash, document.text.size(), document.place.size(), document.signature, document.source, 0};
    header.checksum = checksum_of(header, document.text, document.place);
    file.write(&header, sizeof header);
    file.write(document.text);
    file.write(document.place);
  }
  file.commit();
}

std::vector<KeptDocument> read_text_chunk(const std::filesystem::path& path) {
  const MappedFile file(path);
  std::string_view rest = file.bytes();
  std::vector<KeptDocument> documents;
  while (!rest.empty()) {
    RecordHeader header{};
    require(rest.size() >= sizeof header, "{}: the file is damaged", path.string());
    std::memcpy(&header, rest.data(), sizeof header);
    rest.remove_prefix(sizeof header);
    require(header.text_size <= rest.size() && header.place_size <= rest.size() - header.text_size, "{}: the file is damaged",
            path.string());
    const std::string_view text = rest.substr(0, header.text_size), place = rest.substr(header.text_size, header.place_size);
    require(header.checksum == checksum_of(header, text, place), "{}: the file is damaged", path.string());
    documents.push_back({std::string(text), std::string(place), header.hash, static_cast<std::int32_t>(header.source), header.signature});
    rest.remove_prefix(header.text_size + header.place_size);
  }
  return documents;
}

}  // namespace fathom::data
