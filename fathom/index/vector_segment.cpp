#include "fathom/index/vector_segment.h"

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::index {
namespace {

constexpr std::int64_t rows_at_once = 4096;  // their dots stay in the first-level cache

std::vector<TensorFileWriter::Description> segment_tensors(std::int64_t pages, std::int64_t rows, std::int64_t width) {
  return {{"pages", "I64", {pages}},
          {"begins", "I64", {pages + 1}},
          {"sentences", "I32", {rows}},
          {"scales", "F32", {rows}},
          {"codes", "I8", {rows, width}}};
}

template <typename Value>
std::span<const Value> values_of(const TensorFile& file, const char* name, const char* dtype) {
  const TensorFile::Tensor tensor = file.tensor(name, dtype, 1);
  return {reinterpret_cast<const Value*>(tensor.data), static_cast<std::size_t>(tensor.shape[0])};
}

bool better(const PageVectorHit& a, const PageVectorHit& b) { return a.score != b.score ? a.score > b.score : a.page < b.page; }

}  // namespace

void SegmentRows::add(std::int64_t page, const std::vector<PageVector>& vectors) {
  if (vectors.empty()) return;
  for (const PageVector& vector : vectors) {
    const Int8Vectors row = quantize(vector.values.data(), 1, width_);
    codes_.insert(codes_.end(), row.codes.begin(), row.codes.end());
    scales_.push_back(row.scales[0]);
    sentences_.push_back(static_cast<std::int32_t>(vector.sentence));
  }
  numbers_.push_back(page);
  begins_.push_back(static_cast<std::int64_t>(scales_.size()));
}

std::int64_t SegmentRows::bytes() const { return static_cast<std::int64_t>(codes_.size() + 8 * scales_.size() + 16 * numbers_.size()); }

TensorFileWriter::Written write_segment(const std::filesystem::path& path, const SegmentRows& rows) {
  TensorFileWriter file(path, segment_tensors(rows.pages(), static_cast<std::int64_t>(rows.scales_.size()), rows.width_));
  file.write(rows.numbers_);
  file.write(rows.begins_);
  file.write(rows.sentences_);
  file.write(rows.scales_);
  file.write(rows.codes_);
  return file.commit();
}

TensorFileWriter::Written merge_segments(const std::filesystem::path& path, std::int64_t width,
                                         std::span<const VectorSegment* const> sources, const std::function<bool(std::int64_t)>& keep) {
  std::vector<std::int64_t> numbers, begins = {0};
  struct Run {  // of rows that are kept
    const VectorSegment* source;
    std::int64_t begin, end;
  };
  std::vector<Run> runs;
  for (const VectorSegment* source : sources) {
    for (std::size_t i = 0; i < source->numbers_.size(); ++i) {
      if (!keep(source->numbers_[i])) continue;
      const std::int64_t begin = source->begins_[i], end = source->begins_[i + 1];
      numbers.push_back(source->numbers_[i]);
      begins.push_back(begins.back() + end - begin);
      if (!runs.empty() && runs.back().source == source && runs.back().end == begin)
        runs.back().end = end;
      else
        runs.push_back({source, begin, end});
    }
  }
  TensorFileWriter file(path, segment_tensors(static_cast<std::int64_t>(numbers.size()), begins.back(), width));
  file.write(numbers);
  file.write(begins);
  const auto write_runs = [&](std::int64_t row_bytes, auto&& data_of) {
    for (const Run& run : runs)
      file.write(data_of(*run.source) + run.begin * row_bytes, static_cast<std::size_t>((run.end - run.begin) * row_bytes));
  };
  write_runs(4, [](const VectorSegment& s) { return reinterpret_cast<const char*>(s.sentences_.data()); });
  write_runs(4, [](const VectorSegment& s) { return reinterpret_cast<const char*>(s.scales_); });
  write_runs(width, [](const VectorSegment& s) { return reinterpret_cast<const char*>(s.codes_); });
  return file.commit();
}

QuantizedQuery::QuantizedQuery(std::span<const float> vector) {
  Int8Vectors quantized = quantize(vector.data(), 1, static_cast<std::int64_t>(vector.size()));
  codes = std::move(quantized.codes);
  scale = quantized.scales[0];
}

void BestPages::offer(const PageVectorHit& hit) {
  if (static_cast<std::int64_t>(heap_.size()) < k_) {
    heap_.push_back(hit);
    std::push_heap(heap_.begin(), heap_.end(), better);
  } else if (k_ > 0 && better(hit, heap_.front())) {
    std::pop_heap(heap_.begin(), heap_.end(), better);
    heap_.back() = hit;
    std::push_heap(heap_.begin(), heap_.end(), better);
  }
}

void BestPages::offer_again(const PageVectorHit& hit) {
  if (full() && (heap_.empty() || !better(hit, heap_.front()))) return;
  if (std::none_of(heap_.begin(), heap_.end(), [&](const PageVectorHit& other) { return other.page == hit.page; })) offer(hit);
}

std::vector<PageVectorHit> BestPages::take() {
  std::sort(heap_.begin(), heap_.end(), better);
  return std::move(heap_);
}

VectorSegment::VectorSegment(const std::filesystem::path& path, std::int64_t width, const std::string& sha256)
    : file_(path), width_(width) {
  const std::string origin = path.string();
  require(sha256.empty() || fathom::sha256(file_.bytes()) == sha256,
          "{}: the file is damaged: its checksum is not the one that the index remembers; `fathom index repair` makes it again", origin);
  const TensorFile::Tensor codes = file_.tensor("codes", "I8", 2);
  require(codes.shape[1] == width, "{}: vectors of width {}, but the index has width {}", origin, codes.shape[1], width);
  numbers_ = values_of<std::int64_t>(file_, "pages", "I64");
  begins_ = values_of<std::int64_t>(file_, "begins", "I64");
  sentences_ = values_of<std::int32_t>(file_, "sentences", "I32");
  const auto scales = values_of<float>(file_, "scales", "F32");
  scales_ = scales.data();
  codes_ = reinterpret_cast<const std::int8_t*>(codes.data);
  const auto rows = static_cast<std::size_t>(codes.shape[0]);
  bool sound = scales.size() == rows && sentences_.size() == rows && begins_.size() == numbers_.size() + 1 && begins_.front() == 0 &&
               begins_.back() == codes.shape[0];
  for (std::size_t i = 0; sound && i < numbers_.size(); ++i)
    sound = begins_[i] < begins_[i + 1] && begins_[i + 1] <= codes.shape[0] && begins_[i + 1] - begins_[i] <= most_vectors_per_page &&
            (i == 0 || numbers_[i - 1] < numbers_[i]);
  require(sound, "{}: the parts of the file do not fit together: it is damaged; `fathom index repair` makes it again", origin);
}

PageVectorHit VectorSegment::best_row(std::size_t page, const std::int32_t* dots, float query_scale) const {
  const std::int64_t begin = begins_[page], count = begins_[page + 1] - begin;
  std::int64_t best = 0;
  float score = static_cast<float>(dots[0]) * scales_[begin];
  for (std::int64_t i = 1; i < count; ++i) {
    const float other = static_cast<float>(dots[i]) * scales_[begin + i];
    if (other > score) {
      score = other;
      best = i;
    }
  }
  return {numbers_[page], score * query_scale, sentences_[static_cast<std::size_t>(begin + best)]};
}

void VectorSegment::scan(const QuantizedQuery& query, const PageMask& mask, BestPages& best) const {
  std::vector<std::int32_t> dots(static_cast<std::size_t>(rows_at_once));
  const std::size_t pages = numbers_.size();
  for (std::size_t first = 0; first < pages;) {
    if (!mask.empty() && mask[first] == 0) {
      ++first;
      continue;
    }
    std::size_t last = first;  // a run of pages that are all wanted
    while (last < pages && (mask.empty() || mask[last] != 0) && begins_[last + 1] - begins_[first] <= rows_at_once) ++last;
    int8_dots(query.codes.data(), codes_ + begins_[first] * width_, begins_[last] - begins_[first], width_, dots.data());
    for (std::size_t page = first; page < last; ++page)
      best.offer(best_row(page, dots.data() + (begins_[page] - begins_[first]), query.scale));
    first = last;
  }
}

std::optional<std::size_t> VectorSegment::find(std::int64_t page) const {
  const auto found = std::lower_bound(numbers_.begin(), numbers_.end(), page);
  if (found == numbers_.end() || *found != page) return std::nullopt;
  return static_cast<std::size_t>(found - numbers_.begin());
}

std::int64_t VectorSegment::vectors_of(std::int64_t page) const {
  const auto at = find(page);
  return at ? begins_[*at + 1] - begins_[*at] : 0;
}

std::optional<PageVectorHit> VectorSegment::score(const QuantizedQuery& query, std::int64_t page) const {
  const auto at = find(page);
  return at ? std::optional(score_place(query, *at)) : std::nullopt;
}

PageVectorHit VectorSegment::score_place(const QuantizedQuery& query, std::size_t place) const {
  std::int32_t dots[most_vectors_per_page];
  int8_dots(query.codes.data(), codes_ + begins_[place] * width_, begins_[place + 1] - begins_[place], width_, dots);
  return best_row(place, dots, query.scale);
}

std::size_t VectorSegment::place_of_row(std::int64_t row) const {
  return static_cast<std::size_t>(std::upper_bound(begins_.begin(), begins_.end(), row) - begins_.begin()) - 1;
}

}  // namespace fathom::index
