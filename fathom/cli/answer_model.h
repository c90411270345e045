// The language model behind `fathom ask` and `fathom serve`, which live outside the model library.
#pragma once

#include <memory>
#include <string>

#include "fathom/cli/common_options.h"
#include "fathom/search/answer_writer.h"

namespace fathom::cli {

struct AnswerModelOptions {
  std::string model;  // a model directory; empty: none
  ComputeOptions compute;
  double temperature = 0.0;
  std::int64_t max_new_tokens = 512;
  std::string format = "chat";
  void add_to(CLI::App& app);
};

// The symbol that the model library exports.
constexpr const char* answer_model_symbol = "fathom_open_answer_model";
using AnswerModelFunction = search::AnswerWriter* (*)(const AnswerModelOptions& options);  // the caller's to delete

// Opens the model library and the model; null without a model.
std::unique_ptr<search::AnswerWriter> open_answer_model(const AnswerModelOptions& options);

}  // namespace fathom::cli
