// The question generator: a bidirectional LSTM over a sentence with lexical features and the answer's place, and an attentive LSTM decoder
// that generates words or copies them from the sentence (See et al. 2017), with two extensions:
//   question types (arXiv 1909.00140): an LSTM over the answer's words predicts the type of the question; what it expects of the type
//     starts the decoder, and its last state is one more thing to attend to;
//   language modelling (arXiv 1908.11813): forward states predict the next word, backward states the one before.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "fathom/asking/lstm_layer.h"
#include "fathom/asking/question_batch.h"
#include "fathom/nn/dense_layer.h"

namespace fathom::asking {

struct EncodedSentences {
  at::Tensor memory;       // [sentences, entries, memory_width]: the words' states, before them the answer's (question types)
  at::Tensor keys;         // [sentences, entries, decoder_width]
  at::Tensor lengths;      // [sentences] int64: entries
  at::Tensor state;        // [sentences, memory_width + decoder_width]: what the decoder starts with (ops/attentive_lstm.h)
  at::Tensor cell;         // [sentences, decoder_width]
  at::Tensor type_logits;  // [sentences, types]; undefined without question types
  at::Tensor language_forward, language_backward;  // [rows, width]: states that predict neighbours; undefined without language modelling
};

struct DecodedWords {
  at::Tensor readout;      // [steps * rows, embedding_width]: times the output words' embeddings it is their logits
  at::Tensor generate;     // [steps * rows]: logit of generating, not copying
  at::Tensor attention;    // [steps, rows, words of the longest sentence]: how copies are shared out; sums to 1
  at::Tensor state, cell;  // after the last step
};

class QuestionModel final : public nn::Module {
 public:
  QuestionModel(const QuestionModelConfig& config, at::TensorOptions tensors);
  void initialize(std::uint64_t seed);
  // Rows of words that `vectors` [vocabulary, embedding_width] knows take their values.
  void set_embedding(const at::Tensor& vectors);
  const QuestionModelConfig& config() const { return config_; }

  // `dropout` > 0: training. `type`: the type to ask for, whatever the model expects.
  EncodedSentences encode(const QuestionBatch& batch, double dropout, std::optional<std::int64_t> type = std::nullopt) const;
  // words [steps, rows] as the table numbers them; state and cell [rows, …]. Rows of one sentence stand side by side.
  DecodedWords decode(const EncodedSentences& sentences, const at::Tensor& words, const at::Tensor& state, const at::Tensor& cell,
                      double dropout) const;
  // Embeddings of the words that can be generated: [output_words, embedding_width].
  at::Tensor output_embedding() const { return embedding_.narrow(0, 0, config_.output_words); }
  // States of a language model → [rows, embedding_width].
  at::Tensor language_readout(const at::Tensor& states) const;

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

 private:
  at::Tensor features(const QuestionBatch& batch) const;

  QuestionModelConfig config_;
  at::Tensor embedding_;                                                // [vocabulary, embedding_width]
  std::vector<std::pair<std::string, at::Tensor>> feature_embeddings_;  // answer, part of speech, entity, case: those that are read
  std::vector<LstmLayer> encoder_;
  std::vector<LstmLayer> language_, type_;        // one or none
  std::vector<nn::DenseLayer> language_readout_;  // one or none
  std::vector<nn::DenseLayer> type_output_;       // one or none
  at::Tensor type_embedding_;                     // [types, type_width] or undefined
  nn::DenseLayer key_, start_, gates_, readout_, generate_;
  at::Tensor recurrent_;  // [4 * decoder_width, memory_width + decoder_width]
};

}  // namespace fathom::asking
