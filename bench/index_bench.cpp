// The exact pass over the vectors of a page index on one core, beside reading the same bytes.
//   build/light/bench/index_bench [pages 50000] [vectors a page 16] [width 128]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/index/vector_segment.h"

namespace {

using namespace fathom;

constexpr int rounds = 15;

// Median of the milliseconds that `work` takes.
double milliseconds(const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[rounds / 2];
}

std::int64_t argument(int count, char** values, int at, std::int64_t fallback) { return at < count ? std::atoll(values[at]) : fallback; }

}  // namespace

int main(int count, char** values) {
  const std::int64_t pages = argument(count, values, 1, 50'000), vectors = argument(count, values, 2, 16),
                     width = argument(count, values, 3, 128);
  Rng rng(1);
  const auto random_vector = [&] {
    std::vector<float> vector(static_cast<std::size_t>(width));
    for (float& value : vector) value = static_cast<float>(rng.uniform() - 0.5);
    return vector;
  };
  index::SegmentRows rows(width);
  for (std::int64_t page = 1; page <= pages; ++page) {
    std::vector<index::PageVector> own;
    for (std::int64_t v = 0; v < vectors; ++v) own.push_back({v, random_vector()});
    rows.add(page, own);
  }
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("fathom-index-bench-{}.safetensors", rng.next_u64());
  const auto written = index::write_segment(path, rows);
  const index::VectorSegment segment(path, width, "");
  std::filesystem::remove(path);
  const index::QuantizedQuery query(random_vector());
  const double scan = milliseconds([&] {
    index::BestPages best(10);
    segment.scan(query, {}, best);
    best.take();
  });
  std::vector<std::uint64_t> bytes(static_cast<std::size_t>(pages * vectors * width) / 8, 1);
  volatile std::uint64_t sink = 0;
  const double reading = milliseconds([&] {
    std::uint64_t sum = 0;
    for (const std::uint64_t word : bytes) sum += word;
    sink = sum;
  });
  fmt::print("{} pages of {} vectors, width {}: {:.1f} MB\n", pages, vectors, width, static_cast<double>(written.bytes) / 1e6);
  fmt::print("exact pass {:.2f} ms; reading the codes {:.2f} ms; ratio {:.2f}\n", scan, reading, scan / reading);
  return 0;
}
