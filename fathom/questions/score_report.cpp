#include <fmt/format.h>

#include <numeric>

#include "fathom/questions/text_scores.h"

namespace fathom::questions {
namespace {

OrderedJson in_percent(double value, const metrics::Interval& interval) {
  OrderedJson json;
  json["value"] = 100.0 * value;
  json["low"] = 100.0 * interval.low;
  json["high"] = 100.0 * interval.high;
  return json;
}

std::string rows(const OrderedJson& values, bool differences) {
  std::string text;
  for (const auto& [name, value] : values.items()) {
    text += fmt::format("  {:32}", name);
    const double number = value.at("value"), low = value.at("low"), high = value.at("high");
    if (differences) {
      text += fmt::format("{:+8.2f}  [{:+.2f}, {:+.2f}]  p = {:.4f}\n", number, low, high, value.at("p").get<double>());
    } else {
      text += fmt::format("{:8.2f}  [{:.2f}, {:.2f}]\n", number, low, high);
    }
  }
  return text;
}

}  // namespace

OrderedJson score_report(const GeneratedTexts& texts, const std::vector<SystemScores>& scores, const std::vector<std::string>& names,
                         const ScoreOptions& options) {
  OrderedJson report;
  report["sentences"] = texts.references.size();
  report["references"] = std::accumulate(texts.references.begin(), texts.references.end(), std::size_t{0},
                                         [](std::size_t sum, const auto& references) { return sum + references.size(); });
  report["words"] = options.words == ScoreWords::spaces ? "spaces" : "penn";
  report["lower_case"] = options.lower_case;
  report["synonyms"] = options.net != nullptr ? "WordNet" : "none";
  report["resamples"] = options.resamples;
  report["seed"] = options.seed;
  report["systems"] = OrderedJson::array();
  report["comparisons"] = OrderedJson::array();
  for (std::size_t s = 0; s < scores.size(); ++s) {
    OrderedJson system, comparison;
    system["generated"] = names[s];
    comparison["system"] = names[s];
    comparison["baseline"] = names.front();
    for (std::size_t m = 0; m < scores[s].metrics.size(); ++m) {
      const Metric& metric = scores[s].metrics[m];
      system["scores"][metric.name] =
          in_percent(corpus_score(metric.statistics), bootstrap_interval(metric.statistics, options.resamples, options.seed));
      if (s == 0) continue;
      const metrics::PairedComparison compared =
          compare_corpora(metric.statistics, scores.front().metrics[m].statistics, options.resamples, options.seed);
      OrderedJson& difference = comparison["differences"][metric.name];
      difference = in_percent(compared.difference, compared.interval);
      difference["p"] = compared.p_value;
    }
    report["systems"].push_back(std::move(system));
    if (s > 0) report["comparisons"].push_back(std::move(comparison));
  }
  return report;
}

std::string score_table(const OrderedJson& report) {
  std::string text = fmt::format("{} texts, {} references; words by {}{}; METEOR's synonyms: {}; 95% intervals of {} resamples\n",
                                 report.at("sentences").get<std::int64_t>(), report.at("references").get<std::int64_t>(),
                                 report.at("words").get<std::string>(), report.at("lower_case").get<bool>() ? ", lower-cased" : "",
                                 report.at("synonyms").get<std::string>(), report.at("resamples").get<std::int64_t>());
  for (const OrderedJson& system : report.at("systems")) {
    text += fmt::format("\n{}\n{}", system.at("generated").get<std::string>(), rows(system.at("scores"), false));
  }
  for (const OrderedJson& comparison : report.at("comparisons")) {
    text += fmt::format("\n{} against {}\n{}", comparison.at("system").get<std::string>(), comparison.at("baseline").get<std::string>(),
                        rows(comparison.at("differences"), true));
  }
  return text;
}

std::string sentence_scores(const GeneratedTexts& texts, const std::vector<SystemScores>& scores, const std::vector<std::string>& names) {
  std::string lines;
  for (std::size_t s = 0; s < scores.size(); ++s) {
    for (std::size_t i = 0; i < scores[s].texts.size(); ++i) {
      const TextScore& score = scores[s].texts[i];
      OrderedJson line;
      line["system"] = names[s];
      if (!texts.ids.empty()) line["id"] = texts.ids[i];
      line["generated"] = texts.systems[s][i];
      line["bleu_4"] = 100.0 * score.bleu_4;
      line["meteor"] = 100.0 * score.meteor;
      line["rouge_l"] = 100.0 * score.rouge_l;
      line["type_right"] = score.type_right;
      lines += line.dump() + "\n";
    }
  }
  return lines;
}

}  // namespace fathom::questions
