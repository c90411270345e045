#include "fathom/asking/question_loss.h"

#include "fathom/ops/cross_entropy.h"

namespace fathom::asking {
namespace {

// Mean over the pairs of neighbours, both directions added (arXiv 1908.11813: L_LM).
at::Tensor language_loss(const QuestionModel& model, const QuestionBatch& batch, const EncodedSentences& encoded) {
  const at::Tensor states = at::cat({model.language_readout(encoded.language_forward), model.language_readout(encoded.language_backward)});
  const at::Tensor targets = at::cat({batch.next, batch.previous});
  const double pairs = static_cast<double>(batch.steps.rows() - batch.sentences());
  const at::Tensor weights = at::full({targets.size(0)}, pairs > 0 ? 1.0 / pairs : 0.0, states.options());
  return ops::linear_cross_entropy_sum(states, model.output_embedding(), targets, weights);
}

// Σ min(attention, what came before), a word of the question.
at::Tensor coverage_loss(const at::Tensor& attention, const at::Tensor& counted, double words) {
  const at::Tensor before = at::cumsum(attention, 0) - attention;
  return (at::minimum(attention, before).sum(2) * counted).sum() / words;
}

}  // namespace

QuestionLoss question_loss(const QuestionModel& model, const QuestionBatch& batch, double dropout, const LossWeights& weights) {
  const std::int64_t outputs = model.config().output_words;
  const double words = static_cast<double>(batch.target_words);
  const EncodedSentences encoded = model.encode(batch, dropout);
  const DecodedWords decoded = model.decode(encoded, batch.inputs, encoded.state, encoded.cell, dropout);

  const at::Tensor targets = batch.targets.reshape({-1});
  const at::Tensor counted = targets >= 0, generable = at::logical_and(counted, targets < outputs);
  const at::Tensor log_probs =
      ops::linear_log_probs(decoded.readout, model.output_embedding(), targets.masked_fill(at::logical_not(generable), 0)).log_probs;
  const at::Tensor matches = batch.targets.unsqueeze(2) == batch.source.unsqueeze(0);
  const at::Tensor copied = (decoded.attention * matches).sum(2).view({-1});
  const at::Tensor generate = at::sigmoid(decoded.generate);
  const at::Tensor probability = generate * at::exp(log_probs) * generable + (1 - generate) * copied;
  QuestionLoss loss;
  loss.generation = -(at::log(probability + 1e-10) * counted).sum() / words;
  loss.total = loss.generation;
  if (weights.coverage > 0) {
    loss.total = loss.total + weights.coverage * coverage_loss(decoded.attention, counted.view(batch.targets.sizes()), words);
  }
  if (encoded.type_logits.defined()) {
    loss.type = at::cross_entropy_loss(encoded.type_logits, batch.types);
    loss.types_right = (encoded.type_logits.argmax(1) == batch.types).sum();
    loss.total = loss.total + weights.type * loss.type;
  }
  if (encoded.language_forward.defined()) {
    loss.language = language_loss(model, batch, encoded);
    loss.total = loss.total + weights.language * loss.language;
  }
  return loss;
}

}  // namespace fathom::asking
