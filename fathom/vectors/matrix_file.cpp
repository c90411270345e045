#include "fathom/vectors/matrix_file.h"

#include <cstring>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/mapped_file.h"

namespace fathom::vectors {

void write_matrix(const std::filesystem::path& path, const std::string& name, std::int64_t rows, std::int64_t columns,
                  const float* values) {
  const std::uint64_t bytes = static_cast<std::uint64_t>(rows * columns) * sizeof(float);
  OrderedJson header = OrderedJson::object();
  header["__metadata__"] = {{"format", "pt"}};
  header[name] = {{"dtype", "F32"}, {"shape", {rows, columns}}, {"data_offsets", {0, bytes}}};
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begins at a multiple of 8
  AtomicFile file(path);
  char length[8];
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  file.write({length, 8});
  file.write(text);
  file.write(values, bytes);
  file.commit();
}

Matrix read_matrix(const std::filesystem::path& path, const std::string& name) {
  const std::string origin = path.string();
  const data::MappedFile file(path);
  const std::string_view bytes = file.bytes();
  std::uint64_t header_size = 0;
  require(bytes.size() >= sizeof header_size, "{}: {} bytes are too few for a safetensors file", origin, bytes.size());
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  require(header_size <= bytes.size() - sizeof header_size,
          "{}: not a safetensors file, or truncated: its header would take {} of {} bytes", origin, header_size, bytes.size());
  const Json header = parse_json(bytes.substr(sizeof header_size, header_size), origin);
  const Json entry = json_get<Json>(header, name, origin);
  const auto dtype = json_get<std::string>(entry, "dtype", origin);
  const auto shape = json_get<std::vector<std::int64_t>>(entry, "shape", origin);
  const auto offsets = json_get<std::vector<std::uint64_t>>(entry, "data_offsets", origin);
  constexpr std::int64_t most = std::int64_t{1} << 40;
  require(dtype == "F32" && shape.size() == 2 && offsets.size() == 2 && shape[0] >= 0 && shape[1] >= 0 &&
              (shape[1] == 0 || shape[0] <= most / shape[1]),
          "{}: '{}' is expected to be an F32 matrix", origin, name);
  Matrix matrix{shape[0], shape[1], {}};
  const std::uint64_t size = static_cast<std::uint64_t>(shape[0] * shape[1]) * sizeof(float);
  const std::string_view data = bytes.substr(sizeof header_size + header_size);
  require(offsets[0] <= offsets[1] && offsets[1] - offsets[0] == size && offsets[1] <= data.size(),
          "{}: the file is truncated or damaged: '{}' should have {} bytes", origin, name, size);
  matrix.values.resize(static_cast<std::size_t>(shape[0] * shape[1]));
  if (size > 0) std::memcpy(matrix.values.data(), data.data() + offsets[0], size);
  return matrix;
}

}  // namespace fathom::vectors
