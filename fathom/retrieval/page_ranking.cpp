#include "fathom/retrieval/page_ranking.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace fathom::retrieval {
namespace {

// Pages are encoded with about so many sentences at a time.
constexpr std::int64_t batch_sentences = 2048, batch_queries = 1024;

at::Tensor rows_of(const PageModel& model, const PageBatch& batch) { return model.table().index_select(0, batch.rows); }

}  // namespace

EncodedCollection encode_collection(const PageModel& model, const PageTrainingText& text, std::int64_t most_vectors, at::Device device) {
  const at::NoGradGuard no_grad;
  std::vector<std::int32_t> order;  // by length, so that little is filled up
  for (std::size_t p = 0; p < text.pages.size(); ++p)
    if (!text.pages[p].sentences.empty()) order.push_back(static_cast<std::int32_t>(p));
  const auto size = [&](std::int32_t page) {
    return static_cast<std::int64_t>(text.pages[static_cast<std::size_t>(page)].sentences.size());
  };
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return size(a) < size(b); });
  EncodedCollection result;
  std::vector<at::Tensor> parts;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    for (std::int64_t sentences = size(order[begin]); end < order.size() && sentences + size(order[end]) <= batch_sentences; ++end)
      sentences += size(order[end]);
    const std::vector<std::int32_t> numbers(order.begin() + static_cast<std::ptrdiff_t>(begin),
                                            order.begin() + static_cast<std::ptrdiff_t>(end));
    const PageBatch batch = make_page_batch(text, model.config(), {}, numbers, device);
    const PageVectors vectors = model.page_vectors(batch, model.encode(batch, rows_of(model, batch)), most_vectors);
    parts.push_back(vectors.values.view({-1, vectors.values.size(2)}).index_select(0, vectors.present.view({-1}).nonzero().view({-1})));
    for (std::size_t p = 0; p < numbers.size(); ++p)
      result.page_of.insert(result.page_of.end(), static_cast<std::size_t>(vectors.counts[p]), numbers[p]);
    begin = end;
  }
  result.vectors = at::cat(parts);
  return result;
}

std::vector<std::vector<std::int32_t>> nearest_pages(const PageModel& model, const PageTrainingText& text,
                                                     const EncodedCollection& collection, const std::vector<PageClick>& clicks,
                                                     std::int64_t most_vectors, at::Device device) {
  const at::NoGradGuard no_grad;
  std::vector<std::vector<std::int32_t>> ranked;
  const std::int64_t most = std::min(most_vectors, collection.vectors.size(0));
  for (std::size_t begin = 0; begin < clicks.size(); begin += batch_queries) {
    std::vector<std::int64_t> queries;
    for (std::size_t i = begin; i < std::min(clicks.size(), begin + batch_queries); ++i) queries.push_back(clicks[i].query);
    const PageBatch batch = make_page_batch(text, model.config(), queries, {clicks[begin].page}, device);
    const at::Tensor vectors = model.query_vectors(model.encode(batch, rows_of(model, batch)).queries);
    const at::Tensor nearest = std::get<1>(at::topk(at::matmul(vectors, collection.vectors.t()), most, 1)).cpu();
    const auto* rows = nearest.data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < queries.size(); ++i) {
      std::vector<std::int32_t> pages;
      std::unordered_set<std::int32_t> seen;
      for (std::int64_t k = 0; k < most; ++k) {
        const std::int32_t page = collection.page_of[static_cast<std::size_t>(rows[static_cast<std::int64_t>(i) * most + k])];
        if (seen.insert(page).second) pages.push_back(page);
      }
      ranked.push_back(std::move(pages));
    }
  }
  return ranked;
}

double mean_reciprocal_rank(const std::vector<std::vector<std::int32_t>>& ranked, const std::vector<PageClick>& clicks) {
  double sum = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const auto found = std::find(ranked[i].begin(), ranked[i].end(), clicks[i].page);
    if (found != ranked[i].end()) sum += 1.0 / static_cast<double>(found - ranked[i].begin() + 1);
  }
  return ranked.empty() ? 0.0 : sum / static_cast<double>(ranked.size());
}

std::vector<std::vector<std::int32_t>> confused_pages(const std::vector<std::vector<std::int32_t>>& ranked,
                                                      const std::vector<PageClick>& clicks, std::int64_t pages, std::int64_t most) {
  std::vector<std::map<std::int32_t, double>> votes(static_cast<std::size_t>(pages));
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    double vote = 1.0;
    for (const std::int32_t page : ranked[i]) {
      if (page == clicks[i].page) continue;
      votes[static_cast<std::size_t>(clicks[i].page)][page] += vote;
      if ((vote *= 0.8) < 0.1) break;
    }
  }
  std::vector<std::vector<std::int32_t>> confused(votes.size());
  for (std::size_t p = 0; p < votes.size(); ++p) {
    std::vector<std::pair<double, std::int32_t>> order;
    for (const auto& [page, vote] : votes[p]) order.emplace_back(-vote, page);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < std::min(order.size(), static_cast<std::size_t>(most)); ++i) confused[p].push_back(order[i].second);
  }
  return confused;
}

}  // namespace fathom::retrieval
