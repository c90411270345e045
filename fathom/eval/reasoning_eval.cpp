#include "fathom/eval/reasoning_eval.h"

#include <algorithm>
#include <chrono>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"

namespace fathom::eval {
namespace {

void grade_problem(ProblemResult& problem, bool allow_bare) {
  std::vector<std::string> votes;
  for (SampleResult& sample : problem.samples) {
    sample.verdict = align::judge_math(sample.response, problem.reference, allow_bare);
    problem.right += sample.verdict == align::Verdict::correct ? 1 : 0;
    votes.emplace_back();
    if (sample.verdict == align::Verdict::unparsable) continue;
    sample.answer = align::extract_answer(sample.response, allow_bare).value_or("");
    // "1/2" and "0.5" vote for the same answer: the one that was given first.
    const auto same = std::find_if(votes.begin(), votes.end() - 1, [&](const std::string& earlier) {
      return !earlier.empty() && align::judge_math(sample.response, earlier, allow_bare) == align::Verdict::correct;
    });
    votes.back() = same != votes.end() - 1 ? *same : sample.answer;
  }
  problem.pass_1 = static_cast<double>(problem.right) / static_cast<double>(problem.samples.size());
  problem.majority = metrics::majority_answer(votes);
  const auto voter = std::find(votes.begin(), votes.end(), problem.majority) - votes.begin();
  problem.majority_right = !problem.majority.empty() && problem.samples[static_cast<std::size_t>(voter)].verdict == align::Verdict::correct;
}

template <typename Value>
Measure measure(const std::vector<ProblemResult>& problems, const Value& value) {
  std::vector<double> values;
  double sum = 0;
  for (const ProblemResult& problem : problems) {
    values.push_back(value(problem));
    sum += values.back();
  }
  if (values.empty()) return {};
  return {sum / static_cast<double>(values.size()), metrics::share_interval(values)};
}

}  // namespace

void grade(ReasoningEvalResult& result, bool allow_bare) {
  for (ProblemResult& problem : result.problems)
    if (!problem.samples.empty()) grade_problem(problem, allow_bare);

  std::int64_t samples = 0, truncated = 0, unparsable = 0;
  for (const ProblemResult& problem : result.problems) {
    for (const SampleResult& sample : problem.samples) {
      ++samples;
      truncated += sample.truncated ? 1 : 0;
      unparsable += sample.verdict == align::Verdict::unparsable ? 1 : 0;
    }
  }
  result.pass_1 = measure(result.problems, [](const ProblemResult& p) { return p.pass_1; });
  for (std::int64_t k = 1;; k = std::min(2 * k, result.k)) {
    const auto pass = [&](const ProblemResult& p) { return p.samples.empty() ? 0.0 : metrics::pass_at_k(result.k, p.right, k); };
    result.pass_at.emplace_back(k, measure(result.problems, pass));
    if (k == result.k) break;
  }
  result.cons_k = measure(result.problems, [](const ProblemResult& p) { return p.majority_right ? 1.0 : 0.0; });
  std::vector<double> lengths;
  for (const ProblemResult& problem : result.problems) {
    if (problem.samples.empty()) continue;
    double tokens = 0;
    for (const SampleResult& sample : problem.samples) tokens += static_cast<double>(sample.tokens);
    lengths.push_back(tokens / static_cast<double>(problem.samples.size()));
    result.mean_tokens.value += lengths.back();
  }
  require(!lengths.empty(), "there are no responses to grade");
  result.mean_tokens.value /= static_cast<double>(lengths.size());
  result.mean_tokens.interval = metrics::bootstrap_mean(lengths);
  result.truncated_share = static_cast<double>(truncated) / static_cast<double>(samples);
  result.unparsable_share = static_cast<double>(unparsable) / static_cast<double>(samples);
}

ReasoningEvalResult evaluate_reasoning(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<data::Task>& tasks,
                                       const ReasoningEvalOptions& options) {
  require(!tasks.empty(), "there are no tasks to evaluate on");
  require(options.samples >= 1, "an evaluation needs at least one sample of each task, got {}", options.samples);
  const auto begin = std::chrono::steady_clock::now();
  ReasoningEvalResult result;
  result.k = options.samples;

  std::vector<engine::GenerationRequest> requests;
  std::vector<std::size_t> problem_of_request;
  const std::int64_t context = model.config().max_position_embeddings;
  std::size_t shortest_too_long = 0;
  for (const data::Task& task : tasks) {
    result.problems.emplace_back();
    result.problems.back().prompt = task.prompt;
    result.problems.back().reference = task.answer;
    const std::vector<text::TokenId> ids = text::render_prompt(options.format, task.prompt, tokenizer);
    if (static_cast<std::int64_t>(ids.size()) >= context) {
      shortest_too_long = result.prompts_too_long == 0 ? ids.size() : std::min(shortest_too_long, ids.size());
      ++result.prompts_too_long;
      continue;
    }
    engine::GenerationRequest request;
    request.prompt_ids.assign(ids.begin(), ids.end());
    request.params = options.sampling;
    request.samples = options.samples;
    requests.push_back(std::move(request));
    problem_of_request.push_back(result.problems.size() - 1);
  }
  require(!requests.empty(), "no task's prompt fits the model's context of {} tokens (max_position_embeddings): the shortest of {} has {}",
          context, tasks.size(), shortest_too_long);

  Progress progress("eval", static_cast<std::int64_t>(requests.size()) * options.samples, "sample", options.quiet);
  engine::Generator generator(model, &tokenizer, options.generator);
  const std::vector<engine::Completion> completions =
      generator.generate(requests, {}, [&progress](std::int64_t finished) { progress.update(finished); });
  progress.finish();

  const std::string opening = text::reply_opening(options.format, tokenizer);
  for (const engine::Completion& completion : completions) {
    SampleResult sample;
    sample.response = opening + completion.text;
    sample.tokens = static_cast<std::int64_t>(completion.ids.size());
    sample.truncated = completion.finish == engine::FinishReason::length;
    result.problems[problem_of_request[static_cast<std::size_t>(completion.request)]].samples.push_back(std::move(sample));
  }
  grade(result, options.allow_bare);
  result.generated_tokens = generator.statistics().generated_tokens;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace fathom::eval
