#include "fathom/clicks/click_report.h"

#include <memory>

namespace fathom::clicks {
namespace {

JudgedFindings judged(const JudgedMean& mean) {
  JudgedFindings findings;
  findings.judged = mean.judged();
  findings.not_judged = mean.not_judged();
  if (mean.judged() == 0) return findings;
  for (const double value : mean.values()) findings.ndcg += value;
  findings.ndcg /= static_cast<double>(mean.judged());
  findings.interval = metrics::bootstrap_mean(mean.values());
  return findings;
}

}  // namespace

ClickFindings study_click_log(const std::vector<std::filesystem::path>& log, const ClickLogOptions& reading,
                              const ClickReportOptions& options, const std::vector<Ranking>* rankings, const JudgedTopics* judgements) {
  ClickFindings findings;
  ClickData data;
  std::optional<JudgedMean> logged_quality;
  if (judgements != nullptr) logged_quality.emplace(*judgements, options.judged_depth);
  ClickLogOptions log_options = reading;
  log_options.report_bad = [&](const std::string& message) {
    if (findings.log.bad.size() < most_examples) findings.log.bad.push_back(message);
  };
  for (const std::filesystem::path& path : log) {
    const ClickLogCounts counts = read_click_log(path, log_options, [&](SearchRecord& record, const std::string&) {
      count_search(findings.log, record);
      if (data.add(record) && logged_quality) logged_quality->add(record);
    });
    findings.log.bad_records += counts.bad_records;
    findings.log.unmatched_clicks += counts.unmatched_clicks;
  }
  require(data.size() > 0, "{}: there is no search with results in the log", log.empty() ? "no file" : log.front().string());

  findings.queries = static_cast<std::int64_t>(data.query_count());
  findings.pairs = static_cast<std::int64_t>(data.pair_count()) - 1;
  findings.at_several_positions = data.share_at_several_positions();
  findings.relevance_prior = relevance_prior(options.fitting, data);
  const auto rate = [](const PositionCounts& at) { return static_cast<double>(at.clicked) / static_cast<double>(at.shown); };
  const double first = rate(findings.log.positions.front());
  for (const PositionCounts& at : findings.log.positions) findings.relative_click_rate.push_back(first > 0 ? rate(at) / first : 0);

  const std::int64_t folds = std::min(options.folds, static_cast<std::int64_t>(data.size()));
  for (const char* const name : {"rate", "position-rate", "pbm", "cascade", "dbn"}) {
    const auto model = make_click_model(name, options.fitting);
    fit_all(*model, data);
    ModelFindings& found = findings.models.emplace_back();
    found.model = name;
    found.examination = mean_examination(*model, data);
    found.iterations = model->iterations();
    if (folds >= 2) found.held_out = cross_validate(name, data, options.fitting, folds, options.seed);
    if (rankings != nullptr && options.model == name) {
      findings.counterfactual_model = name;
      findings.counterfactual = estimate_click_rate(*model, data, *rankings, options.counterfactual);
    }
  }
  if (folds >= 2)
    for (ModelFindings& model : findings.models)
      model.gain = metrics::compare_paired(model.held_out.log_likelihood, findings.models[1].held_out.log_likelihood, 1000, options.seed);

  findings.judged_depth = options.judged_depth;
  if (logged_quality) findings.judged_log = judged(*logged_quality);
  if (judgements != nullptr && rankings != nullptr) {
    JudgedMean quality(*judgements, options.judged_depth);
    for (const Ranking& ranking : *rankings) quality.add(ranking);
    findings.judged_new = judged(quality);
  }
  return findings;
}

OrderedJson truth_json(const SimulationOptions& options, const SimulationTruth& truth) {
  const SimulatedUser& user = options.user;
  return {{"model", std::string(name_of(user.model))},
          {"user",
           {{"least_attraction", user.least_attraction},
            {"most_attraction", user.most_attraction},
            {"least_satisfaction", user.least_satisfaction},
            {"most_satisfaction", user.most_satisfaction},
            {"position_exponent", user.position_exponent},
            {"continuation", user.continuation}}},
          {"seed", options.seed},
          {"searches", options.searches},
          {"clicks", truth.clicks},
          {"examination", truth.examination}};
}

KnownTruth read_truth(const std::filesystem::path& path) {
  const Json truth = read_json(path);
  return {json_get<std::string>(truth, "model", path.string()), json_get<std::vector<double>>(truth, "examination", path.string())};
}

OrderedJson findings_json(const ClickFindings& findings) {
  const auto interval = [](const metrics::Interval& bounds) { return OrderedJson::array({bounds.low, bounds.high}); };
  const auto estimate = [&](const Estimate& value) { return OrderedJson{{"value", value.value}, {"interval", interval(value.interval)}}; };
  const auto judged = [&](const JudgedFindings& found) {
    return OrderedJson{
        {"ndcg", found.ndcg}, {"interval", interval(found.interval)}, {"judged", found.judged}, {"not_judged", found.not_judged}};
  };
  OrderedJson json = report_json(findings.log);
  json["queries"] = findings.queries;
  json["pairs"] = findings.pairs;
  json["share_at_several_positions"] = findings.at_several_positions;
  json["relevance_prior"] = findings.relevance_prior;
  json["relative_click_rate"] = findings.relative_click_rate;
  if (!findings.truth.model.empty()) json["truth"] = {{"model", findings.truth.model}, {"examination", findings.truth.examination}};
  OrderedJson models = OrderedJson::array();
  for (const ModelFindings& model : findings.models) {
    OrderedJson entry = {{"model", model.model}, {"examination", model.examination}, {"iterations", model.iterations}};
    if (!model.held_out.log_likelihood.empty())
      entry["held_out"] = {{"log_likelihood", model.held_out.mean_log_likelihood()},
                           {"perplexity", model.held_out.perplexity},
                           {"perplexity_by_position", model.held_out.perplexity_by_position},
                           {"gain", model.gain.difference},
                           {"gain_interval", interval(model.gain.interval)},
                           {"p_value", model.gain.p_value}};
    models.push_back(std::move(entry));
  }
  json["models"] = std::move(models);
  if (const auto& other = findings.counterfactual)
    json["counterfactual"] = {{"model", findings.counterfactual_model},
                              {"searches", other->searches},
                              {"without_ranking", other->without_ranking},
                              {"coverage", other->coverage},
                              {"clipped", other->clipped},
                              {"effective_size", other->effective_size},
                              {"logged", estimate(other->logged)},
                              {"ips", estimate(other->ips)},
                              {"snips", estimate(other->snips)},
                              {"model_prediction", other->model}};
  if (findings.judged_log) {
    json["judged"] = {{"depth", findings.judged_depth}, {"log", judged(*findings.judged_log)}};
    if (findings.judged_new) json["judged"]["new"] = judged(*findings.judged_new);
  }
  return json;
}

}  // namespace fathom::clicks
