// An approximate index of a segment's vectors: cells of vectors that point in about the same direction (an inverted file), of which a
// search looks into those nearest to the query. There one bit a dimension says which vectors may be among the best (sign_codes.h); these
// alone are compared exactly, with the segment's own 8-bit codes. Pages that are found have the score that the exact pass gives them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fathom/index/tensor_file.h"
#include "fathom/index/vector_segment.h"

namespace fathom::index {

struct CellOptions {
  std::int64_t cells = 0;  // 0: 4 √rows
  double recall = 0.95;    // of the 100 best pages, on a sample of the segment's own vectors, for which the number of cells is chosen
  int threads = 0;
  std::int64_t memory = std::int64_t{512} << 20;  // bytes for the sample that cells are learnt from
};

// How many cells a search looks into, and what it found then: queries were vectors of the segment, whose own pages do not count.
struct CellReport {
  std::int64_t cells = 0;
  std::int64_t probes = 0;               // cells that a search looks into
  double recall_10 = 0, recall_100 = 0;  // of the best pages, with so many, on the sample
};

// A file of cells, mapped into memory. Immutable: any number of threads may search at once.
class VectorCells {
 public:
  // Throws Error: no such file, damaged, or of another segment. `sha256` not empty: the file's checksum is compared.
  VectorCells(const std::filesystem::path& path, const VectorSegment& segment, const std::string& sha256);

  std::int64_t cells() const { return static_cast<std::int64_t>(blocks_.size()) - 1; }
  // Offers `best` the pages that the mask lets through with a vector in one of the `probes` cells nearest to the query.
  void search(const VectorSegment& segment, const QuantizedQuery& query, const PageMask& mask, std::int64_t probes, BestPages& best) const;

 private:
  std::vector<std::pair<float, std::int32_t>> nearest_cells(const std::vector<float>& rotated, const class SignQuery& query,
                                                            std::int64_t probes) const;

  TensorFile file_;
  std::int64_t width_;
  const float* rotation_;                      // [width, width]
  std::span<const std::int8_t> centre_codes_;  // [cells, width], rotated, value = scale · code
  std::span<const float> centre_scales_;
  std::span<const std::uint8_t> centre_signs_;  // [blocks of centres, bytes of a block]
  std::span<const float> centre_factors_, centre_errors_;
  std::span<const std::int64_t> blocks_;     // [cells + 1]: where each cell's blocks begin
  std::span<const std::int32_t> rows_;       // [blocks, 32]: rows of the segment; -1 where there is none
  std::span<const std::uint8_t> signs_;      // [blocks, bytes of a block]: of the vector less its cell's centre, rotated
  std::span<const float> factors_, errors_;  // [blocks, 32]
};

struct WrittenCells {
  TensorFileWriter::Written file;
  CellReport report;
};

// Learns cells for the segment, writes their file and measures how many have to be looked into. The same for any number of threads.
WrittenCells write_cells(const std::filesystem::path& path, const VectorSegment& segment, const CellOptions& options = {});

}  // namespace fathom::index
