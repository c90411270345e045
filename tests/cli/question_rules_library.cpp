// A model library for tests of the program: all that it has is the generator without a model.
#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/cli/question_model.h"
#include "tests/enrichment/rule_generator.h"

extern "C" fathom::questions::QuestionGenerator* fathom_open_question_generator(const fathom::cli::QuestionModelOptions& options) {
  fathom::require(std::filesystem::is_directory(options.model), "{}: there is no such model directory", options.model);
  return new fathom::enrichment::RuleGenerator;
}
