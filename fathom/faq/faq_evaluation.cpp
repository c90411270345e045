#include "fathom/faq/faq_evaluation.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/faq/lexical_baselines.h"
#include "fathom/metrics/confidence.h"
#include "fathom/metrics/paired_test.h"
#include "fathom/metrics/ranking.h"

namespace fathom::faq {
namespace {

constexpr std::int64_t depth = 10;
constexpr std::size_t curve_points = 20;
constexpr std::int64_t held_out_depth = 100;  // that all of the best are held out has no chance at shares that mean anything
constexpr std::uint64_t held_out_seed = 1;

OrderedJson in_percent(const metrics::SemevalScores& scores) {
  return {{"map", 100.0 * scores.map}, {"avgrec", 100.0 * scores.average_recall}, {"mrr", 100.0 * scores.mrr}};
}

OrderedJson interval_in_percent(const metrics::Interval& interval) { return {100.0 * interval.low, 100.0 * interval.high}; }

// A question list with everything that scores need computed once.
struct Prepared {
  const CandidateList* list;
  std::vector<Match> matches;
  std::vector<double> tfidf, soft;
};

using Score = std::function<double(const Prepared&, std::size_t candidate)>;

metrics::SemevalScores rank_by(const std::vector<Prepared>& lists, const Score& score) {
  std::vector<std::vector<metrics::Candidate>> questions;
  for (const Prepared& prepared : lists) {
    auto& question = questions.emplace_back();
    for (std::size_t i = 0; i < prepared.list->candidates.size(); ++i)
      question.push_back({score(prepared, i), prepared.list->candidates[i].relevant});
  }
  return metrics::semeval_scores(questions, depth);
}

}  // namespace

OrderedJson evaluate_candidates(const std::vector<CandidateList>& lists, QuestionMatcher& matcher) {
  const bool measurable = std::any_of(lists.begin(), lists.end(), [](const CandidateList& list) {
    return std::any_of(list.candidates.begin(), list.candidates.end(), [](const JudgedCandidate& candidate) { return candidate.relevant; });
  });
  require(measurable, "none of the {} questions has a relevant candidate; there is nothing to measure", lists.size());
  std::vector<Prepared> prepared;
  std::int64_t pairs = 0;
  for (const CandidateList& list : lists) {
    Prepared& out = prepared.emplace_back(Prepared{&list, {}, {}, {}});
    const Question query = matcher.read(list.question);
    for (const JudgedCandidate& candidate : list.candidates) {
      const Question other = matcher.read(candidate.text);
      out.matches.push_back(matcher.match(query, other));
      out.tfidf.push_back(tfidf_cosine(matcher, query, other));
      out.soft.push_back(soft_cosine(matcher, query, other));
      ++pairs;
    }
  }
  const MatchWeights weights = matcher.weights();
  const auto bonus = [&](std::size_t candidate) { return matcher.rank_bonus(static_cast<std::int64_t>(candidate) + 1); };
  const auto with = [&](MatchWeights changed, bool ranked) {
    matcher.set_weights(changed);
    const auto scores =
        rank_by(prepared, [&](const Prepared& p, std::size_t i) { return matcher.score(p.matches[i]) + (ranked ? bonus(i) : 0.0); });
    matcher.set_weights(weights);
    return scores;
  };
  const metrics::SemevalScores ours = with(weights, true);
  const metrics::SemevalScores engine = rank_by(prepared, [](const Prepared&, std::size_t i) { return -static_cast<double>(i); });
  const metrics::PairedComparison difference = metrics::compare_paired(ours.average_precision, engine.average_precision);

  OrderedJson out = in_percent(ours);
  out["map_interval"] = interval_in_percent(metrics::bootstrap_mean(ours.average_precision));
  out["questions"] = lists.size();
  out["pairs"] = pairs;
  out["engine"] = in_percent(engine);
  out["map_above_engine"] = {{"difference", 100.0 * difference.difference},
                             {"interval", interval_in_percent(difference.interval)},
                             {"p_value", difference.p_value}};
  MatchWeights no_alignment = weights, no_mismatch = weights;
  no_alignment.alignment = 0.0;
  no_mismatch.mismatch = 0.0;
  out["ablations"] = {{"without_deep_matching", in_percent(with(no_alignment, true))},
                      {"without_mismatch", in_percent(with(no_mismatch, true))},
                      {"without_initial_rank", in_percent(with(weights, false))}};
  if (matcher.has_encoder()) {
    // The similarity of words changes with the share of states, so these matches are computed anew.
    const auto shared = [&](double states) {
      MatchWeights changed = weights;
      changed.states = states;
      matcher.set_weights(changed);
      std::vector<Prepared> again = prepared;
      for (Prepared& p : again) {
        const Question query = matcher.read(p.list->question);
        for (std::size_t i = 0; i < p.matches.size(); ++i) p.matches[i] = matcher.match(query, matcher.read(p.list->candidates[i].text));
      }
      const auto scores = rank_by(again, [&](const Prepared& p, std::size_t i) { return matcher.score(p.matches[i]) + bonus(i); });
      matcher.set_weights(weights);
      return in_percent(scores);
    };
    out["ablations"]["word_vectors_only"] = shared(0.0);
    out["ablations"]["states_only"] = shared(1.0);
  }
  out["baselines"] = {
      {"tfidf_cosine", in_percent(rank_by(prepared, [](const Prepared& p, std::size_t i) { return p.tfidf[i]; }))},
      {"soft_cosine", in_percent(rank_by(prepared, [](const Prepared& p, std::size_t i) { return p.soft[i]; }))},
      {"tfidf_cosine_and_rank", in_percent(rank_by(prepared, [&](const Prepared& p, std::size_t i) { return p.tfidf[i] + bonus(i); }))},
      {"soft_cosine_and_rank", in_percent(rank_by(prepared, [&](const Prepared& p, std::size_t i) { return p.soft[i] + bonus(i); }))}};
  out["weights"] = weights.to_json();
  return out;
}

namespace {

struct SearchScores {
  double mrr = 0.0, map = 0.0, recall1 = 0.0, recall5 = 0.0, recall10 = 0.0;
  std::vector<double> reciprocal_ranks;

  void add(const std::vector<metrics::Retrieved>& run, const metrics::Judgements& judgements) {
    reciprocal_ranks.push_back(metrics::reciprocal_rank(run, judgements));
    mrr += reciprocal_ranks.back();
    map += metrics::average_precision(run, judgements);
    recall1 += metrics::recall_at(run, judgements, 1);
    recall5 += metrics::recall_at(run, judgements, 5);
    recall10 += metrics::recall_at(run, judgements, 10);
  }
  OrderedJson to_json() const {
    const auto n = static_cast<double>(reciprocal_ranks.size());
    return {{"mrr", mrr / n}, {"map", map / n}, {"recall@1", recall1 / n}, {"recall@5", recall5 / n}, {"recall@10", recall10 / n}};
  }
};

OrderedJson confidence_json(const std::vector<metrics::Answered>& answers) {
  const std::vector<metrics::RiskPoint> curve = metrics::risk_coverage(answers);
  OrderedJson points = OrderedJson::array();
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (i * curve_points / curve.size() == (i + 1) * curve_points / curve.size() && i + 1 < curve.size()) continue;
    points.push_back({{"threshold", curve[i].threshold}, {"coverage", curve[i].coverage}, {"risk", curve[i].risk}});
  }
  return {{"aurc", metrics::area_under_risk_coverage(answers)},
          {"error_rate", curve.back().risk},
          {"calibration_error", metrics::calibration_error(answers)},
          {"risk_coverage", points}};
}

// The same queries put to what is left of a FAQ.
OrderedJson without_some_entries(const std::vector<JudgedQuery>& queries, FaqSearcher& searcher, const EntryJudge& judge,
                                 const SearchOptions& options, double held_out) {
  const auto is_left = [&](std::int64_t number) { return Rng(held_out_seed, static_cast<std::uint64_t>(number)).uniform() >= held_out; };
  std::int64_t left = 0, answerable = 0, given = 0, given_right = 0, refused = 0;
  for (std::int64_t number = 1; number <= searcher.size(); ++number) left += is_left(number) ? 1 : 0;
  SearchOptions deep = options;
  deep.top_k = held_out_depth;
  std::vector<metrics::Answered> answers;
  for (const JudgedQuery& query : queries) {
    const metrics::Judgements judgements = judge.right_entries(query);
    if (judgements.empty()) continue;
    const bool has_answer =
        std::any_of(judgements.begin(), judgements.end(), [&](const auto& entry) { return is_left(std::stoll(entry.first)); });
    const FaqAnswer answer = searcher.search(query.question, deep);
    const auto best =
        std::find_if(answer.results.begin(), answer.results.end(), [&](const FaqResult& result) { return is_left(result.number); });
    const double score = best == answer.results.end() ? 0.0 : best->score;
    const bool right = best != answer.results.end() && judgements.contains(std::to_string(best->number)),
               is_given = score >= options.threshold;
    answers.push_back({score, right});
    answerable += has_answer ? 1 : 0;
    given += is_given ? 1 : 0;
    given_right += is_given && right ? 1 : 0;
    refused += !is_given && !has_answer ? 1 : 0;
  }
  const auto count = static_cast<std::int64_t>(answers.size());
  OrderedJson out = {{"share", held_out}, {"entries_left", left}, {"queries_without_answer", count - answerable}};
  out["at_threshold"] = {{"threshold", options.threshold},
                         {"coverage", static_cast<double>(given) / static_cast<double>(count)},
                         {"risk", given == 0 ? 0.0 : 1.0 - static_cast<double>(given_right) / static_cast<double>(given)},
                         {"refused_of_those_without_answer",
                          count == answerable ? 1.0 : static_cast<double>(refused) / static_cast<double>(count - answerable)}};
  out.update(confidence_json(answers));
  return out;
}

}  // namespace

EntryJudge::EntryJudge(const FaqSearcher& searcher) {
  for (std::int64_t number = 1; number <= searcher.size(); ++number) {
    const index::Document document = searcher.store().document(number);
    entries_.emplace_back(normalize_space(document.title), normalize_space(document.body));
  }
}

metrics::Judgements EntryJudge::right_entries(const JudgedQuery& query) const {
  metrics::Judgements out;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (query.questions.contains(entries_[i].first) || query.answers.contains(entries_[i].second)) out[std::to_string(i + 1)] = 1;
  return out;
}

OrderedJson evaluate_search(const std::vector<JudgedQuery>& queries, FaqSearcher& searcher, const SearchOptions& options, double held_out) {
  const EntryJudge judge(searcher);
  SearchScores ours, text_only;
  std::vector<metrics::Answered> answers;
  std::int64_t without_entry = 0;
  SearchOptions wide = options;
  wide.top_k = depth;
  for (const JudgedQuery& query : queries) {
    const metrics::Judgements judgements = judge.right_entries(query);
    if (judgements.empty()) {
      ++without_entry;
      continue;
    }
    const FaqAnswer answer = searcher.search(query.question, wide);
    std::vector<metrics::Retrieved> run;
    for (const FaqResult& result : answer.results) run.push_back({std::to_string(result.number), -static_cast<double>(run.size())});
    ours.add(run, judgements);
    text_only.add(searcher.text_search(query.question, depth), judgements);
    const bool right = !run.empty() && judgements.contains(run.front().document);
    answers.push_back({answer.results.empty() ? 0.0 : answer.results.front().score, right});
  }
  require(!answers.empty(), "none of the {} queries has its entry in this FAQ of {} questions; build the FAQ from the same set",
          queries.size(), searcher.size());
  OrderedJson out = ours.to_json();
  const metrics::Interval interval = metrics::bootstrap_mean(ours.reciprocal_ranks);
  out["mrr_interval"] = {interval.low, interval.high};
  out["queries"] = answers.size();
  out["queries_without_entry"] = without_entry;
  out["entries"] = searcher.size();
  out["bm25"] = text_only.to_json();
  const metrics::PairedComparison difference = metrics::compare_paired(ours.reciprocal_ranks, text_only.reciprocal_ranks);
  out["mrr_above_bm25"] = {{"difference", difference.difference},
                           {"interval", {difference.interval.low, difference.interval.high}},
                           {"p_value", difference.p_value}};
  out["confidence"] = confidence_json(answers);
  if (held_out > 0.0) out["held_out"] = without_some_entries(queries, searcher, judge, options, held_out);
  return out;
}

}  // namespace fathom::faq
