// Training of a question generator, in the library with everything that needs libtorch.
#pragma once

#include "fathom/cli/common_options.h"

namespace fathom::cli {

struct QuestionTrainingRequest {
  RunOptions run;
  ComputeOptions compute;
  bool json = false;
};

// The symbol that the model library exports. Returns the exit code; throws as asking::train_question_generator() does.
constexpr const char* train_question_generator_symbol = "fathom_train_question_generator";
using TrainQuestionGenerator = int (*)(const QuestionTrainingRequest* request);

}  // namespace fathom::cli

extern "C" int fathom_train_question_generator(const fathom::cli::QuestionTrainingRequest* request);
