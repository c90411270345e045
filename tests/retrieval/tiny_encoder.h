// A small encoder of either architecture, and text to train one on.
#pragma once

#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/rng.h"
#include "fathom/retrieval/encoder_vocabulary.h"
#include "fathom/retrieval/mean_max_model.h"

namespace fathom::retrieval {

inline EncoderConfig tiny_config(Architecture architecture, std::int64_t vocab_size = 12) {
  EncoderConfig config;
  config.architecture = architecture;
  config.vocab_size = vocab_size;
  config.width = 8;
  config.embedding_width = architecture == Architecture::modern ? 8 : 6;
  config.heads = 2;
  config.inner_width = 10;
  config.layers = architecture == Architecture::modern ? 2 : 1;
  config.decoder_layers = 1;
  config.max_length = 9;
  return config;
}

// Everything random, norms and biases too, so that a test sees what it is of.
inline void randomize(const nn::Module& module) {
  const at::NoGradGuard no_grad;
  std::vector<nn::CheckpointTensor> tensors;
  module.collect_checkpoint("", tensors);
  for (nn::CheckpointTensor& tensor : tensors)
    tensor.view.copy_(at::randn(tensor.view.sizes(), at::kDouble).mul_(0.5).to(tensor.view.options()));
}

inline std::vector<std::string> tiny_words(std::int64_t count) {
  std::vector<std::string> words;
  for (std::int64_t i = 0; i < count; ++i) words.push_back("word" + std::to_string(i));
  return words;
}

// Sentences of a small grammar: their words follow from one another, so that there is something to learn.
inline void write_tiny_text(const std::filesystem::path& file, int sentences) {
  const std::vector<std::string> people = {"the king", "my mother", "a sailor", "the doctor"}, acts = {"saw", "loved", "sold", "found"},
                                 things = {"the old ship", "a red house", "the small dog", "a silver coin"},
                                 places = {"in the garden", "near the sea", "at night", "on the road"};
  Rng rng(1);
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    const auto pick = [&](const std::vector<std::string>& from) { return from[rng.below(from.size())]; };
    text += pick(people) + " " + pick(acts) + " " + pick(things) + (rng.below(2) == 0 ? " " + pick(places) : std::string()) + " .\n";
  }
  write_file_atomically(file, text);
}

}  // namespace fathom::retrieval
