#include "bench/plain_question_model.h"

#include <limits>
#include <utility>

namespace fathom::bench {
namespace {

at::Tensor dropped(const at::Tensor& x, double rate) { return rate > 0.0 ? at::dropout(x, rate, true) : x; }

}  // namespace

PlainQuestionModel::PlainQuestionModel(const asking::QuestionModel& source) : config_(source.config()) {
  std::vector<nn::Parameter> parameters;
  source.collect_parameters("", parameters);
  const auto keep = [&](const std::string& name, const at::Tensor& value) {
    weights_[name] = value.detach().clone(at::MemoryFormat::Contiguous).set_requires_grad(true);
  };
  for (const nn::Parameter& parameter : parameters) keep(parameter.name, parameter.tensor);
  // at::lstm_cell has one matrix for what is read, word and context, and one for the state.
  const at::Tensor recurrent = weight("recurrent");
  keep("cell.input", at::cat({weight("gates.weight"), recurrent.narrow(1, 0, config_.memory_width())}, 1));
  keep("cell.recurrent", recurrent.narrow(1, config_.memory_width(), config_.decoder_width));
  weights_.erase("gates.weight");
  weights_.erase("recurrent");
}

std::vector<nn::Parameter> PlainQuestionModel::parameters() const {
  std::vector<nn::Parameter> out;
  for (const auto& [name, tensor] : weights_) out.push_back({name, tensor});
  return out;
}

at::Tensor PlainQuestionModel::dense(const at::Tensor& x, const std::string& name) const {
  return at::linear(x, weight(name + ".weight"), weight(name + ".bias"));
}

PlainQuestionModel::Encoded PlainQuestionModel::encode(const asking::QuestionBatch& batch, double dropout) const {
  const std::int64_t half = config_.encoder_width / 2, sentences = batch.sentences();
  const at::Tensor input =
      at::cat({dropped(at::embedding(weight("embedding"), batch.words), dropout), at::embedding(weight("features.answer"), batch.answer),
               at::embedding(weight("features.part_of_speech"), batch.part_of_speech),
               at::embedding(weight("features.entity"), batch.entity), at::embedding(weight("features.case"), batch.word_case)},
              1);
  // A batch's rows stand as packed sequences do.
  const at::Tensor sizes = at::tensor(batch.steps.sizes, at::kLong), zeros = at::zeros({2, sentences, half}, input.options());
  const at::Tensor no_bias = at::zeros({4 * half}, input.options());
  std::vector<at::Tensor> weights;
  for (const char* direction : {"encoder.0.forward.", "encoder.0.backward."}) {
    const std::string prefix = direction;
    weights.insert(weights.end(), {weight(prefix + "input"), weight(prefix + "recurrent"), weight(prefix + "bias"), no_bias});
  }
  const at::Tensor states =
      dropped(std::get<0>(at::lstm(input, sizes, {zeros, zeros}, weights, true, 1, 0.0, dropout > 0.0, true)), dropout);
  Encoded out;
  out.memory = std::get<0>(at::_pad_packed_sequence(states, sizes, /*batch_first=*/true, 0.0, batch.steps.steps()));
  out.keys = dense(out.memory, "key");
  out.mask = batch.source < 0;
  const at::Tensor summary = at::cat(
      {states.index_select(0, batch.last_rows).narrow(1, 0, half), states.index_select(0, batch.first_rows).narrow(1, half, half)}, 1);
  const at::Tensor start = at::tanh(dense(summary, "start"));
  out.hidden = start.narrow(1, 0, config_.decoder_width);
  out.cell = start.narrow(1, config_.decoder_width, config_.decoder_width);
  out.context = at::zeros({sentences, config_.memory_width()}, start.options());
  return out;
}

at::Tensor PlainQuestionModel::step(Encoded& state, const at::Tensor& read) const {
  const at::Tensor bias = weight("gates.bias");
  std::tie(state.hidden, state.cell) = at::lstm_cell(at::cat({read, state.context}, 1), {state.hidden, state.cell}, weight("cell.input"),
                                                     weight("cell.recurrent"), bias, at::zeros_like(bias));
  const at::Tensor scores = at::bmm(state.keys, state.hidden.unsqueeze(2)).squeeze(2);
  const at::Tensor attention = at::softmax(scores.masked_fill(state.mask, -std::numeric_limits<float>::infinity()), 1);
  state.context = at::bmm(attention.unsqueeze(1), state.memory).squeeze(1);
  return attention;
}

at::Tensor PlainQuestionModel::readout(const at::Tensor& seen) const {
  return std::get<0>(dense(seen, "readout").view({seen.size(0), config_.embedding_width, config_.readout_parts}).max(2));
}

at::Tensor PlainQuestionModel::loss(const asking::QuestionBatch& batch, double dropout) const {
  Encoded state = encode(batch, dropout);
  const at::Tensor read = dropped(at::embedding(weight("embedding"), batch.inputs), dropout);
  std::vector<at::Tensor> states, attentions;
  for (std::int64_t t = 0; t < batch.inputs.size(0); ++t) {
    attentions.push_back(step(state, read[t]));
    states.push_back(at::cat({state.context, state.hidden}, 1));
  }
  const at::Tensor attention = at::stack(attentions);
  const std::int64_t rows = batch.targets.numel();
  const at::Tensor seen = at::cat({read.view({rows, -1}), dropped(at::stack(states), dropout).view({rows, -1})}, 1);
  const at::Tensor logits = at::matmul(dropped(readout(seen), dropout), output_embedding().t());
  const at::Tensor generate = at::sigmoid(dense(seen, "generate").view({-1}));
  const at::Tensor targets = batch.targets.reshape({-1}), counted = targets >= 0,
                   generable = at::logical_and(counted, targets < config_.output_words);
  const at::Tensor log_p = at::log_softmax(logits, 1).gather(1, targets.masked_fill(at::logical_not(generable), 0).unsqueeze(1)).squeeze(1);
  const at::Tensor copied = (attention * (batch.targets.unsqueeze(2) == batch.source.unsqueeze(0))).sum(2).view({-1});
  const at::Tensor p = generate * at::exp(log_p) * generable + (1 - generate) * copied;
  return -(at::log(p + 1e-10) * counted).sum() / static_cast<double>(batch.target_words);
}

PlainQuestionModel::Found PlainQuestionModel::search(const asking::QuestionBatch& batch, std::int64_t beam, std::int64_t words) const {
  const at::NoGradGuard no_grad;
  const std::int64_t sentences = batch.sentences(), rows = sentences * beam, outputs = config_.output_words;
  const auto longs = batch.source.options();
  Encoded state = encode(batch, 0.0);
  for (at::Tensor* t : {&state.memory, &state.keys, &state.mask, &state.context, &state.hidden, &state.cell})
    *t = t->repeat_interleave(beam, 0);
  const at::Tensor source = batch.source.repeat_interleave(beam, 0), place = source.clamp_min(0);
  // What is read after a word: itself, or the table's number of a copied one.
  at::Tensor table = at::zeros({sentences, outputs + batch.copied_words}, longs);
  table.narrow(1, 0, outputs).copy_(at::arange(outputs, longs));
  for (std::int64_t s = 0; s < sentences; ++s) {
    const std::vector<std::int64_t>& copied = batch.copied[static_cast<std::size_t>(s)];
    if (!copied.empty()) table[s].narrow(0, outputs, static_cast<std::int64_t>(copied.size())).copy_(at::tensor(copied, at::kLong));
  }
  at::Tensor read = at::full({rows}, asking::start_id, longs), history = at::empty({rows, 0}, longs);
  // At first only one row of each sentence counts: all are the same.
  at::Tensor scores = at::full({sentences, beam}, -1e30, state.hidden.options());
  scores.narrow(1, 0, 1).zero_();
  const at::Tensor first_row = (at::arange(sentences, longs) * beam).unsqueeze(1);
  for (std::int64_t t = 0; t < words; ++t) {
    const at::Tensor embedded = at::embedding(weight("embedding"), read);
    const at::Tensor attention = step(state, embedded);
    const at::Tensor seen = at::cat({embedded, state.context, state.hidden}, 1);
    const at::Tensor generate = at::sigmoid(dense(seen, "generate"));
    at::Tensor p =
        at::constant_pad_nd(at::softmax(at::matmul(readout(seen), output_embedding().t()), 1) * generate, {0, batch.copied_words});
    p.scatter_add_(1, place, attention * (1 - generate) * (source >= 0));
    const at::Tensor unknown = p.narrow(1, asking::unknown_id, 1).clone();
    p.scatter_add_(1, place.gather(1, attention.argmax(1, true)), unknown);
    p.narrow(1, 0, asking::first_word_id).zero_();  // the marks, the end included
    const at::Tensor total = at::log(p).view({sentences, beam, -1}) + scores.unsqueeze(2);
    const std::int64_t width = total.size(2);
    const auto [best, which] = total.view({sentences, -1}).topk(beam, 1);
    scores = best;
    const at::Tensor from = (at::floor_divide(which, width) + first_row).view({-1}), word = at::remainder(which, width);
    history = at::cat({history.index_select(0, from), word.view({-1, 1})}, 1);
    read = table.gather(1, word).view({-1});
    state.context = state.context.index_select(0, from);
    state.hidden = state.hidden.index_select(0, from);
    state.cell = state.cell.index_select(0, from);
  }
  return {history.view({sentences, beam, words}).select(1, 0), scores.select(1, 0)};
}

}  // namespace fathom::bench
