// Accuracy on tasks with known answers, from several samples of each (DeepSeek-R1 §3: pass@1 averaged over k samples at
// temperature 0.6 and top-p 0.95; cons@k is the majority's answer).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fathom/align/rewards.h"
#include "fathom/base/json.h"
#include "fathom/data/tasks.h"
#include "fathom/engine/generator.h"
#include "fathom/metrics/sampling_metrics.h"
#include "fathom/text/chat_template.h"

namespace fathom::eval {

struct ReasoningEvalOptions {
  text::PromptFormat format = text::PromptFormat::plain;
  std::int64_t samples = 1;         // k
  engine::SamplingParams sampling;  // stop_ids: as engine::end_of_sequence_ids gives them
  engine::GeneratorOptions generator;
  bool allow_bare = true;  // an answer after "####" counts too (GSM8K's own format)
  bool quiet = false;
};

struct SampleResult {
  std::string response;
  align::Verdict verdict = align::Verdict::unparsable;
  std::string answer;       // as extracted; empty when there is none
  std::int64_t tokens = 0;  // new ones, the end-of-sequence token included
  bool truncated = false;   // ended by a limit on length
};

struct ProblemResult {
  std::string prompt, reference;
  std::vector<SampleResult> samples;  // empty when the prompt did not fit the model's context
  std::int64_t right = 0;             // samples
  double pass_1 = 0;                  // share of right samples
  std::string majority;               // most frequent answer; equal values are one answer
  bool majority_right = false;
};

struct Measure {
  double value = 0;
  metrics::Interval interval{0, 0};  // 95%, over problems: bootstrap; of a share that is 0 or 1 everywhere, Wilson's
};

struct ReasoningEvalResult {
  std::vector<ProblemResult> problems;
  std::int64_t k = 1;
  Measure pass_1, cons_k;
  std::vector<std::pair<std::int64_t, Measure>> pass_at;  // (k', pass@k') for k' = 1, 2, 4, … and k, unbiased
  Measure mean_tokens;                                    // of a response
  double truncated_share = 0, unparsable_share = 0;
  std::int64_t prompts_too_long = 0;  // counted as not solved
  std::int64_t generated_tokens = 0;
  double seconds = 0;

  // The measures without the problems.
  OrderedJson to_json() const;
  // For people.
  std::string table() const;
  // One JSON line a problem: prompt, reference, responses with verdicts.
  std::string samples_jsonl() const;
};

// Judges every response in result.problems and fills in the measures; evaluate_reasoning does it with the responses it
// generated. Problems hold result.k samples or none. Throws Error when none has samples.
void grade(ReasoningEvalResult& result, bool allow_bare);

// Throws Error when there is no task, or when every prompt is longer than the model's context (naming both lengths).
ReasoningEvalResult evaluate_reasoning(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<data::Task>& tasks,
                                       const ReasoningEvalOptions& options);

}  // namespace fathom::eval
