// Trains a byte-level BPE vocabulary. Deterministic: pairs of equal count are merged in the order of their token ids.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::text {

struct BpeTrainerOptions {
  std::int64_t vocab_size = 4096;  // bytes + merges + special tokens
  bool individual_digits = true;   // DeepSeek LLM §2: digits apart
  std::int64_t min_frequency = 2;  // a pair must occur this often to be merged
  // Special tokens take the first ids, in this order. bos/eos/pad name three of them (empty: none).
  std::vector<std::string> special_tokens = {"<|begin_of_sentence|>", "<|end_of_sentence|>", "<|pad|>", "<|User|>", "<|Assistant|>"};
  std::string bos_token = "<|begin_of_sentence|>";
  std::string eos_token = "<|end_of_sentence|>";
  std::string pad_token = "<|pad|>";
};

class BpeTrainer {
 public:
  explicit BpeTrainer(BpeTrainerOptions options);
  ~BpeTrainer();
  // Counts the words of a text. May be called any number of times; memory grows with distinct words only.
  void add(std::string_view text);
  // Throws Error when vocab_size is below 256 + special tokens, or when no text was added.
  Tokenizer train() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::text
