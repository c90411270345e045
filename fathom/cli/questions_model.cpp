#include "fathom/cli/model_library.h"
#include "fathom/cli/question_model.h"

namespace fathom::cli {

void QuestionModelOptions::add_to(CLI::App& app) {
  app.add_option("--model", model, "Directory of a question generator (fathom questions train)")->required();
  app.add_option("--beam", beam, "Questions that are followed at a time; 1: the most likely word each time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--length-penalty", length_penalty, "Log-probabilities are divided by the length to this power")
      ->check(check_between(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--batch", batch, "Answers that are asked for at a time")->check(CLI::Range(1, 4096))->capture_default_str();
  compute.add_to(app);
}

std::unique_ptr<questions::QuestionGenerator> open_question_generator(const QuestionModelOptions& options) {
  return std::unique_ptr<questions::QuestionGenerator>(
      reinterpret_cast<QuestionGeneratorFunction>(model_library_symbol(question_generator_symbol))(options));
}

}  // namespace fathom::cli
