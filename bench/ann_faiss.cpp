#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/index_io.h>
#include <fmt/format.h>
#include <omp.h>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "ann_methods.h"
#include "fathom/base/parallel.h"

namespace fathom::bench {
namespace {

constexpr int links = 32, construction = 100;

class Faiss : public AnnMethod {
 public:
  Faiss(std::string name, std::unique_ptr<faiss::Index> index, std::vector<std::int64_t> settings)
      : name_(std::move(name)), index_(std::move(index)), settings_(std::move(settings)) {}
  std::string name() const override { return name_; }
  std::vector<std::int64_t> settings() const override { return settings_; }
  void search(const float* query, std::int64_t setting, std::int64_t* found) const override {
    if (auto* lists = dynamic_cast<faiss::IndexIVF*>(index_.get())) lists->nprobe = static_cast<std::size_t>(setting);
    if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(index_.get())) graph->hnsw.efSearch = static_cast<int>(setting);
    float distances[neighbours];
    index_->search(1, query, neighbours, distances, found);
  }

 private:
  std::string name_;
  std::unique_ptr<faiss::Index> index_;
  std::vector<std::int64_t> settings_;
};

std::vector<std::int64_t> steps(double from, double factor, double to) {
  std::vector<std::int64_t> out;
  for (double step = from; step < to; step *= factor)
    if (out.empty() || static_cast<std::int64_t>(step) > out.back()) out.push_back(static_cast<std::int64_t>(step));
  return out;
}

}  // namespace

AnnMethods faiss_methods(const AnnData& data, int threads, const std::string& cache, const std::string& only) {
  AnnMethods methods;
  const auto d = static_cast<int>(data.width);
  const auto lists = static_cast<std::size_t>(4.0 * std::sqrt(static_cast<double>(data.rows)));
  const auto add = [&](const std::string& name, const std::string& short_name, std::vector<std::int64_t> settings, double bytes,
                       auto&& make) {
    const std::string file =
        cache.empty() ? "" : fmt::format("{}/faiss-{}-{}-{}-{}.bin", cache, short_name, data.rows, data.width, data.name.front());
    std::unique_ptr<faiss::Index> index;
    double seconds = 0;
    if (fmt::format(",{},", only).find(fmt::format(",{},", short_name)) == std::string::npos) return;
    omp_set_num_threads(thread_count(threads));
    if (!file.empty() && std::filesystem::exists(file)) {
      index.reset(faiss::read_index(file.c_str()));
    } else {
      const auto begin = std::chrono::steady_clock::now();
      index = make();
      index->add(data.rows, data.vectors.data());
      seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      if (!file.empty()) faiss::write_index(index.get(), file.c_str());
    }
    omp_set_num_threads(1);
    methods.push_back(std::make_unique<Faiss>(name, std::move(index), std::move(settings)));
    methods.back()->build_seconds = seconds;
    methods.back()->megabytes = static_cast<double>(data.rows) * bytes / 1e6;
    fmt::print("  {} built in {:.0f} s\n", name, seconds);
    std::fflush(stdout);
  };
  const auto trained = [&](faiss::IndexIVF& index) {
    index.own_fields = true;
    index.cp.niter = 10;
    index.cp.max_points_per_centroid = 64;
    index.train(data.rows, data.vectors.data());
  };
  const double values = static_cast<double>(data.width);
  const auto probes = steps(1, 1.2, static_cast<double>(lists));
  add(fmt::format("FAISS IVF-Flat ({} lists)", lists), "ivf-flat", probes, 4 * values + 8, [&] {
    auto index =
        std::make_unique<faiss::IndexIVFFlat>(new faiss::IndexFlatIP(d), static_cast<std::size_t>(d), lists, faiss::METRIC_INNER_PRODUCT);
    trained(*index);
    return std::unique_ptr<faiss::Index>(std::move(index));
  });
  add(fmt::format("FAISS IVF-SQ8 ({} lists)", lists), "ivf-sq8", probes, values + 8, [&] {
    auto index = std::make_unique<faiss::IndexIVFScalarQuantizer>(new faiss::IndexFlatIP(d), static_cast<std::size_t>(d), lists,
                                                                  faiss::ScalarQuantizer::QT_8bit, faiss::METRIC_INNER_PRODUCT);
    trained(*index);
    return std::unique_ptr<faiss::Index>(std::move(index));
  });
  const auto ef = steps(10, 1.15, 20'000);
  const double link_bytes = 4.0 * 2 * links + 4.0;
  add(fmt::format("FAISS HNSW M={} efConstruction={}", links, construction), "hnsw", ef, 4 * values + link_bytes, [&] {
    auto index = std::make_unique<faiss::IndexHNSWFlat>(d, links, faiss::METRIC_INNER_PRODUCT);
    index->hnsw.efConstruction = construction;
    return std::unique_ptr<faiss::Index>(std::move(index));
  });
  add(fmt::format("FAISS HNSW-SQ8 M={} efConstruction={}", links, construction), "hnsw-sq8", ef, values + link_bytes, [&] {
    auto index = std::make_unique<faiss::IndexHNSWSQ>(d, faiss::ScalarQuantizer::QT_8bit, links, faiss::METRIC_INNER_PRODUCT);
    index->hnsw.efConstruction = construction;
    index->train(data.rows, data.vectors.data());
    return std::unique_ptr<faiss::Index>(std::move(index));
  });
  return methods;
}

}  // namespace fathom::bench
