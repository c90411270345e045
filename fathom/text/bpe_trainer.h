// Trains a byte-level BPE vocabulary. Deterministic: neither the order of the texts, nor threads, nor the memory limit change a byte of
// it; pairs of equal count are merged in the order of their token ids (text/merge_learner.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/tokenizer.h"

namespace fathom::text {

struct BpeTrainerOptions {
  std::int64_t vocab_size = 4096;  // bytes + merges + special tokens
  std::int64_t min_frequency = 2;  // a pair must occur this often to be merged
  // Special tokens take the first ids, in this order. bos/eos/pad name three of them (empty: none).
  std::vector<std::string> special_tokens = {"<|begin_of_sentence|>", "<|end_of_sentence|>", "<|pad|>", "<|User|>", "<|Assistant|>"};
  std::string bos_token = "<|begin_of_sentence|>";
  std::string eos_token = "<|end_of_sentence|>";
  std::string pad_token = "<|pad|>";
  // As tokenizer.json describes it (text/pre_tokenizer_recipes.h has the known ones); null: gpt2-digits.
  Json pre_tokenizer = nullptr;
  std::int64_t max_token_bytes = 0;  // no longer tokens are made; 0: any length
  // The size that a model's vocabulary is rounded up to a multiple of (1: not at all); Tokenizer::model_vocab_size().
  std::int64_t model_vocab_multiple = 1;
  int threads = 1;                // that may be in add() at a time
  std::int64_t memory_bytes = 0;  // what counting may take, and again what learning may; beyond it data lies on disk. 0: no limit
  std::filesystem::path scratch_directory = {};  // for that; empty: the system's directory for temporary files
};

class BpeTrainer {
 public:
  // Throws Error: vocab_size below 256 + special tokens or above what ids can count; special tokens that are empty or given twice; a
  // role without its token; a pre-tokenizer that is not supported.
  explicit BpeTrainer(BpeTrainerOptions options);
  ~BpeTrainer();
  // Counts the words of a text; text that spells a special token is passed over. May be called any number of times, by
  // options.threads threads at once, but not after train(). Bytes that are not UTF-8 are counted as words of their own.
  void add(std::string_view text);

  struct Progress {
    std::int64_t tokens = 0, vocab_size = 0;  // so far; wanted
  };
  // Throws Error when no text was added, or a temporary file cannot be written. `report` is called after every merge.
  Tokenizer train(const std::function<void(const Progress&)>& report = {}) const;

  // What was counted: for messages. Valid after train().
  struct Statistics {
    std::int64_t words = 0;           // different ones
    std::int64_t runs = 0;            // tables written to disk while counting
    std::int64_t learning_bytes = 0;  // of words and positions while learning
    bool learned_on_disk = false;
  };
  Statistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::text
