#include "fathom/search/promotion.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/clicks/click_evaluation.h"
#include "fathom/clicks/click_log_reader.h"

namespace fathom::search {
namespace {

constexpr std::int64_t most_folds = 5;

// What the index shows for each of the queries.
std::vector<clicks::Ranking> rankings_of(Searcher& searcher, const std::vector<std::string>& queries, std::int64_t shown) {
  std::vector<clicks::Ranking> rankings;
  for (const std::string& query : queries) {
    clicks::Ranking& ranking = rankings.emplace_back();
    ranking.query = query;
    for (const SearchHit& hit : searcher.search({.query = query, .k = shown}).hits)
      ranking.results.push_back({.page = hit.id, .sentence = hit.sentence});
  }
  return rankings;
}

ClickEvidence study_clicks(EncoderTrial& trial, const PromotionOptions& options) {
  clicks::ClickData data;
  std::vector<std::string> queries;
  std::unordered_set<std::string> seen;
  ClickEvidence evidence;
  evidence.model = options.model;
  for (const std::string& path : options.clicks) {
    clicks::read_click_log(path, {}, [&](clicks::SearchRecord& record, const std::string&) {
      if (!data.add(record)) return;
      evidence.clicks += std::count_if(record.shown.begin(), record.shown.end(), [](const auto& shown) { return shown.clicked; });
      if (seen.insert(clicks::query_key(record.query)).second) queries.push_back(record.query);
    });
  }
  require(data.size() > 1, "{}: there are {} searches with results in the log; at least 2 are needed", options.clicks.front(), data.size());
  evidence.searches = static_cast<std::int64_t>(data.size());
  const clicks::ClickPrediction held_out =
      clicks::cross_validate(options.model, data, {}, std::min(most_folds, evidence.searches), options.seed);
  evidence.log_likelihood = held_out.mean_log_likelihood();
  evidence.perplexity = held_out.perplexity;
  const auto model = clicks::make_click_model(options.model);
  clicks::fit_all(*model, data);
  const clicks::CounterfactualOptions estimate{.seed = options.seed};
  evidence.present = clicks::estimate_click_rate(*model, data, rankings_of(trial.present(), queries, options.shown), estimate);
  evidence.tried = clicks::estimate_click_rate(*model, data, rankings_of(trial.tried(), queries, options.shown), estimate);
  return evidence;
}

std::vector<double> ndcg_of(const std::vector<QueryScores>& scores) {
  std::vector<double> values;
  for (const QueryScores& one : scores) values.push_back(one.ndcg);
  return values;
}

OrderedJson interval(const metrics::Interval& bounds) { return OrderedJson::array({bounds.low, bounds.high}); }

OrderedJson estimates(const clicks::CounterfactualReport& report) {
  const auto estimate = [](const clicks::Estimate& value) {
    return OrderedJson{{"value", value.value}, {"interval", interval(value.interval)}};
  };
  return {{"ips", estimate(report.ips)},
          {"snips", estimate(report.snips)},
          {"model_prediction", report.model},
          {"coverage", report.coverage},
          {"effective_size", report.effective_size}};
}

}  // namespace

Verdict judge(const metrics::PairedComparison& new_minus_old, double margin, const std::string& what) {
  if (new_minus_old.difference < 0.0) return {false, fmt::format("{} falls by {:.4f}", what, -new_minus_old.difference)};
  if (new_minus_old.interval.low < -margin)
    return {false, fmt::format("the judged queries do not rule out that {} falls by more than {:g}: the 95% interval of the difference "
                               "begins at {:+.4f}",
                               what, margin, new_minus_old.interval.low)};
  return {true, fmt::format("{} does not fall (difference {:+.4f}, 95% from {:+.4f}, margin {:g})", what, new_minus_old.difference,
                            new_minus_old.interval.low, margin)};
}

PromotionReport compare_encoders(EncoderTrial& trial, const PromotionOptions& options) {
  const std::vector<JudgedQuery> queries = read_judged_queries(options.queries, options.judgements);
  const std::vector<QueryScores> present = score_queries(trial.present(), queries, Mode::hybrid);
  const std::vector<QueryScores> tried = score_queries(trial.tried(), queries, Mode::hybrid);
  const std::vector<QueryScores> present_vectors = score_queries(trial.present(), queries, Mode::vectors);
  const std::vector<QueryScores> tried_vectors = score_queries(trial.tried(), queries, Mode::vectors);
  PromotionReport report;
  report.present_fingerprint = trial.present_fingerprint();
  report.tried_fingerprint = trial.tried_fingerprint();
  report.queries = static_cast<std::int64_t>(queries.size());
  report.present = mean(present);
  report.tried = mean(tried);
  report.ndcg = metrics::compare_paired(ndcg_of(tried), ndcg_of(present), 10'000, options.seed);
  report.present_vectors = mean(present_vectors).ndcg;
  report.tried_vectors = mean(tried_vectors).ndcg;
  report.vectors = metrics::compare_paired(ndcg_of(tried_vectors), ndcg_of(present_vectors), 10'000, options.seed);
  report.margin = options.margin;
  report.verdict = judge(report.ndcg, options.margin);
  const Verdict vectors = judge(report.vectors, options.margin, "judged nDCG@10 of the vectors alone");
  if (report.verdict.promoted && !vectors.promoted) report.verdict = vectors;
  if (!options.clicks.empty()) report.clicks = study_clicks(trial, options);
  report.ranking = trial.ranking();
  return report;
}

OrderedJson to_json(const PromotionReport& report) {
  const auto scores = [](const QueryScores& means) {
    return OrderedJson{{"ndcg@10", means.ndcg}, {"mrr@10", means.reciprocal_rank}, {"recall@10", means.recall}};
  };
  OrderedJson json = {{"promoted", report.verdict.promoted},
                      {"reason", report.verdict.reason},
                      {"encoders", {{"present", report.present_fingerprint}, {"new", report.tried_fingerprint}}},
                      {"judged",
                       {{"queries", report.queries},
                        {"present", scores(report.present)},
                        {"new", scores(report.tried)},
                        {"ndcg@10_difference", report.ndcg.difference},
                        {"interval", interval(report.ndcg.interval)},
                        {"p_value", report.ndcg.p_value},
                        {"vectors",
                         {{"present", report.present_vectors},
                          {"new", report.tried_vectors},
                          {"difference", report.vectors.difference},
                          {"interval", interval(report.vectors.interval)},
                          {"p_value", report.vectors.p_value}}},
                        {"margin", report.margin}}}};
  if (const auto& found = report.clicks)
    json["clicks"] = {{"model", found->model},
                      {"searches", found->searches},
                      {"clicks", found->clicks},
                      {"held_out", {{"log_likelihood", found->log_likelihood}, {"perplexity", found->perplexity}}},
                      {"clicks_a_search", static_cast<double>(found->clicks) / static_cast<double>(found->searches)},
                      {"present", estimates(found->present)},
                      {"new", estimates(found->tried)}};
  if (report.ranking) json["ranking"] = report.ranking->to_json();
  return json;
}

std::string to_text(const PromotionReport& report) {
  std::string text = fmt::format("judged quality, {} queries\n             nDCG@10     MRR@10  Recall@10\n", report.queries);
  const auto scores = [&](const char* name, const QueryScores& means) {
    text += fmt::format("  {:<8}{:>10.4f} {:>10.4f} {:>10.4f}\n", name, means.ndcg, means.reciprocal_rank, means.recall);
  };
  scores("present", report.present);
  scores("new", report.tried);
  text += fmt::format("  nDCG@10 {:+.4f}, 95% {:+.4f} to {:+.4f}, p = {:.4f}; margin {:g}\n", report.ndcg.difference,
                      report.ndcg.interval.low, report.ndcg.interval.high, report.ndcg.p_value, report.margin);
  text += fmt::format("  vectors alone: nDCG@10 {:.4f} to {:.4f}, {:+.4f}, 95% {:+.4f} to {:+.4f}\n", report.present_vectors,
                      report.tried_vectors, report.vectors.difference, report.vectors.interval.low, report.vectors.interval.high);
  if (const auto& found = report.clicks) {
    text += fmt::format("\nclicks of the log, {} searches: held-out log-likelihood {:.4f} nats a search, perplexity {:.4f} ({})\n",
                        found->searches, found->log_likelihood, found->perplexity, found->model);
    text += fmt::format(
        "\nclicks a search that each ranking would get; the log has {:.4f}\n             IPS        SNIPS (95%)                coverage\n",
        static_cast<double>(found->clicks) / static_cast<double>(found->searches));
    const auto estimate = [&](const char* name, const clicks::CounterfactualReport& of) {
      text += fmt::format("  {:<8}{:>8.4f}{:>9.4f} ({:.4f} to {:.4f}){:>10.1f}%\n", name, of.ips.value, of.snips.value,
                          of.snips.interval.low, of.snips.interval.high, 100 * of.coverage);
    };
    estimate("present", found->present);
    estimate("new", found->tried);
  }
  return text + fmt::format("\n{}: {}\n", report.verdict.promoted ? "taken" : "refused", report.verdict.reason);
}

}  // namespace fathom::search
