#include "fathom/index/vector_cells.h"

#include <algorithm>
#include <bit>

#include "fathom/base/error.h"
#include "fathom/index/keep_best.h"
#include "fathom/index/random_rotation.h"
#include "fathom/index/sign_codes.h"

namespace fathom::index {
namespace {

constexpr float sureness = 1.9f;  // standard deviations that a vector may be better than estimated and still be looked at
constexpr std::int64_t cache_line = 64;

template <typename Value>
std::span<const Value> values_of(const TensorFile& file, const char* name, const char* dtype, std::size_t dimensions) {
  const TensorFile::Tensor tensor = file.tensor(name, dtype, dimensions);
  std::int64_t count = 1;
  for (const std::int64_t n : tensor.shape) count *= n;
  return {reinterpret_cast<const Value*>(tensor.data), static_cast<std::size_t>(count)};
}

}  // namespace

VectorCells::VectorCells(const std::filesystem::path& path, const VectorSegment& segment, const std::string& sha256)
    : file_(path), width_(segment.width()) {
  const std::string origin = path.string();
  require(sha256.empty() || fathom::sha256(file_.bytes()) == sha256,
          "{}: the file is damaged: its checksum is not the one that the index remembers; `fathom index repair` makes it again", origin);
  const auto rotation = values_of<float>(file_, "rotation", "F32", 2);
  rotation_ = rotation.data();
  centre_codes_ = values_of<std::int8_t>(file_, "centre_codes", "I8", 2);
  centre_scales_ = values_of<float>(file_, "centre_scales", "F32", 1);
  centre_signs_ = values_of<std::uint8_t>(file_, "centre_signs", "U8", 2);
  centre_factors_ = values_of<float>(file_, "centre_factors", "F32", 1);
  centre_errors_ = values_of<float>(file_, "centre_errors", "F32", 1);
  blocks_ = values_of<std::int64_t>(file_, "blocks", "I64", 1);
  rows_ = values_of<std::int32_t>(file_, "rows", "I32", 1);
  signs_ = values_of<std::uint8_t>(file_, "signs", "U8", 2);
  factors_ = values_of<float>(file_, "factors", "F32", 1);
  errors_ = values_of<float>(file_, "errors", "F32", 1);
  const auto width = static_cast<std::size_t>(width_), bytes = static_cast<std::size_t>(sign_block_bytes(width_)),
             cells = centre_scales_.size(), centre_blocks = centre_factors_.size() / sign_block, blocks = rows_.size() / sign_block;
  bool sound = rotation.size() == width * width && cells > 0 && centre_codes_.size() == cells * width &&
               centre_blocks * sign_block >= cells && centre_factors_.size() == centre_blocks * sign_block &&
               centre_errors_.size() == centre_factors_.size() && centre_signs_.size() == centre_blocks * bytes &&
               blocks_.size() == cells + 1 && blocks_.front() == 0 && blocks_.back() == static_cast<std::int64_t>(blocks) &&
               rows_.size() == blocks * sign_block && signs_.size() == blocks * bytes && factors_.size() == rows_.size() &&
               errors_.size() == rows_.size() && std::is_sorted(blocks_.begin(), blocks_.end());
  std::int64_t found = 0;
  for (std::size_t i = 0; sound && i < rows_.size(); ++i) {
    sound = rows_[i] >= -1 && rows_[i] < segment.rows();
    found += rows_[i] >= 0 ? 1 : 0;
  }
  require(sound && found == segment.rows(),
          "{}: the cells are not those of the segment's {} vectors, or damaged; `fathom index repair` makes them again", origin,
          segment.rows());
}

std::vector<std::pair<float, std::int32_t>> VectorCells::nearest_cells(const std::vector<float>& rotated, const SignQuery& query,
                                                                       std::int64_t probes) const {
  const QuantizedQuery quantized(rotated);
  const std::int64_t bytes = sign_block_bytes(width_);
  std::vector<std::pair<float, std::int32_t>> best;  // a heap, the worst on top
  const auto better = [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; };
  float bounds[sign_block];
  for (std::int64_t block = 0; block * sign_block < cells(); ++block) {
    const float least = static_cast<std::int64_t>(best.size()) < probes ? -std::numeric_limits<float>::infinity() : best.front().first;
    std::uint32_t found = sign_scan(query, centre_signs_.data() + block * bytes, centre_factors_.data() + block * sign_block,
                                    centre_errors_.data() + block * sign_block, 0.0f, sureness, least, bounds);
    for (; found != 0; found &= found - 1) {
      const std::int64_t cell = block * sign_block + std::countr_zero(found);
      std::int32_t dot;
      int8_dots(quantized.codes.data(), centre_codes_.data() + cell * width_, 1, width_, &dot);
      const std::pair hit(static_cast<float>(dot) * centre_scales_[static_cast<std::size_t>(cell)] * quantized.scale,
                          static_cast<std::int32_t>(cell));
      keep_best(best, probes, hit, better);
    }
  }
  std::sort(best.begin(), best.end(), better);
  return best;
}

void VectorCells::search(const VectorSegment& segment, const QuantizedQuery& query, const PageMask& mask, std::int64_t probes,
                         BestPages& best) const {
  std::vector<float> vector(static_cast<std::size_t>(width_)), rotated(vector.size());
  for (std::size_t j = 0; j < vector.size(); ++j) vector[j] = static_cast<float>(query.codes[j]) * query.scale;
  rotate(rotation_, vector.data(), width_, rotated.data());
  const SignQuery signs(rotated);
  const std::int64_t bytes = sign_block_bytes(width_);

  struct Candidate {
    float bound;
    std::int32_t row;
  };
  std::vector<Candidate> candidates;
  const auto compare = [&] {
    for (const Candidate& candidate : candidates) {
      if (candidate.bound <= best.least()) continue;
      std::int32_t dot;
      int8_dots(query.codes.data(), segment.codes(candidate.row), 1, width_, &dot);
      if (static_cast<float>(dot) * segment.scale(candidate.row) * query.scale < best.least()) continue;
      const std::size_t place = segment.place_of_row(candidate.row);
      if (mask.empty() || mask[place] != 0) best.offer_again(segment.score_place(query, place));
    }
    candidates.clear();
  };
  float bounds[sign_block];
  for (const auto& [offset, cell] : nearest_cells(rotated, signs, probes)) {
    for (std::int64_t block = blocks_[static_cast<std::size_t>(cell)]; block < blocks_[static_cast<std::size_t>(cell) + 1]; ++block) {
      std::uint32_t found = sign_scan(signs, signs_.data() + block * bytes, factors_.data() + block * sign_block,
                                      errors_.data() + block * sign_block, offset, sureness, best.least(), bounds);
      for (; found != 0; found &= found - 1) {
        const int at = std::countr_zero(found);
        const std::int32_t row = rows_[static_cast<std::size_t>(block * sign_block + at)];
        for (std::int64_t byte = 0; byte < width_; byte += cache_line) __builtin_prefetch(segment.codes(row) + byte);
        candidates.push_back({bounds[at], row});
      }
      if (candidates.size() >= sign_block) compare();
    }
  }
  compare();
}

}  // namespace fathom::index
