#include "fathom/cli/answer_model.h"
#include "fathom/cli/model_library.h"

namespace fathom::cli {

void AnswerModelOptions::add_to(CLI::App& app) {
  app.add_option("--model", model, "Model directory that writes the answers; without it the best sentence is the answer");
  app.add_option("--temperature", temperature, "0: always the most likely token")->check(CLI::Range(0.0, 100.0))->capture_default_str();
  app.add_option("--max-new-tokens", max_new_tokens, "Most tokens of an answer")->check(check_positive)->capture_default_str();
  app.add_option("--format", format, "How the model is asked: chat, r1-zero, plain")->capture_default_str();
  compute.add_to(app);
}

std::unique_ptr<search::AnswerWriter> open_answer_model(const AnswerModelOptions& options) {
  if (options.model.empty()) return nullptr;
  return std::unique_ptr<search::AnswerWriter>(reinterpret_cast<AnswerModelFunction>(model_library_symbol(answer_model_symbol))(options));
}

}  // namespace fathom::cli
