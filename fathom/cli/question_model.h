// The model behind `fathom questions generate`, which lives outside the model library.
#pragma once

#include <memory>
#include <string>

#include "fathom/cli/common_options.h"
#include "fathom/questions/question.h"

namespace fathom::cli {

struct QuestionModelOptions {
  std::string model;  // a directory that `fathom questions train` wrote, or a causal language model trained on the task
  ComputeOptions compute;
  int beam = 5;                 // 1: the most likely word each time
  double length_penalty = 1.0;  // exponent of the length that log-probabilities are divided by
  int batch = 64;               // answers at a time
  void add_to(CLI::App& app);
};

// The symbol that the model library exports.
constexpr const char* question_generator_symbol = "fathom_open_question_generator";
using QuestionGeneratorFunction = questions::QuestionGenerator* (*)(const QuestionModelOptions& options);  // the caller's to delete

// Opens the model library and the model.
std::unique_ptr<questions::QuestionGenerator> open_question_generator(const QuestionModelOptions& options);

}  // namespace fathom::cli
