#include "fathom/index/int8_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/index/keep_best.h"
#include "fathom/index/tensor_file.h"

namespace fathom::index {
namespace {

constexpr std::int64_t rows_at_once = 4096;  // their dots stay in the first-level cache

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
  TensorFileWriter file(path, {{"scales", "F32", {vectors.count}}, {"codes", "I8", {vectors.count, vectors.width}}});
  file.write(vectors.scales);
  file.write(vectors.codes);
  file.commit();
}

struct Int8Search::State {
  Int8Vectors owned;
  std::optional<TensorFile> file;
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
  auto state = std::make_unique<State>();
  const TensorFile& file = state->file.emplace(path);
  const TensorFile::Tensor codes = file.tensor("codes", "I8", 2), scales = file.tensor("scales", "F32", 1);
  require(codes.shape[0] == scales.shape[0], "{}: {} vectors, but {} scales", path.string(), codes.shape[0], scales.shape[0]);
  state->count = codes.shape[0];
  state->width = codes.shape[1];
  state->codes = reinterpret_cast<const std::int8_t*>(codes.data);
  state->scales = reinterpret_cast<const float*>(scales.data);
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
      keep_best(best, k, hit, better);
    }
  }
  std::sort(best.begin(), best.end(), better);
  return best;
}

}  // namespace fathom::index
