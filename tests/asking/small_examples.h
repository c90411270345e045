// Sentences of a small language, with features, and models that read them.
#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "fathom/asking/question_batch.h"
#include "fathom/asking/question_model.h"
#include "fathom/asking/word_table.h"

namespace fathom::asking::testing {

inline std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// The answer is words [begin, end) of the sentence.
inline questions::Example example_of(const std::string& sentence, std::size_t begin, std::size_t end, const std::string& question = "") {
  questions::Example example;
  example.id = std::string("e");
  example.words = example.surface = split(sentence);
  const std::size_t words = example.words.size();
  example.answer.assign(words, 0);
  for (std::size_t i = begin; i < end; ++i) example.answer[i] = i == begin ? 1 : 2;
  for (std::size_t i = 0; i < words; ++i) {
    example.part_of_speech.push_back(static_cast<std::uint8_t>(i % 5));
    example.entity.push_back(static_cast<std::uint8_t>(i % 3));
    example.word_case.push_back(static_cast<std::uint8_t>(i % 2));
  }
  if (!question.empty()) example.question = split(question);
  example.type = questions::type_of_question(question);
  return example;
}

// Ten words with a number, of which the first seven (marks included: ten) can be generated.
inline WordTable small_table() { return WordTable({"the", "in", "was", "?", "where", "who", "born", "king", "paris", "old"}); }

inline QuestionModelConfig small_config(bool types = false, LanguageModelling modelling = LanguageModelling::none) {
  QuestionModelConfig config;
  config.vocabulary = 13;
  config.output_words = 10;
  config.answer_values = 3;
  config.part_of_speech_values = 5;
  config.entity_values = 3;
  config.case_values = 2;
  config.embedding_width = 7;
  config.answer_width = config.part_of_speech_width = config.entity_width = config.case_width = 3;
  config.encoder_width = 8;
  config.decoder_width = 6;
  config.language_width = 10;
  config.type_width = 4;
  config.question_types = types;
  config.language_modelling = modelling;
  config.longest_sentence = 12;
  config.longest_question = 8;
  return config;
}

// Of unequal lengths; with words that are unknown, that can only be copied, and that can be neither (the last question's "zebra").
inline std::vector<questions::Example> small_examples() {
  return {example_of("the king was born in paris", 5, 6, "where was the king born ?"),
          example_of("the old zork king was in the old glark city", 1, 3, "who was in the glark ?"), example_of("zork", 0, 1, "who ?"),
          example_of("was the king born in the city of zork in paris", 8, 9, "where was the zebra born in ?")};
}

inline std::vector<EncodedExample> encoded(std::span<const questions::Example> examples, const QuestionModelConfig& config) {
  const WordTable table = small_table();
  std::vector<EncodedExample> out;
  for (const questions::Example& example : examples) out.push_back(encode_example(example, table, config));
  return out;
}

inline QuestionBatch batch_of(const std::vector<EncodedExample>& examples, const QuestionModelConfig& config, bool with_questions = true) {
  std::vector<const EncodedExample*> pointers;
  for (const EncodedExample& example : examples) pointers.push_back(&example);
  return make_batch(pointers, config, at::kCPU, with_questions);
}

// The same values in any precision; large enough that distributions are not flat.
inline QuestionModel small_model(const QuestionModelConfig& config, at::ScalarType dtype = at::kFloat, std::uint64_t seed = 3) {
  QuestionModel model(config, at::TensorOptions().dtype(dtype));
  const at::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<nn::Parameter> parameters;
  model.collect_parameters("", parameters);
  for (nn::Parameter& parameter : parameters)
    parameter.tensor.copy_(at::empty(parameter.tensor.sizes(), at::kFloat).normal_(0.0, 0.5, generator));
  return model;
}

}  // namespace fathom::asking::testing
