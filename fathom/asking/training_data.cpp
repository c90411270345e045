#include "fathom/asking/training_data.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"
#include "fathom/base/rng.h"
#include "fathom/data/documents.h"
#include "fathom/text/wordnet.h"
#include "fathom/vectors/train_word_vectors.h"

namespace fathom::asking {
namespace {

constexpr double vector_scale = 1.0 / 3.0;  // vectors/train_word_vectors.h

std::vector<questions::QuestionRecord> read_all(const std::vector<std::string>& files) {
  questions::RecordOptions options;
  options.question_required = true;
  std::vector<questions::QuestionRecord> records;
  for (const std::string& file : files) {
    std::vector<questions::QuestionRecord> of_file = questions::read_question_records(file, options);
    records.insert(records.end(), std::make_move_iterator(of_file.begin()), std::make_move_iterator(of_file.end()));
  }
  return records;
}

// Vectors of the words, trained on the contexts, the questions and what the recipe names besides.
vectors::WordVectors learn_vectors(const QuestionTrainingRecipe& recipe, const std::vector<questions::QuestionRecord>& records,
                                   int threads) {
  vectors::SentenceCorpusBuilder builder;
  const auto add = [&](std::string_view text) { builder.add(questions::lower_case_words(text)); };
  for (const std::string& context : questions::distinct_contexts(records)) add(context);
  for (const questions::QuestionRecord& record : records) add(record.question);
  for (const std::string& path : recipe.vectors_text) data::for_each_document(path, {}, [&](std::string_view text) { add(text); });
  vectors::WordVectorOptions options;
  options.width = recipe.model.embedding_width;
  options.seed = recipe.seed;
  options.threads = threads;
  return vectors::train_word_vectors(builder.finish(), options);
}

at::Tensor first_vectors(const QuestionTrainingRecipe& recipe, const WordTable& table,
                         const std::vector<questions::QuestionRecord>& records, int threads, OrderedJson& record) {
  const std::int64_t width = recipe.model.embedding_width;
  at::Generator generator = at::detail::createCPUGenerator(recipe.seed);
  at::Tensor out = at::empty({table.size(), width}, at::kFloat).normal_(0.0, vector_scale, generator);
  record["vectors"] = recipe.random_vectors ? "random" : (recipe.vectors_path.empty() ? "trained" : recipe.vectors_path);
  if (recipe.random_vectors) return out;
  const vectors::WordVectors vectors =
      recipe.vectors_path.empty() ? learn_vectors(recipe, records, threads) : vectors::WordVectors::load(recipe.vectors_path);
  if (!recipe.vectors_path.empty() && vectors.width() != width)
    fail_usage("{}: its vectors have {} values, but model.embedding_width is {}", recipe.vectors_path, vectors.width(), width);
  std::int64_t known = 0;
  for (std::size_t i = 0; i < table.words().size(); ++i) {
    const std::int64_t row = vectors.find(table.words()[i]);
    if (row < 0) continue;
    ++known;
    std::copy_n(vectors.row(row), std::min(width, vectors.width()),
                out.data_ptr<float>() + (first_word_id + static_cast<std::int64_t>(i)) * width);
  }
  record["words_with_vectors"] = known;
  return out;
}

std::vector<EncodedExample> encode_all(const std::vector<questions::Example>& examples, const WordTable& table,
                                       const QuestionModelConfig& config) {
  std::vector<EncodedExample> out;
  out.reserve(examples.size());
  for (const questions::Example& example : examples) out.push_back(encode_example(example, table, config));
  return out;
}

}  // namespace

TrainingData prepare_training_data(const QuestionTrainingRecipe& recipe, int threads, bool quiet,
                                   std::optional<questions::FeatureExtractor> known_features, std::optional<WordTable> known_table) {
  const auto report = [&](const std::string& line) {
    if (!quiet) fmt::print(stderr, "{}\n", line);
  };
  const std::vector<questions::QuestionRecord> training = read_all(recipe.training), validation = read_all(recipe.validation);
  require(!training.empty(), "{}: there is no record", fmt::join(recipe.training, ", "));
  report(fmt::format("Records  {} to train on, {} to validate", training.size(), validation.size()));
  questions::FeatureExtractor features =
      known_features ? std::move(*known_features)
      : !recipe.features.empty()
          ? questions::FeatureExtractor::load(recipe.features)
          : questions::FeatureExtractor::learn(questions::distinct_contexts(training), text::WordNet::open(), {threads, {}});
  const std::vector<questions::Example> examples = features.describe_all(training, threads);
  WordTable table = known_table ? std::move(*known_table) : WordTable::count(examples, recipe.min_count, recipe.words);
  QuestionModelConfig model = recipe.model;
  model.vocabulary = table.size();
  model.output_words = std::min(first_word_id + recipe.output_words, table.size());
  model.answer_values = questions::FeatureExtractor::answer_values;
  model.part_of_speech_values = questions::FeatureExtractor::part_of_speech_values;
  model.entity_values = questions::FeatureExtractor::entity_values;
  model.case_values = questions::FeatureExtractor::word_case_values;
  model.check("recipe", "model.");
  OrderedJson record = {{"training_records", training.size()},
                        {"validation_records", validation.size()},
                        {"vocabulary", model.vocabulary},
                        {"output_words", model.output_words}};
  at::Tensor vectors = first_vectors(recipe, table, training, threads, record);
  report(fmt::format("Words    {} with an embedding, {} that can be generated; vectors: {}", model.vocabulary, model.output_words,
                     record["vectors"].get<std::string>()));
  std::vector<EncodedExample> encoded = encode_all(examples, table, model);
  std::vector<EncodedExample> held_out = encode_all(features.describe_all(validation, threads), table, model);
  return {std::move(features), std::move(table), model, std::move(vectors), std::move(encoded), std::move(held_out), std::move(record)};
}

std::vector<std::vector<std::int64_t>> batches_of_epoch(const std::vector<EncodedExample>& examples, std::int64_t batch, std::uint64_t seed,
                                                        std::int64_t epoch) {
  constexpr std::int64_t batches_sorted_together = 50;
  Rng rng(seed, 0xA5C0 + static_cast<std::uint64_t>(epoch));
  std::vector<std::int64_t> order = rng.permutation(static_cast<std::int64_t>(examples.size()));
  const auto by_length = [&](std::int64_t a, std::int64_t b) {
    const EncodedExample &x = examples[static_cast<std::size_t>(a)], &y = examples[static_cast<std::size_t>(b)];
    return std::pair(x.question.size(), x.words.size()) < std::pair(y.question.size(), y.words.size());
  };
  std::vector<std::vector<std::int64_t>> batches;
  const std::int64_t count = static_cast<std::int64_t>(order.size()), together = batch * batches_sorted_together;
  for (std::int64_t begin = 0; begin < count; begin += together) {
    const std::int64_t end = std::min(count, begin + together);
    std::stable_sort(order.begin() + begin, order.begin() + end, by_length);
    for (std::int64_t i = begin; i < end; i += batch) batches.emplace_back(order.begin() + i, order.begin() + std::min(end, i + batch));
  }
  std::vector<std::vector<std::int64_t>> shuffled;
  for (const std::int64_t i : rng.permutation(static_cast<std::int64_t>(batches.size())))
    shuffled.push_back(std::move(batches[static_cast<std::size_t>(i)]));
  return shuffled;
}

}  // namespace fathom::asking
