// How well a model predicts text: loss, perplexity, bits per byte, and perplexity per word for comparison across tokenizers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/tokenizer.h"

namespace fathom::eval {

struct PerplexityOptions {
  std::int64_t sequence_length = 0;  // window of the evaluation; 0: the model's context, at most 1024
  std::int64_t batch_sequences = 8;
  std::int64_t max_tokens = 0;      // 0: all
  std::string text_field = "text";  // of JSONL files
  bool quiet = false;
};

struct PerplexityResult {
  double loss = 0;             // nats a token
  double perplexity = 0;       // per token: only comparable between models of one tokenizer
  double bits_per_byte = 0;    // of the text
  double word_perplexity = 0;  // exp of the nats a word; words are what white space separates
  std::int64_t tokens = 0, text_bytes = 0, words = 0, documents = 0;
  std::int64_t sequence_length = 0;

  OrderedJson to_json() const;
  std::string table() const;
};

// Every document of `files` (data/documents.h), each followed by the end-of-sequence token, laid end to end and cut into
// windows of sequence_length that do not overlap. Throws Error as the document reader does, and for windows beyond the context.
PerplexityResult evaluate_perplexity(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<std::string>& files,
                                     const PerplexityOptions& options);

}  // namespace fathom::eval
