// The same question generator as a libtorch user would write it: a packed at::lstm as encoder, a decoder of at::lstm_cell step by step
// under autograd, the full softmax. The peer that bench/question_bench measures fathom against; nothing else uses it.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fathom/asking/question_batch.h"
#include "fathom/asking/question_model.h"

namespace fathom::bench {

class PlainQuestionModel {
 public:
  // Copies the weights of `source`: one encoder layer, without question types and language modelling.
  explicit PlainQuestionModel(const asking::QuestionModel& source);

  std::vector<nn::Parameter> parameters() const;
  // Mean -log p of the questions' words, as asking::question_loss computes it.
  at::Tensor loss(const asking::QuestionBatch& batch, double dropout) const;

  struct Found {
    at::Tensor words;   // [sentences, words]: the best question of each, as output
    at::Tensor scores;  // [sentences]: its log-probability
  };
  // Questions of exactly `words` words by a beam that is kept on the device.
  Found search(const asking::QuestionBatch& batch, std::int64_t beam, std::int64_t words) const;

 private:
  struct Encoded {
    at::Tensor memory, keys, mask, context, hidden, cell;
  };
  at::Tensor weight(const std::string& name) const { return weights_.at(name); }
  at::Tensor dense(const at::Tensor& x, const std::string& name) const;
  Encoded encode(const asking::QuestionBatch& batch, double dropout) const;
  // One step; moves context, hidden and cell on and returns the attention [rows, length].
  at::Tensor step(Encoded& state, const at::Tensor& read) const;
  at::Tensor readout(const at::Tensor& seen) const;
  at::Tensor output_embedding() const { return weight("embedding").narrow(0, 0, config_.output_words); }

  asking::QuestionModelConfig config_;
  std::map<std::string, at::Tensor> weights_;
};

}  // namespace fathom::bench
