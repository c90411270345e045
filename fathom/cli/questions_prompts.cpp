// fathom questions prompts: generated questions become prompts whose answers can be checked, for `fathom grpo`.
#include <fmt/format.h>

#include <memory>

#include "fathom/cli/log_commands.h"
#include "fathom/cli/questions_commands.h"
#include "fathom/enrichment/question_prompts.h"

namespace fathom::cli {
namespace {

struct PromptOptions {
  std::string input, out;
};

int run_prompts(const PromptOptions& options) {
  require_other_file(options.out, {options.input});
  const enrichment::PromptReport report = enrichment::write_prompts(enrichment::read_question_pairs(options.input), options.out);
  fmt::print("{}: {} prompts whose answer is a number, {} whose answer is a few words\n", options.out, report.numbers, report.short_texts);
  if (report.too_long > 0) fmt::print("{} left out: their answer is too long to be compared by its spelling\n", report.too_long);
  if (report.not_checkable > 0) fmt::print("{} left out: no rule can check their answer\n", report.not_checkable);
  return 0;
}

}  // namespace

Runner set_up_questions_prompts(CLI::App& app) {
  auto options = std::make_shared<PromptOptions>();
  app.description("Write questions as prompts with answers that a rule can check (fathom grpo --tasks)");
  app.add_option("--input", options->input, "What `fathom questions generate` wrote")->required();
  app.add_option("--out", options->out, "File to write: JSONL of prompt and answer")->required();
  return [options] { return run_prompts(*options); };
}

}  // namespace fathom::cli
