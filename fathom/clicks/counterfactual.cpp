#include "fathom/clicks/counterfactual.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::clicks {
namespace {

// What the new ranking makes of one query.
struct NewRanking {
  double examination = 0, covered = 0, clicks = 0;  // Σ over its positions: γ_new; of pages that the log shows; predicted clicks
};

// One search's part of the sums. `wanted`: its share of what the normaliser should be.
struct SearchSums {
  double clicks = 0, weighted_clicks = 0, weighted_examination = 0, wanted = 0;
};

struct Totals {
  double ips, snips;
};

Totals totals(const SearchSums& sum, double searches) {
  const double ips = sum.weighted_clicks / searches;
  return {ips, sum.weighted_examination > 0 ? ips * sum.wanted / sum.weighted_examination : 0.0};
}

void add(SearchSums& sum, const SearchSums& one) {
  sum.clicks += one.clicks;
  sum.weighted_clicks += one.weighted_clicks;
  sum.weighted_examination += one.weighted_examination;
  sum.wanted += one.wanted;
}

// The middle 95% of `values`.
metrics::Interval middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) { return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)]; };
  return {at(0.025), at(0.975)};
}

class Estimator {
 public:
  Estimator(const ClickModel& model, const ClickData& data, const std::vector<Ranking>& rankings, const CounterfactualOptions& options)
      : model_(model),
        data_(data),
        options_(options),
        rankings_(data.query_count()),
        ranked_(data.query_count(), false),
        weights_(data.pair_count(), 0.0) {
    for (const Ranking& ranking : rankings) take(ranking);
    weigh();
  }

  CounterfactualReport run() {
    std::vector<SearchSums> searches;
    double weight_sum = 0, weight_squares = 0, examined = 0, covered = 0;
    for (std::size_t search = 0; search < data_.size(); ++search) {
      const std::uint32_t query = data_.query(search);
      if (!ranked_[query]) {
        ++report_.without_ranking;
        continue;
      }
      const NewRanking& ranking = rankings_[query];
      const Impressions shown = data_.search(search);
      const std::vector<double> examination = model_.examination(shown);
      SearchSums sums;
      sums.wanted = ranking.examination;
      for (std::size_t i = 0; i < shown.size(); ++i) {
        const double weight = weights_[shown[i].pair];
        const double click = shown[i].clicked ? 1 : 0;
        sums.clicks += click;
        sums.weighted_clicks += weight * click;
        sums.weighted_examination += weight * examination[i];
        weight_sum += weight;
        weight_squares += weight * weight;
      }
      examined += ranking.examination;
      covered += ranking.covered;
      report_.model += ranking.clicks;
      searches.push_back(sums);
    }
    require(!searches.empty(), "none of the log's {} queries has a ranking in the file; queries are compared without case and extra spaces",
            data_.query_count());
    report_.searches = static_cast<std::int64_t>(searches.size());
    report_.model /= static_cast<double>(searches.size());
    report_.coverage = examined > 0 ? covered / examined : 0;
    report_.effective_size = weight_squares > 0 ? weight_sum * weight_sum / weight_squares : 0;
    bootstrap(searches);
    return report_;
  }

 private:
  // Where the new ranking shows its pages; weights_ holds γ_new until weigh().
  void take(const Ranking& ranking) {
    const std::int64_t number = data_.query_number(ranking.query);
    if (number < 0) return;
    std::vector<std::string> pages;
    for (const RankedPage& result : ranking.results) pages.push_back(result.page);
    const std::vector<Impression> list = data_.impressions_of(ranking.query, pages);
    const std::vector<double> examination = model_.examination(list), clicks = model_.click_probability(list);
    const auto query = static_cast<std::size_t>(number);
    ranked_[query] = true;
    for (std::size_t i = 0; i < list.size(); ++i) {
      rankings_[query].examination += examination[i];
      rankings_[query].clicks += clicks[i];
      if (list[i].pair == 0) continue;
      rankings_[query].covered += examination[i];
      weights_[list[i].pair] = examination[i];
    }
  }

  void weigh() {
    std::vector<double> logged(data_.pair_count(), 0.0), searches(data_.query_count(), 0.0);
    std::vector<std::uint32_t> query_of(data_.pair_count(), 0);
    for (std::size_t search = 0; search < data_.size(); ++search) {
      const Impressions shown = data_.search(search);
      const std::vector<double> examination = model_.examination(shown);
      searches[data_.query(search)] += 1;
      for (std::size_t i = 0; i < shown.size(); ++i) {
        logged[shown[i].pair] += examination[i];
        query_of[shown[i].pair] = data_.query(search);
      }
    }
    weights_[0] = 0;
    for (std::size_t pair = 1; pair < weights_.size(); ++pair) {
      if (weights_[pair] == 0) continue;
      const double weight = weights_[pair] * searches[query_of[pair]] / std::max(logged[pair], std::numeric_limits<double>::min());
      if (weight > options_.largest_weight) ++report_.clipped;
      weights_[pair] = std::min(weight, options_.largest_weight);
    }
  }

  void bootstrap(const std::vector<SearchSums>& searches) {
    const auto count = static_cast<double>(searches.size());
    SearchSums all;
    for (const SearchSums& one : searches) add(all, one);
    const Totals best = totals(all, count);
    std::vector<double> clicks, ips, snips;
    Rng rng(options_.seed);
    for (std::int64_t r = 0; r < options_.resamples; ++r) {
      SearchSums drawn;
      for (std::size_t i = 0; i < searches.size(); ++i) add(drawn, searches[rng.below(searches.size())]);
      const Totals one = totals(drawn, count);
      clicks.push_back(drawn.clicks / count);
      ips.push_back(one.ips);
      snips.push_back(one.snips);
    }
    report_.logged = {all.clicks / count, middle(std::move(clicks))};
    report_.ips = {best.ips, middle(std::move(ips))};
    report_.snips = {best.snips, middle(std::move(snips))};
  }

  const ClickModel& model_;
  const ClickData& data_;
  CounterfactualOptions options_;
  std::vector<NewRanking> rankings_;  // by query
  std::vector<bool> ranked_;
  std::vector<double> weights_;  // by pair
  CounterfactualReport report_;
};

}  // namespace

CounterfactualReport estimate_click_rate(const ClickModel& model, const ClickData& data, const std::vector<Ranking>& rankings,
                                         const CounterfactualOptions& options) {
  require(options.resamples >= 1, "a bootstrap interval needs at least one resample, got {}", options.resamples);
  return Estimator(model, data, rankings, options).run();
}

}  // namespace fathom::clicks
