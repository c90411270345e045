#include "fathom/cli/question_generator_training.h"

#include <fmt/format.h>

#include <cstdio>

#include "fathom/asking/question_training.h"
#include "fathom/base/progress.h"
#include "fathom/cli/training_output.h"

extern "C" int fathom_train_question_generator(const fathom::cli::QuestionTrainingRequest* request) {
  using namespace fathom;
  Recipe recipe = request->run.recipe();
  const asking::QuestionTrainingResult result =
      asking::train_question_generator(recipe, cli::run_settings(request->run, request->compute), request->compute.threads);
  if (request->json) {
    fmt::print("{}\n", result.record.dump(2));
  } else {
    fmt::print("{} epochs, {} steps in {} ({} examples/s); loss {:.3f}", result.epochs, result.steps, format_duration(result.seconds),
               format_count(result.examples_per_second), result.loss);
    if (result.validation_loss) fmt::print("; best epoch {}, validation loss {:.3f}", result.best_epoch, *result.validation_loss);
    if (result.type_accuracy) fmt::print(", type accuracy {:.1f}%", 100.0 * *result.type_accuracy);
    fmt::print("\nGenerator: {}\n", result.model.string());
  }
  if (result.interrupted)
    fmt::print(stderr, "fathom: stopped early; the generator is that of the epochs so far. Go on with the same command and --resume\n");
  return result.interrupted ? 1 : 0;
}
