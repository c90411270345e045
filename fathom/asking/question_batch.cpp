#include "fathom/asking/question_batch.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "fathom/base/error.h"
#include "fathom/ops/cross_entropy.h"

namespace fathom::asking {
namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// The words [begin, end) that are kept of a sentence: as much before the answer as behind it.
std::pair<std::size_t, std::size_t> kept_words(std::size_t words, std::size_t answer_begin, std::size_t answer_end, std::size_t most) {
  if (words <= most) return {0, words};
  const std::size_t answer = std::min(answer_end - answer_begin, most), around = (most - answer) / 2;
  const std::size_t begin = std::min(answer_begin > around ? answer_begin - around : 0, words - most);
  return {begin, begin + most};
}

std::vector<std::int64_t> part_of(const std::vector<std::uint8_t>& values, std::size_t begin, std::size_t end, std::int64_t limit,
                                  const char* name, const std::string& id) {
  std::vector<std::int64_t> out(values.begin() + static_cast<std::ptrdiff_t>(begin), values.begin() + static_cast<std::ptrdiff_t>(end));
  for (const std::int64_t value : out)
    require(value < limit, "example '{}': {} {} is not below {}, the model's count; features of another version?", id, name, value, limit);
  return out;
}

at::Tensor on(at::Device device, const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::kLong).to(device, /*non_blocking=*/true);
}

// Puts values of words, sentence by sentence, into rows step by step.
at::Tensor step_rows(std::span<const EncodedExample* const> sentences, const ops::StepRows& steps, at::Device device,
                     const std::vector<std::int64_t> EncodedExample::* values) {
  std::vector<std::int64_t> rows(index(steps.rows()));
  for (std::size_t s = 0; s < sentences.size(); ++s) {
    const std::vector<std::int64_t>& of_sentence = sentences[s]->*values;
    for (std::size_t t = 0; t < of_sentence.size(); ++t) rows[index(steps.offsets[t]) + s] = of_sentence[t];
  }
  return on(device, rows);
}

void add_neighbours(QuestionBatch& batch, std::span<const EncodedExample* const> sentences, const QuestionModelConfig& config,
                    at::Device device) {
  std::vector<std::int64_t> next(index(batch.steps.rows()), ops::ignore_index), previous = next;
  // A word that the softmax lacks is unknown to it.
  const auto output = [&](std::int64_t word) { return word < config.output_words ? word : unknown_id; };
  for (std::size_t s = 0; s < sentences.size(); ++s) {
    const std::vector<std::int64_t>& words = sentences[s]->words;
    for (std::size_t t = 0; t + 1 < words.size(); ++t) {
      next[index(batch.steps.offsets[t]) + s] = output(words[t + 1]);
      previous[index(batch.steps.offsets[t + 1]) + s] = output(words[t]);
    }
  }
  batch.next = on(device, next);
  batch.previous = on(device, previous);
}

void add_spans(QuestionBatch& batch, std::span<const EncodedExample* const> sentences, at::Device device) {
  std::vector<std::int64_t> order(sentences.size()), place(sentences.size()), lengths;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return sentences[index(a)]->answer_words > sentences[index(b)]->answer_words; });
  for (const std::int64_t s : order) lengths.push_back(sentences[index(s)]->answer_words);
  batch.span_steps = ops::StepRows::of_lengths(lengths);
  std::vector<std::int64_t> rows(index(batch.span_steps.rows()));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const EncodedExample& example = *sentences[index(order[i])];
    place[index(order[i])] = static_cast<std::int64_t>(i);
    for (std::int64_t t = 0; t < example.answer_words; ++t)
      rows[index(batch.span_steps.offsets[index(t)]) + i] = batch.steps.offsets[index(example.answer_begin + t)] + order[i];
  }
  batch.span_rows = on(device, rows);
  batch.span_of_sentence = on(device, place);
}

void add_questions(QuestionBatch& batch, std::span<const EncodedExample* const> sentences, const QuestionModelConfig& config,
                   at::Device device) {
  std::size_t longest = 0;
  for (const EncodedExample* example : sentences) longest = std::max(longest, example->question.size() + 1);
  const std::size_t count = sentences.size();
  std::vector<std::int64_t> inputs(longest * count, end_id), targets(longest * count, -1), types;
  for (std::size_t s = 0; s < count; ++s) {
    const EncodedExample& example = *sentences[s];
    inputs[s] = start_id;
    for (std::size_t t = 0; t < example.question.size(); ++t) {
      const std::int64_t word = example.question[t];
      targets[t * count + s] = word;
      inputs[(t + 1) * count + s] = word < config.output_words ? word : example.copied[index(word - config.output_words)];
    }
    targets[example.question.size() * count + s] = end_id;
    batch.target_words += static_cast<std::int64_t>(example.question.size()) + 1;
    types.push_back(example.type);
  }
  const auto shape = {static_cast<std::int64_t>(longest), static_cast<std::int64_t>(count)};
  batch.inputs = on(device, inputs).view(shape);
  batch.targets = on(device, targets).view(shape);
  batch.types = on(device, types);
}

}  // namespace

EncodedExample encode_example(const questions::Example& example, const WordTable& table, const QuestionModelConfig& config) {
  const std::size_t words = example.words.size();
  require(words > 0 && example.answer.size() == words && example.part_of_speech.size() == words && example.entity.size() == words &&
              example.word_case.size() == words && example.surface.size() == words,
          "example '{}': a sentence of {} words with features of {}, {}, {} and {}", example.id, words, example.answer.size(),
          example.part_of_speech.size(), example.entity.size(), example.word_case.size());
  constexpr auto outside = static_cast<std::uint8_t>(questions::AnswerTag::outside);
  const auto is_answer = [&](std::uint8_t tag) { return tag != outside; };
  const auto begin_of = std::find_if(example.answer.begin(), example.answer.end(), is_answer);
  require(begin_of != example.answer.end(), "example '{}': no word of the sentence is marked as the answer", example.id);
  const auto first = static_cast<std::size_t>(begin_of - example.answer.begin());
  const auto behind = static_cast<std::size_t>(std::find_if_not(begin_of, example.answer.end(), is_answer) - example.answer.begin());
  const auto [begin, end] = kept_words(words, first, behind, index(config.longest_sentence));

  EncodedExample out;
  out.answer = part_of(example.answer, begin, end, config.answer_values, "answer tag", example.id);
  out.part_of_speech = part_of(example.part_of_speech, begin, end, config.part_of_speech_values, "part of speech", example.id);
  out.entity = part_of(example.entity, begin, end, config.entity_values, "entity class", example.id);
  out.word_case = part_of(example.word_case, begin, end, config.case_values, "word case", example.id);
  out.answer_begin = static_cast<std::int64_t>(std::max(first, begin) - begin);
  out.answer_words = static_cast<std::int64_t>(std::min(behind, end) - std::max(first, begin));
  out.type = static_cast<std::int64_t>(example.type);
  std::unordered_map<std::string_view, std::int64_t> copied;
  for (std::size_t i = begin; i < end; ++i) {
    const std::string& word = example.words[i];
    const std::int64_t id = table.id(word);
    out.words.push_back(id);
    if (id != unknown_id && id < config.output_words) {
      out.source.push_back(id);
      continue;
    }
    const auto [at, added] = copied.emplace(word, config.output_words + static_cast<std::int64_t>(out.copied.size()));
    if (added) {
      out.copied.push_back(id);
      out.copied_words.push_back(word);
    }
    out.source.push_back(at->second);
  }
  for (const std::string& word : example.question) {
    if (static_cast<std::int64_t>(out.question.size()) == config.longest_question) break;
    const std::int64_t id = table.id(word);
    const auto copy = copied.find(word);
    out.question.push_back(copy != copied.end() ? copy->second : (id < config.output_words ? id : unknown_id));
  }
  return out;
}

QuestionBatch make_batch(std::span<const EncodedExample* const> examples, const QuestionModelConfig& config, at::Device device,
                         bool with_questions) {
  require(!examples.empty(), "a batch without examples");
  QuestionBatch batch;
  batch.order.resize(examples.size());
  std::iota(batch.order.begin(), batch.order.end(), 0);
  std::stable_sort(batch.order.begin(), batch.order.end(),
                   [&](std::int64_t a, std::int64_t b) { return examples[index(a)]->words.size() > examples[index(b)]->words.size(); });
  std::vector<const EncodedExample*> sentences;
  for (const std::int64_t i : batch.order) {
    sentences.push_back(examples[index(i)]);
    batch.row_lengths.push_back(static_cast<std::int64_t>(sentences.back()->words.size()));
    batch.copied.push_back(sentences.back()->copied);
    batch.copied_words = std::max(batch.copied_words, static_cast<std::int64_t>(sentences.back()->copied.size()));
  }
  batch.steps = ops::StepRows::of_lengths(batch.row_lengths);
  batch.words = step_rows(sentences, batch.steps, device, &EncodedExample::words);
  batch.answer = step_rows(sentences, batch.steps, device, &EncodedExample::answer);
  batch.part_of_speech = step_rows(sentences, batch.steps, device, &EncodedExample::part_of_speech);
  batch.entity = step_rows(sentences, batch.steps, device, &EncodedExample::entity);
  batch.word_case = step_rows(sentences, batch.steps, device, &EncodedExample::word_case);
  batch.row_of_position = batch.steps.row_of_position().to(device);
  batch.first_rows = at::arange(batch.sentences(), at::TensorOptions().dtype(at::kLong).device(device));
  batch.last_rows = batch.steps.last_rows().to(device);
  batch.lengths = on(device, batch.row_lengths);
  std::vector<std::int64_t> source(sentences.size() * index(batch.steps.steps()), -1);
  for (std::size_t s = 0; s < sentences.size(); ++s)
    std::copy(sentences[s]->source.begin(), sentences[s]->source.end(),
              source.begin() + static_cast<std::ptrdiff_t>(s * index(batch.steps.steps())));
  batch.source = on(device, source).view({batch.sentences(), batch.steps.steps()});
  add_neighbours(batch, sentences, config, device);
  add_spans(batch, sentences, device);
  if (with_questions) add_questions(batch, sentences, config, device);
  return batch;
}

}  // namespace fathom::asking
