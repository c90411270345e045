// Vectors of a run of pages in one immutable file, and the exact search for the pages with the best vector.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fathom/index/int8_vectors.h"
#include "fathom/index/page_encoder.h"
#include "fathom/index/tensor_file.h"

namespace fathom::index {

// Vectors being collected. Pages come in ascending order of their numbers.
class SegmentRows {
 public:
  explicit SegmentRows(std::int64_t width) : width_(width) {}
  // Quantises. Pages without vectors are left out. Throws Error when a value is not finite.
  void add(std::int64_t page, const std::vector<PageVector>& vectors);
  std::int64_t pages() const { return static_cast<std::int64_t>(numbers_.size()); }
  std::int64_t rows() const { return static_cast<std::int64_t>(scales_.size()); }
  std::int64_t bytes() const;

 private:
  friend TensorFileWriter::Written write_segment(const std::filesystem::path&, const SegmentRows&);
  std::int64_t width_;
  std::vector<std::int64_t> numbers_, begins_ = {0};
  std::vector<std::int32_t> sentences_;
  std::vector<float> scales_;
  std::vector<std::int8_t> codes_;
};

// A query as the rows are: value ≈ scale · code.
struct QuantizedQuery {
  explicit QuantizedQuery(std::span<const float> vector);
  std::vector<std::int8_t> codes;
  float scale = 0;
  bool is_zero() const { return scale == 0; }
};

struct PageVectorHit {
  std::int64_t page = 0;
  float score = 0;            // largest inner product of the query with a vector of the page
  std::int64_t sentence = 0;  // of that vector; of equal ones the first
};

// The best `k` pages seen, by score; equal scores by page number.
class BestPages {
 public:
  explicit BestPages(std::int64_t k) : k_(k) {}
  void offer(const PageVectorHit& hit);
  // The same for a page that may have been offered before with this score.
  void offer_again(const PageVectorHit& hit);
  std::vector<PageVectorHit> take();  // best first
  std::int64_t size() const { return static_cast<std::int64_t>(heap_.size()); }
  bool full() const { return size() >= k_; }
  // A page with a lower score would not be taken.
  float least() const { return full() && k_ > 0 ? heap_.front().score : -std::numeric_limits<float>::infinity(); }

 private:
  std::int64_t k_;
  std::vector<PageVectorHit> heap_;  // the worst on top
};

// Which of a segment's pages may be found; empty: all of them.
using PageMask = std::vector<std::uint8_t>;

// A segment's file, mapped into memory. Immutable: any number of threads may search at once, also after the file was removed.
class VectorSegment {
 public:
  // Throws Error: no such file, damaged, or of another width. `sha256` not empty: the file's checksum is compared.
  VectorSegment(const std::filesystem::path& path, std::int64_t width, const std::string& sha256);

  std::int64_t rows() const { return static_cast<std::int64_t>(sentences_.size()); }
  // Numbers of the pages, ascending.
  std::span<const std::int64_t> pages() const { return numbers_; }

  std::int64_t vectors_of(std::int64_t page) const;  // 0 when the page is not here

  // Every vector of every page that the mask lets through is compared; sums are exact integers.
  void scan(const QuantizedQuery& query, const PageMask& mask, BestPages& best) const;
  // Single rows, for an index over them. `place`: of a page in pages().
  const std::int8_t* codes(std::int64_t row) const { return codes_ + row * width_; }
  float scale(std::int64_t row) const { return scales_[row]; }
  std::int64_t width() const { return width_; }
  std::size_t place_of_row(std::int64_t row) const;
  std::int64_t first_row(std::size_t place) const { return begins_[place]; }
  PageVectorHit score_place(const QuantizedQuery& query, std::size_t place) const;
  // The best vector of one page; nullopt when it has none here.
  std::optional<PageVectorHit> score(const QuantizedQuery& query, std::int64_t page) const;

 private:
  friend TensorFileWriter::Written merge_segments(const std::filesystem::path&, std::int64_t, std::span<const VectorSegment* const>,
                                                  const std::function<bool(std::int64_t)>&);
  std::optional<std::size_t> find(std::int64_t page) const;
  PageVectorHit best_row(std::size_t page, const std::int32_t* dots, float query_scale) const;

  TensorFile file_;
  std::int64_t width_;
  std::span<const std::int64_t> numbers_, begins_;  // [pages], [pages + 1]: where each page's rows begin
  std::span<const std::int32_t> sentences_;         // [rows]
  const float* scales_;
  const std::int8_t* codes_;
};

TensorFileWriter::Written write_segment(const std::filesystem::path& path, const SegmentRows& rows);
// The pages of `sources` (whose numbers ascend from one to the next) that `keep` wants, in one file.
TensorFileWriter::Written merge_segments(const std::filesystem::path& path, std::int64_t width,
                                         std::span<const VectorSegment* const> sources, const std::function<bool(std::int64_t)>& keep);

}  // namespace fathom::index
