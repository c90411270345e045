// Approximate indexes beside each other: queries a second on one core at recall@10 of at least 0.95, size and build time.
//   ann_bench sentences INDEX QUERIES [rows 1000000] [noise 0.1]     vectors of an index's pages, a query a line
//   ann_bench uniform [rows 1000000] [width 256]
// FATHOM_ANN_CACHE=DIR keeps the peers' indexes for the next run; FATHOM_ANN_PEERS=LIST: which of ivf-flat, ivf-sq8, hnsw, hnsw-sq8 (FAISS)
// and hnswlib (all); FATHOM_ANN_QUERIES=N (500); FATHOM_ANN_THREADS=N that build (all cores).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "ann_methods.h"
#include "fathom/base/error.h"

namespace {

using namespace fathom;
using bench::AnnData;
using bench::AnnMethod;

constexpr double wanted_recall = 0.95;
constexpr int rounds = 5;

std::string variable(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

struct Pass {
  double seconds, recall;
};

Pass pass(const AnnData& data, const AnnMethod& method, std::int64_t setting) {
  std::vector<std::int64_t> found(static_cast<std::size_t>(data.queries * bench::neighbours));
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t q = 0; q < data.queries; ++q)
    method.search(data.query_vectors.data() + q * data.width, setting, found.data() + q * bench::neighbours);
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), bench::recall_of(data, found)};
}

// The first setting that finds enough; recall rises with the setting.
std::int64_t chosen(const AnnData& data, const AnnMethod& method) {
  const std::vector<std::int64_t> settings = method.settings();
  std::size_t low = 0, high = settings.size() - 1;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (pass(data, method, settings[middle]).recall >= wanted_recall)
      high = middle;
    else
      low = middle + 1;
  }
  return settings[low];
}

void compare(const AnnData& data, bench::AnnMethods methods) {
  std::vector<std::int64_t> settings;
  for (const auto& method : methods) settings.push_back(chosen(data, *method));
  std::vector<std::vector<double>> seconds(methods.size());
  std::vector<double> recalls(methods.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const Pass one = pass(data, *methods[m], settings[m]);
      seconds[m].push_back(one.seconds);
      recalls[m] = one.recall;
    }
  }
  fmt::print("{:38} {:>9} {:>10} {:>9} {:>9} {:>8}\n", "", "setting", "recall@10", "queries/s", "MB", "build s");
  for (std::size_t m = 0; m < methods.size(); ++m) {
    std::nth_element(seconds[m].begin(), seconds[m].begin() + rounds / 2, seconds[m].end());
    fmt::print("{:38} {:>9} {:>10.4f} {:>9.0f} {:>9.0f} {:>8.0f}\n", methods[m]->name(), settings[m], recalls[m],
               static_cast<double>(data.queries) / seconds[m][rounds / 2], methods[m]->megabytes, methods[m]->build_seconds);
  }
}

int run(int count, char** values) {
  const std::string kind = count > 1 ? values[1] : "";
  const auto queries = std::stoll(variable("FATHOM_ANN_QUERIES", "500"));
  const auto number = [&](int at, double fallback) { return at < count ? std::stod(values[at]) : fallback; };
  AnnData data;
  if (kind == "sentences" && count >= 4)
    data = bench::sentence_data(values[2], values[3], static_cast<std::int64_t>(number(4, 1e6)), queries, number(5, 0.1));
  else if (kind == "uniform")
    data = bench::uniform_data(static_cast<std::int64_t>(number(2, 1e6)), queries, static_cast<std::int64_t>(number(3, 256)));
  else
    fail_usage("ann_bench sentences INDEX QUERIES [rows] [noise], or ann_bench uniform [rows] [width]");
  const int threads = std::stoi(variable("FATHOM_ANN_THREADS", "0"));
  fmt::print("{}: {} of width {}, {} queries\n", data.name, data.rows, data.width, data.queries);
  std::fflush(stdout);
  bench::AnnMethods methods = bench::own_methods(data, threads);
  const std::string peers = variable("FATHOM_ANN_PEERS", "ivf-flat,ivf-sq8,hnsw,hnsw-sq8,hnswlib"),
                    cache = variable("FATHOM_ANN_CACHE", "");
#ifdef FATHOM_WITH_FAISS
  for (auto& method : bench::faiss_methods(data, threads, cache, peers)) methods.push_back(std::move(method));
#endif
#ifdef FATHOM_WITH_HNSWLIB
  if (peers.find("hnswlib") != std::string::npos)
    for (auto& method : bench::hnswlib_methods(data, threads, cache)) methods.push_back(std::move(method));
#endif
  compare(data, std::move(methods));
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return run(count, values);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ann_bench: {}\n", error.what());
    return 1;
  }
}
