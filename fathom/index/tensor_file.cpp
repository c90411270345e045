#include "fathom/index/tensor_file.h"

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::index {
namespace {

constexpr std::int64_t most_values = std::int64_t{1} << 40;

std::uint64_t bytes_of_value(std::string_view dtype) {
  if (dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  return 1;
}

}  // namespace

TensorFile::TensorFile(const std::filesystem::path& path) : origin_(path.string()), file_(path) {
  const std::string_view bytes = file_.bytes();
  std::uint64_t header_size = 0;
  require(bytes.size() >= 8, "{}: {} bytes are too few for a file of vectors", origin_, bytes.size());
  for (int i = 7; i >= 0; --i) header_size = header_size << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  require(header_size <= bytes.size() - 8, "{}: no safetensors file, or truncated: its header would take {} of {} bytes", origin_,
          header_size, bytes.size());
  header_ = parse_json(bytes.substr(8, header_size), origin_);
  data_ = bytes.substr(8 + header_size);
}

TensorFile::Tensor TensorFile::tensor(const char* name, const char* dtype, std::size_t dimensions) const {
  const Json entry = json_get<Json>(header_, name, origin_);
  const auto shape = json_get<std::vector<std::int64_t>>(entry, "shape", origin_);
  const auto offsets = json_get<std::vector<std::uint64_t>>(entry, "data_offsets", origin_);
  require(json_get<std::string>(entry, "dtype", origin_) == dtype && shape.size() == dimensions && offsets.size() == 2,
          "{}: '{}' is expected to be {} with {} dimensions", origin_, name, dtype, dimensions);
  const std::uint64_t value_bytes = bytes_of_value(dtype);
  std::uint64_t size = value_bytes;
  for (const std::int64_t n : shape) {
    require(n >= 0 && n <= most_values &&
                size <= static_cast<std::uint64_t>(most_values) / std::max<std::uint64_t>(1, static_cast<std::uint64_t>(n)),
            "{}: the shape of '{}' is not possible", origin_, name);
    size *= static_cast<std::uint64_t>(n);
  }
  require(offsets[0] <= offsets[1] && offsets[1] - offsets[0] == size && offsets[1] <= data_.size(),
          "{}: the file is truncated or damaged: '{}' should have {} bytes; make the index again", origin_, name, size);
  const char* data = data_.data() + offsets[0];
  require(reinterpret_cast<std::uintptr_t>(data) % value_bytes == 0, "{}: '{}' does not begin at a multiple of {} bytes", origin_, name,
          value_bytes);
  return {shape, data};
}

TensorFileWriter::TensorFileWriter(const std::filesystem::path& path, const std::vector<Description>& tensors)
    : origin_(path.string()), file_(path) {
  OrderedJson header = OrderedJson::object();
  for (const Description& tensor : tensors) {
    std::uint64_t size = bytes_of_value(tensor.dtype);
    for (const std::int64_t n : tensor.shape) size *= static_cast<std::uint64_t>(n);
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {expected_, expected_ + size}}};
    expected_ += size;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  char length[8];
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  expected_ += 8 + text.size();
  write(length, 8);
  write(text.data(), text.size());
}

void TensorFileWriter::write(const void* data, std::size_t size) {
  const std::string_view bytes(static_cast<const char*>(data), size);
  file_.write(bytes);
  hash_.update(bytes);
  size_ += size;
}

TensorFileWriter::Written TensorFileWriter::commit() {
  require(size_ == expected_, "{}: {} bytes were written where {} were announced", origin_, size_, expected_);
  file_.commit();
  return {static_cast<std::int64_t>(size_), hash_.finish()};
}

}  // namespace fathom::index
