#include "fathom/index/int8_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/mapped_file.h"

namespace fathom::index {
namespace {

constexpr std::int64_t rows_at_once = 4096;  // their dots stay in the first-level cache
constexpr std::int64_t most_values = std::int64_t{1} << 40;

// `scale` of the row, codes to `out`.
float quantize_row(const float* row, std::int64_t width, std::int8_t* out) {
  float largest = 0.0f;
  for (std::int64_t j = 0; j < width; ++j) {
    require(std::isfinite(row[j]), "a vector has a value that is not finite");
    largest = std::max(largest, std::abs(row[j]));
  }
  if (largest == 0.0f) {
    std::fill_n(out, width, std::int8_t{0});
    return 0.0f;
  }
  const float to_code = 127.0f / largest;
  for (std::int64_t j = 0; j < width; ++j) out[j] = static_cast<std::int8_t>(std::clamp(std::nearbyint(row[j] * to_code), -127.0f, 127.0f));
  return largest / 127.0f;
}

}  // namespace

Int8Vectors quantize(const float* vectors, std::int64_t count, std::int64_t width) {
  Int8Vectors out{count, width, {}, {}};
  out.codes.resize(static_cast<std::size_t>(count * width));
  out.scales.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    out.scales[static_cast<std::size_t>(i)] = quantize_row(vectors + i * width, width, out.codes.data() + i * width);
  return out;
}

void write_int8_vectors(const std::filesystem::path& path, const Int8Vectors& vectors) {
  const std::uint64_t scale_bytes = vectors.scales.size() * sizeof(float), code_bytes = vectors.codes.size();
  OrderedJson header = OrderedJson::object();
  header["scales"] = {{"dtype", "F32"}, {"shape", {vectors.count}}, {"data_offsets", {0, scale_bytes}}};
  header["codes"] = {{"dtype", "I8"}, {"shape", {vectors.count, vectors.width}}, {"data_offsets", {scale_bytes, scale_bytes + code_bytes}}};
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  AtomicFile file(path);
  char length[8];
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  file.write({length, 8});
  file.write(text);
  file.write(vectors.scales.data(), scale_bytes);
  file.write(vectors.codes.data(), code_bytes);
  file.commit();
}

struct Int8Search::State {
  Int8Vectors owned;
  std::optional<data::MappedFile> file;
  std::int64_t count = 0, width = 0;
  const std::int8_t* codes = nullptr;
  const float* scales = nullptr;
};

Int8Search::Int8Search(std::unique_ptr<State> state) : state_(std::move(state)) {}
Int8Search::Int8Search(Int8Search&&) noexcept = default;
Int8Search& Int8Search::operator=(Int8Search&&) noexcept = default;
Int8Search::~Int8Search() = default;

Int8Search::Int8Search(Int8Vectors vectors) : state_(std::make_unique<State>()) {
  state_->owned = std::move(vectors);
  state_->count = state_->owned.count;
  state_->width = state_->owned.width;
  state_->codes = state_->owned.codes.data();
  state_->scales = state_->owned.scales.data();
}

Int8Search Int8Search::open(const std::filesystem::path& path) {
  const std::string origin = path.string();
  auto state = std::make_unique<State>();
  state->file.emplace(path);
  const std::string_view bytes = state->file->bytes();
  std::uint64_t header_size = 0;
  require(bytes.size() >= 8, "{}: {} bytes are too few for a file of vectors", origin, bytes.size());
  for (int i = 7; i >= 0; --i) header_size = header_size << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  require(header_size <= bytes.size() - 8, "{}: no safetensors file, or truncated: its header would take {} of {} bytes", origin,
          header_size, bytes.size());
  const Json header = parse_json(bytes.substr(8, header_size), origin);
  const std::string_view data = bytes.substr(8 + header_size);
  const auto tensor = [&](const char* name, const char* dtype, std::size_t dimensions, std::uint64_t value_bytes) {
    const Json entry = json_get<Json>(header, name, origin);
    const auto shape = json_get<std::vector<std::int64_t>>(entry, "shape", origin);
    const auto offsets = json_get<std::vector<std::uint64_t>>(entry, "data_offsets", origin);
    require(json_get<std::string>(entry, "dtype", origin) == dtype && shape.size() == dimensions && offsets.size() == 2,
            "{}: '{}' is expected to be {} with {} dimensions", origin, name, dtype, dimensions);
    std::uint64_t size = value_bytes;
    for (const std::int64_t n : shape) {
      require(n >= 0 && n <= most_values &&
                  size <= static_cast<std::uint64_t>(most_values) / std::max<std::uint64_t>(1, static_cast<std::uint64_t>(n)),
              "{}: the shape of '{}' is not possible", origin, name);
      size *= static_cast<std::uint64_t>(n);
    }
    require(offsets[0] <= offsets[1] && offsets[1] - offsets[0] == size && offsets[1] <= data.size() && offsets[0] % value_bytes == 0,
            "{}: the file is truncated or damaged: '{}' should have {} bytes; make the index again", origin, name, size);
    return std::pair(shape, data.data() + offsets[0]);
  };
  const auto [code_shape, codes] = tensor("codes", "I8", 2, 1);
  const auto [scale_shape, scales] = tensor("scales", "F32", 1, 4);
  require(code_shape[0] == scale_shape[0], "{}: {} vectors, but {} scales", origin, code_shape[0], scale_shape[0]);
  state->count = code_shape[0];
  state->width = code_shape[1];
  state->codes = reinterpret_cast<const std::int8_t*>(codes);
  state->scales = reinterpret_cast<const float*>(scales);  // the header is padded to 8 bytes when written
  require(reinterpret_cast<std::uintptr_t>(scales) % alignof(float) == 0, "{}: the scales do not begin at a multiple of 4 bytes", origin);
  return Int8Search(std::move(state));
}

std::int64_t Int8Search::size() const { return state_->count; }
std::int64_t Int8Search::width() const { return state_->width; }

std::vector<VectorHit> Int8Search::search(const float* query, std::int64_t k) const {
  const State& s = *state_;
  std::vector<std::int8_t> code(static_cast<std::size_t>(s.width));
  const float query_scale = quantize_row(query, s.width, code.data());
  const auto better = [](const VectorHit& a, const VectorHit& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; };
  // The worst of the best k lies on top of the heap.
  std::vector<VectorHit> best;
  std::vector<std::int32_t> dots(static_cast<std::size_t>(rows_at_once));
  for (std::int64_t begin = 0; begin < s.count && k > 0; begin += rows_at_once) {
    const std::int64_t count = std::min(rows_at_once, s.count - begin);
    int8_dots(code.data(), s.codes + begin * s.width, count, s.width, dots.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const VectorHit hit{begin + i, static_cast<float>(dots[static_cast<std::size_t>(i)]) * s.scales[begin + i] * query_scale};
      if (static_cast<std::int64_t>(best.size()) < k) {
        best.push_back(hit);
        std::push_heap(best.begin(), best.end(), better);
      } else if (better(hit, best.front())) {
        std::pop_heap(best.begin(), best.end(), better);
        best.back() = hit;
        std::push_heap(best.begin(), best.end(), better);
      }
    }
  }
  std::sort(best.begin(), best.end(), better);
  return best;
}

}  // namespace fathom::index
