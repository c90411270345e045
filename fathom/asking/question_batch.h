// Examples as the tensors that a question generator reads.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fathom/asking/question_model_config.h"
#include "fathom/asking/word_table.h"
#include "fathom/ops/lstm.h"
#include "fathom/questions/example.h"

namespace fathom::asking {

// An example in numbers. Words that can be generated have the number of the table (below config.output_words); each other word of the
// sentence is numbered from there on in the order of its first place: such words can only be copied.
struct EncodedExample {
  std::vector<std::int64_t> words;   // of the sentence, as the table numbers them: which embedding is read
  std::vector<std::int64_t> source;  // of the sentence, as output
  std::vector<std::int64_t> copied;  // of each word that can only be copied, its number in the table (or unknown_id)
  std::vector<std::string> copied_words;
  std::vector<std::string> surface;  // of the sentence
  std::vector<std::int64_t> answer, part_of_speech, entity, word_case;
  std::vector<std::int64_t> question;  // as output, without marks; unknown_id for what can neither be generated nor copied
  std::int64_t answer_begin = 0, answer_words = 0;
  std::int64_t type = 0;
};

// A sentence beyond the limit is cut around the answer, a question beyond it at its end. Throws Error for an example without words or
// answer, or with a feature beyond the config's values.
EncodedExample encode_example(const questions::Example& example, const WordTable& table, const QuestionModelConfig& config);

// A batch of sentences, the longest first.
struct QuestionBatch {
  std::vector<std::int64_t> order;  // which of the given examples each is
  std::vector<std::int64_t> row_lengths;
  ops::StepRows steps;                                          // of the sentences
  at::Tensor words, answer, part_of_speech, entity, word_case;  // [rows] int64, a row a word, step by step
  at::Tensor next, previous;                                    // [rows] int64: the neighbours' numbers, ignore_index at the ends
  at::Tensor row_of_position;                                   // [sentences, length]
  at::Tensor first_rows, last_rows;                             // [sentences]
  at::Tensor lengths;                                           // [sentences]
  at::Tensor source;                                            // [sentences, length]: numbers as output, -1 beyond the end
  ops::StepRows span_steps;                                     // of the answers, the longest first
  at::Tensor span_rows;                                         // [span rows]: rows of the answers' words
  at::Tensor span_of_sentence;                                  // [sentences]: its place among the answers
  at::Tensor types;                                             // [sentences]
  at::Tensor inputs, targets;     // [steps, sentences]: words read (start first, as the table numbers them) and to be written (end last, as
                                  // output; -1 behind it). Undefined where there are no questions.
  std::int64_t target_words = 0;  // targets that are not -1
  std::vector<std::vector<std::int64_t>> copied;  // of each sentence: EncodedExample::copied
  std::int64_t copied_words = 0;                  // most words of one sentence that can only be copied

  std::int64_t sentences() const { return static_cast<std::int64_t>(order.size()); }
};

QuestionBatch make_batch(std::span<const EncodedExample* const> examples, const QuestionModelConfig& config, at::Device device,
                         bool with_questions);

}  // namespace fathom::asking
