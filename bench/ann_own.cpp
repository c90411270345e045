// fathom's exact pass and its cells.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "ann_methods.h"
#include "fathom/index/vector_cells.h"
#include "fathom/index/vector_segment.h"

namespace fathom::bench {
namespace {

std::shared_ptr<const index::VectorSegment> segment_of(const AnnData& data, const std::filesystem::path& path, double& megabytes) {
  index::SegmentRows rows(data.width);
  for (std::int64_t row = 0; row < data.rows; ++row) {
    const float* vector = data.vectors.data() + row * data.width;
    rows.add(row, {{0, std::vector<float>(vector, vector + data.width)}});
  }
  megabytes = static_cast<double>(index::write_segment(path, rows).bytes) / 1e6;
  return std::make_shared<const index::VectorSegment>(path, data.width, "");
}

void give(index::BestPages& best, std::int64_t* found) {
  std::int64_t i = 0;
  for (const index::PageVectorHit& hit : best.take()) found[i++] = hit.page;
  while (i < neighbours) found[i++] = -1;
}

class Exact : public AnnMethod {
 public:
  Exact(std::shared_ptr<const index::VectorSegment> segment, std::int64_t width) : segment_(std::move(segment)), width_(width) {}
  std::string name() const override { return "fathom exact int8"; }
  std::vector<std::int64_t> settings() const override { return {0}; }
  void search(const float* query, std::int64_t, std::int64_t* found) const override {
    index::BestPages best(neighbours);
    segment_->scan(index::QuantizedQuery({query, static_cast<std::size_t>(width_)}), {}, best);
    give(best, found);
  }

 private:
  std::shared_ptr<const index::VectorSegment> segment_;
  std::int64_t width_;
};

class Cells : public AnnMethod {
 public:
  Cells(std::shared_ptr<const index::VectorSegment> segment, const std::filesystem::path& path, const index::CellOptions& options)
      : segment_(std::move(segment)) {
    const auto begin = std::chrono::steady_clock::now();
    const index::WrittenCells written = index::write_cells(path, *segment_, options);
    build_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    megabytes = static_cast<double>(written.file.bytes) / 1e6;
    cells_ = std::make_unique<index::VectorCells>(path, *segment_, "");
  }
  std::string name() const override { return fmt::format("fathom cells ({})", cells_->cells()); }
  std::vector<std::int64_t> settings() const override {
    std::vector<std::int64_t> probes;
    for (double p = 1; p < static_cast<double>(cells_->cells()); p *= 1.2)
      if (probes.empty() || static_cast<std::int64_t>(p) > probes.back()) probes.push_back(static_cast<std::int64_t>(p));
    return probes;
  }
  void search(const float* query, std::int64_t setting, std::int64_t* found) const override {
    index::BestPages best(neighbours);
    cells_->search(*segment_, index::QuantizedQuery({query, static_cast<std::size_t>(segment_->width())}), {}, setting, best);
    give(best, found);
  }

 private:
  std::shared_ptr<const index::VectorSegment> segment_;
  std::unique_ptr<index::VectorCells> cells_;
};

}  // namespace

AnnMethods own_methods(const AnnData& data, int threads) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("fathom-ann-bench-{}", ::getpid());
  std::filesystem::create_directories(folder);
  AnnMethods methods;
  double megabytes = 0;
  const auto segment = segment_of(data, folder / "segment.safetensors", megabytes);
  methods.push_back(std::make_unique<Exact>(segment, data.width));
  methods.back()->megabytes = megabytes;
  methods.push_back(std::make_unique<Cells>(segment, folder / "cells.safetensors", index::CellOptions{.threads = threads}));
  methods.back()->megabytes += megabytes;
  std::filesystem::remove_all(folder);  // what is mapped stays
  return methods;
}

}  // namespace fathom::bench
