// Trains the attention autoencoder on unlabelled questions.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "fathom/faq/faq.h"
#include "fathom/faq/question_encoder.h"

namespace fathom::autoencoder {

struct AutoencoderTraining {
  std::int64_t hidden = 64;
  std::int64_t max_words = 40;           // of a question; the rest is left out
  std::int64_t max_vocabulary = 10'000;  // words that the decoder can write
  std::int64_t batch_words = 1024;
  std::int64_t words = 600'000;  // to train on in all; questions are repeated until then
  double hidden_share = 0.2;     // of the encoder's words
  double decoder_hidden_share = 0.5;
  double learning_rate = 2e-3;
  std::uint64_t seed = 1;
  std::function<void(std::int64_t words, double loss)> report;  // from time to time; may be empty
};

struct TrainedEncoder {
  faq::QuestionEncoder encoder;
  double first_loss = 0.0, last_loss = 0.0;  // means over the first and last tenth of the steps, nats a word
};

// nullopt when fewer than 10 questions have two words or more with vectors. Deterministic for a seed on one device and thread count.
std::optional<TrainedEncoder> train_autoencoder(const faq::EncoderTraining& text, const AutoencoderTraining& options, at::Device device);

}  // namespace fathom::autoencoder
