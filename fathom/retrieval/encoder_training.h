// Trains a sentence encoder: the autoencoder, then the contrastive refinement where the recipe asks for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"
#include "fathom/train/run.h"

namespace fathom::retrieval {

struct EncoderTrainingResult {
  std::int64_t steps = 0, tokens = 0;  // of the whole run, resumed parts included; targets: words and ends
  double seconds = 0;                  // in training steps
  double loss = 0;                     // of the last record
  std::optional<double> validation_loss, bleu, exact_tokens;
  bool interrupted = false;
  std::filesystem::path model;  // the encoder's directory; empty when interrupted
  OrderedJson summary;
};

// OUT gets recipe.toml, metrics.jsonl, reconstructions.jsonl (sentences and what the decoder makes of them), checkpoints/step-N (an encoder
// directory with trainer/ inside: decoder, moments, position) and at the end model/ (the encoder alone) and summary.json. Resuming goes on
// bit-exactly on the same build and device. Throws UsageError for a wrong recipe, Error as prepare_training_text() does and when a loss is
// not finite (the last checkpoint stays).
EncoderTrainingResult train_encoder(Recipe& recipe, const train::RunSettings& settings, int threads);

}  // namespace fathom::retrieval
