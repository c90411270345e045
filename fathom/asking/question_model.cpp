#include "fathom/asking/question_model.h"

#include <utility>

#include "fathom/nn/initialize.h"
#include "fathom/ops/attentive_lstm.h"

namespace fathom::asking {
namespace {

at::Tensor dropped(const at::Tensor& x, double rate) { return rate > 0.0 ? at::dropout(x, rate, /*train=*/true) : x; }

std::int64_t encoder_input(const QuestionModelConfig& config, std::int64_t layer) {
  if (layer > 0) return config.encoder_width;
  const bool below = config.language_modelling == LanguageModelling::hierarchical;
  return config.embedding_width + config.feature_width() + (below ? config.language_width : 0);
}

std::int64_t language_width(const QuestionModelConfig& config) {
  return config.language_modelling == LanguageModelling::hierarchical ? config.language_width : config.encoder_width;
}

}  // namespace

QuestionModel::QuestionModel(const QuestionModelConfig& config, at::TensorOptions tensors)
    : config_(config),
      embedding_(at::empty({config.vocabulary, config.embedding_width}, tensors)),
      key_(config.memory_width(), config.decoder_width, tensors),
      start_(config.encoder_width + (config.question_types ? config.type_width : 0), 2 * config.decoder_width, tensors),
      gates_(config.embedding_width, 4 * config.decoder_width, tensors),
      readout_(config.embedding_width + config.memory_width() + config.decoder_width, config.readout_parts * config.embedding_width,
               tensors),
      generate_(config.embedding_width + config.memory_width() + config.decoder_width, 1, tensors),
      recurrent_(at::empty({4 * config.decoder_width, config.memory_width() + config.decoder_width}, tensors)) {
  const auto add_feature = [&](const char* name, std::int64_t values, std::int64_t width) {
    if (width > 0) feature_embeddings_.emplace_back(name, at::empty({values, width}, tensors));
  };
  add_feature("answer", config.answer_values, config.answer_width);
  add_feature("part_of_speech", config.part_of_speech_values, config.part_of_speech_width);
  add_feature("entity", config.entity_values, config.entity_width);
  add_feature("case", config.case_values, config.case_width);
  for (std::int64_t i = 0; i < config.encoder_layers; ++i)
    encoder_.emplace_back(encoder_input(config, i), config.encoder_width, 2, tensors);
  if (config.language_modelling == LanguageModelling::hierarchical)
    language_.emplace_back(config.embedding_width, config.language_width, 2, tensors);
  if (config.language_modelling != LanguageModelling::none)
    language_readout_.emplace_back(language_width(config) / 2, config.embedding_width, tensors);
  if (config.question_types) {
    type_.emplace_back(config.feature_width() + config.encoder_width, config.memory_width(), 1, tensors);
    type_output_.emplace_back(config.memory_width(), questions::question_type_count, tensors);
    type_embedding_ = at::empty({questions::question_type_count, config.type_width}, tensors);
  }
}

void QuestionModel::initialize(std::uint64_t seed) { nn::initialize_glorot(*this, seed); }

void QuestionModel::set_embedding(const at::Tensor& vectors) {
  const at::NoGradGuard no_grad;
  embedding_.copy_(vectors);
}

at::Tensor QuestionModel::features(const QuestionBatch& batch) const {
  std::vector<at::Tensor> parts;
  for (const auto& [name, table] : feature_embeddings_) {
    const at::Tensor& values = name == "answer"           ? batch.answer
                               : name == "part_of_speech" ? batch.part_of_speech
                               : name == "entity"         ? batch.entity
                                                          : batch.word_case;
    parts.push_back(at::embedding(table, values));
  }
  return at::cat(parts, 1);
}

EncodedSentences QuestionModel::encode(const QuestionBatch& batch, double dropout, std::optional<std::int64_t> type) const {
  EncodedSentences out;
  const std::int64_t half = config_.encoder_width / 2;
  const at::Tensor words = dropped(at::embedding(embedding_, batch.words), dropout), lexical = features(batch);
  std::vector<at::Tensor> input = {words, lexical};
  if (!language_.empty()) {
    const at::Tensor below = language_[0].forward(words, batch.steps);
    out.language_forward = below.narrow(1, 0, config_.language_width / 2);
    out.language_backward = below.narrow(1, config_.language_width / 2, config_.language_width / 2);
    input.push_back(dropped(below, dropout));
  }
  at::Tensor states = at::cat(input, 1);
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    states = encoder_[i].forward(states, batch.steps);
    if (i == 0 && config_.language_modelling == LanguageModelling::flat) {
      out.language_forward = states.narrow(1, 0, half);
      out.language_backward = states.narrow(1, half, half);
    }
    states = dropped(states, dropout);
  }
  // Behind the end of a sentence stands a row of zeros.
  const at::Tensor padded = at::cat({states, at::zeros({1, config_.encoder_width}, states.options())});
  out.memory =
      padded.index_select(0, batch.row_of_position.view({-1})).view({batch.sentences(), batch.steps.steps(), config_.encoder_width});
  out.lengths = batch.lengths;
  at::Tensor summary = at::cat(
      {states.index_select(0, batch.last_rows).narrow(1, 0, half), states.index_select(0, batch.first_rows).narrow(1, half, half)}, 1);
  if (!type_.empty()) {
    const at::Tensor span = at::cat({lexical, states}, 1).index_select(0, batch.span_rows);
    const at::Tensor read = type_[0].forward(span, batch.span_steps);
    const at::Tensor answer = read.index_select(0, batch.span_steps.last_rows().to(read.device())).index_select(0, batch.span_of_sentence);
    out.type_logits = type_output_[0].forward(dropped(answer, dropout));
    out.memory = at::cat({answer.unsqueeze(1), out.memory}, 1);
    out.lengths = batch.lengths + 1;
    const at::Tensor expected = type ? type_embedding_.narrow(0, *type, 1).expand({batch.sentences(), config_.type_width})
                                     : at::matmul(at::softmax(out.type_logits, 1), type_embedding_);
    summary = at::cat({summary, expected}, 1);
  }
  out.keys = key_.forward(out.memory);
  const at::Tensor start = at::tanh(start_.forward(summary));
  out.state =
      at::cat({at::zeros({batch.sentences(), config_.memory_width()}, start.options()), start.narrow(1, 0, config_.decoder_width)}, 1);
  out.cell = start.narrow(1, config_.decoder_width, config_.decoder_width).contiguous();
  return out;
}

DecodedWords QuestionModel::decode(const EncodedSentences& sentences, const at::Tensor& words, const at::Tensor& state,
                                   const at::Tensor& cell, double dropout) const {
  const std::int64_t steps = words.size(0), rows = words.size(1);
  const at::Tensor read = dropped(at::embedding(embedding_, words), dropout);
  const ops::AttentiveLstmOutput loop =
      ops::attentive_lstm({gates_.forward(read), recurrent_, sentences.memory, sentences.keys, sentences.lengths, state, cell});
  const at::Tensor seen =
      at::cat({read.view({steps * rows, config_.embedding_width}), dropped(loop.states, dropout).view({steps * rows, -1})}, 1);
  DecodedWords out;
  out.readout = std::get<0>(readout_.forward(seen).view({steps * rows, config_.embedding_width, config_.readout_parts}).max(2));
  out.readout = dropped(out.readout, dropout);
  out.generate = generate_.forward(seen).view({steps * rows});
  out.attention = loop.attention;
  if (!type_.empty()) {
    // The answer's state is no word that could be copied: its share goes to the words.
    const at::Tensor of_words = out.attention.narrow(2, 1, out.attention.size(2) - 1);
    out.attention = of_words / of_words.sum(2, true).clamp_min(1e-6);
  }
  out.state = loop.states[steps - 1];
  out.cell = loop.cell;
  return out;
}

at::Tensor QuestionModel::language_readout(const at::Tensor& states) const { return language_readout_[0].forward(states); }

void QuestionModel::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  out.push_back({prefix + "embedding", embedding_, false});
  for (const auto& [name, table] : feature_embeddings_) out.push_back({prefix + "features." + name, table, false});
  for (std::size_t i = 0; i < encoder_.size(); ++i) encoder_[i].collect_parameters(prefix + "encoder." + std::to_string(i) + ".", out);
  for (const LstmLayer& layer : language_) layer.collect_parameters(prefix + "language.", out);
  for (const nn::DenseLayer& layer : language_readout_) layer.collect_parameters(prefix + "language_readout.", out);
  for (const LstmLayer& layer : type_) layer.collect_parameters(prefix + "type.", out);
  for (const nn::DenseLayer& layer : type_output_) layer.collect_parameters(prefix + "type_output.", out);
  if (type_embedding_.defined()) out.push_back({prefix + "type_embedding", type_embedding_, false});
  key_.collect_parameters(prefix + "key.", out);
  start_.collect_parameters(prefix + "start.", out);
  gates_.collect_parameters(prefix + "gates.", out);
  readout_.collect_parameters(prefix + "readout.", out);
  generate_.collect_parameters(prefix + "generate.", out);
  out.push_back({prefix + "recurrent", recurrent_});
}

void QuestionModel::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  collect_as_they_are(*this, prefix, out);
}

}  // namespace fathom::asking
