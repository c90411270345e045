// fathom questions train: a question generator from records (docs/question-generation.md). The training needs libtorch and lives in the
// model library.
#include <memory>

#include "fathom/cli/model_library.h"
#include "fathom/cli/question_generator_training.h"
#include "fathom/cli/questions_commands.h"

namespace fathom::cli {

Runner set_up_questions_train(CLI::App& app) {
  auto options = std::make_shared<QuestionTrainingRequest>();
  app.description("Train a model that asks about an answer in a sentence");
  app.footer(
      "fathom questions train --config recipes/questions.toml --set 'data.train=[\"train.jsonl\"]' --set 'data.validation=[\"dev.jsonl\"]' "
      "--out runs/questions");
  options->run.add_to(app);
  options->compute.add_to(app);
  app.add_flag("--json", options->json, "Print the record of the training as JSON");
  return
      [options] { return reinterpret_cast<TrainQuestionGenerator>(model_library_symbol(train_question_generator_symbol))(options.get()); };
}

}  // namespace fathom::cli
