// How `fathom faq build`, which needs no libtorch, has the encoder trained by the model library.
#pragma once

#include <optional>
#include <string>

#include "fathom/faq/faq.h"

namespace fathom::cli {

struct EncoderTrainingRequest {
  const faq::EncoderTraining* text = nullptr;
  std::int64_t hidden = 64, words = 600'000;
  std::uint64_t seed = 1;
  int threads = 0;
  std::string device = "cpu";
  bool quiet = false;
};

// The symbol that the model library exports.
constexpr const char* train_question_encoder_symbol = "fathom_train_question_encoder";
using TrainQuestionEncoder = void (*)(const EncoderTrainingRequest* request, std::optional<faq::QuestionEncoder>* encoder);

}  // namespace fathom::cli
