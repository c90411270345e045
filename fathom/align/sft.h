// Supervised fine-tuning on prompts and answers, loss on the answers only: `fathom sft` (DeepSeek-R1 §2.3.1, DeepSeek-V3 §5.1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"
#include "fathom/data/supervised_batches.h"
#include "fathom/data/tasks.h"
#include "fathom/text/chat_template.h"
#include "fathom/text/tokenizer.h"
#include "fathom/train/run.h"

namespace fathom::align {

// How a task becomes a prompt and the answer that is learnt.
struct SftFormat {
  text::PromptFormat prompt = text::PromptFormat::chat;
  // "solution": the worked answer with its result as GSM8K writes it ("#### 72"; left as it is where it states its result itself; the
  // answer where a task has no worked one); "answer": the final answer alone; "r1": <think>solution</think> <answer>answer</answer>.
  std::string response = "solution";

  // Keys prompt.format (plain, r1-zero, chat) and sft.response.
  static SftFormat from_recipe(Recipe& recipe);
};

// The text of the answer. Throws Error for r1 without a worked answer, naming the prompt.
std::string response_text(const data::Task& task, const SftFormat& format);
// Prompt and answer as ids, the end of the reply included.
data::SupervisedExample supervised_example(const data::Task& task, const SftFormat& format, const text::Tokenizer& tokenizer);

// Mean loss a target token over all examples (no gradient); bits_per_byte is not given.
train::EvaluationResult evaluate_examples(const model::CausalLM& model, const std::vector<data::SupervisedExample>& examples,
                                          const data::SupervisedOptions& packing);

struct SftResult {
  std::filesystem::path model;  // OUT/model; empty when interrupted
  train::LoopResult loop;
  std::int64_t examples = 0, left_out = 0;
  OrderedJson summary;  // what `--json` prints; also OUT/summary.json
};

// Fine-tunes the model directory of model.init_from on the tasks of data.train (keys: docs/sft.md) in settings.out, laid out as
// train::pretrain does. Every key must be known. Throws UsageError and Error.
SftResult sft(Recipe& recipe, const train::RunSettings& settings);

}  // namespace fathom::align
