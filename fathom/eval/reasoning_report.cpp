// How a ReasoningEvalResult is shown and stored.
#include <fmt/format.h>

#include "fathom/base/progress.h"
#include "fathom/eval/reasoning_eval.h"

namespace fathom::eval {
namespace {

OrderedJson to_json(const Measure& measure) {
  return {{"value", measure.value}, {"low", measure.interval.low}, {"high", measure.interval.high}};
}

const char* name_of(align::Verdict verdict) {
  switch (verdict) {
    case align::Verdict::correct: return "correct";
    case align::Verdict::wrong: return "wrong";
    case align::Verdict::unparsable: break;
  }
  return "unparsable";
}

// Bytes that are no UTF-8 (a model may end inside a character) must not stop the writing of results.
std::string dump(const OrderedJson& json) { return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace); }

}  // namespace

OrderedJson ReasoningEvalResult::to_json() const {
  OrderedJson json;
  json["problems"] = problems.size();
  json["samples_per_problem"] = k;
  for (const auto& [tries, measure] : pass_at) json[fmt::format("pass@{}", tries)] = eval::to_json(measure);
  json[fmt::format("cons@{}", k)] = eval::to_json(cons_k);
  json["mean_tokens"] = eval::to_json(mean_tokens);
  json["truncated_share"] = truncated_share;
  json["unparsable_share"] = unparsable_share;
  json["prompts_too_long"] = prompts_too_long;
  json["generated_tokens"] = generated_tokens;
  json["seconds"] = seconds;
  return json;
}

std::string ReasoningEvalResult::table() const {
  std::string out = fmt::format("{:<22}{:>10}   {}\n", "measure", "value", "95% interval");
  const auto percent = [&out](const std::string& name, const Measure& m) {
    out += fmt::format("{:<22}{:>9.1f}%   {:.1f}% to {:.1f}%\n", name, 100 * m.value, 100 * m.interval.low, 100 * m.interval.high);
  };
  for (const auto& [tries, measure] : pass_at) percent(fmt::format("pass@{}", tries), measure);
  if (k > 1) percent(fmt::format("cons@{}", k), cons_k);
  out += fmt::format("{:<22}{:>10.1f}   {:.1f} to {:.1f}\n", "tokens a response", mean_tokens.value, mean_tokens.interval.low,
                     mean_tokens.interval.high);
  out += fmt::format("{:<22}{:>9.1f}%\n", "truncated", 100 * truncated_share);
  out += fmt::format("{:<22}{:>9.1f}%\n", "without an answer", 100 * unparsable_share);
  if (prompts_too_long > 0)
    out += fmt::format("{:<22}{:>10}   longer than the model's context; counted as not solved\n", "prompts too long", prompts_too_long);
  out += fmt::format("{} problems x {} samples, {} tokens in {}\n", problems.size(), k, format_count(static_cast<double>(generated_tokens)),
                     format_duration(seconds));
  return out;
}

std::string ReasoningEvalResult::samples_jsonl() const {
  std::string out;
  for (const ProblemResult& problem : problems) {
    OrderedJson line;
    line["prompt"] = problem.prompt;
    line["reference"] = problem.reference;
    line["pass@1"] = problem.pass_1;
    line["majority"] = problem.majority;
    line["majority_right"] = problem.majority_right;
    line["responses"] = OrderedJson::array();
    for (const SampleResult& sample : problem.samples)
      line["responses"].push_back({{"text", sample.response},
                                   {"verdict", name_of(sample.verdict)},
                                   {"answer", sample.answer},
                                   {"tokens", sample.tokens},
                                   {"truncated", sample.truncated}});
    out += dump(line) + "\n";
  }
  return out;
}

}  // namespace fathom::eval
