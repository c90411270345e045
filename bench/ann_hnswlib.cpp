#include <fmt/format.h>
#include <hnswlib/hnswlib.h>

#include <chrono>
#include <filesystem>

#include "ann_methods.h"
#include "fathom/base/parallel.h"

namespace fathom::bench {
namespace {

constexpr std::size_t links = 16, construction = 200;  // its README's M and ef_construction

class Hnswlib : public AnnMethod {
 public:
  Hnswlib(const AnnData& data, int threads, const std::string& cache) : space_(static_cast<std::size_t>(data.width)) {
    const std::string file = cache.empty() ? "" : fmt::format("{}/hnswlib-{}-{}-{}.bin", cache, data.rows, data.width, data.name.front());
    if (!file.empty() && std::filesystem::exists(file)) {
      graph_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(&space_, file);
    } else {
      const auto begin = std::chrono::steady_clock::now();
      graph_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(&space_, static_cast<std::size_t>(data.rows), links, construction);
      graph_->addPoint(data.vectors.data(), 0);
      for_each_piece(data.rows - 1, threads, [&](std::int64_t i) {
        graph_->addPoint(data.vectors.data() + (i + 1) * data.width, static_cast<std::size_t>(i + 1));
      });
      build_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      if (!file.empty()) graph_->saveIndex(file);
    }
    // Vectors and lowest links in one block; each upper level has 1/16 of the vectors of the one below.
    megabytes = static_cast<double>(data.rows) * static_cast<double>(graph_->size_data_per_element_) / 1e6 +
                static_cast<double>(data.rows) / static_cast<double>(links) * static_cast<double>(graph_->size_links_per_element_) / 1e6;
  }
  std::string name() const override { return fmt::format("hnswlib M={} ef_construction={}", links, construction); }
  std::vector<std::int64_t> settings() const override {
    std::vector<std::int64_t> ef;
    for (double e = 10; e < 20'000; e *= 1.15) ef.push_back(static_cast<std::int64_t>(e));
    return ef;
  }
  void search(const float* query, std::int64_t setting, std::int64_t* found) const override {
    graph_->setEf(static_cast<std::size_t>(setting));
    auto hits = graph_->searchKnn(query, neighbours);
    std::fill_n(found, neighbours, -1);
    for (; !hits.empty(); hits.pop()) *found++ = static_cast<std::int64_t>(hits.top().second);
  }

 private:
  hnswlib::InnerProductSpace space_;
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph_;
};

}  // namespace

AnnMethods hnswlib_methods(const AnnData& data, int threads, const std::string& cache) {
  AnnMethods methods;
  methods.push_back(std::make_unique<Hnswlib>(data, threads, cache));
  return methods;
}

}  // namespace fathom::bench
