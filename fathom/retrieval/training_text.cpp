#include "fathom/retrieval/training_text.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/base/progress.h"
#include "fathom/data/documents.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/vectors/sentence_corpus.h"

namespace fathom::retrieval {
namespace {

vectors::SentenceCorpusOptions corpus_options(const AutoencoderRecipe& recipe, int threads) {
  vectors::SentenceCorpusOptions options;
  options.documents.text_field = recipe.text_field;
  options.threads = threads;
  return options;
}

// Holds out every n-th sentence.
void split_validation(std::vector<std::vector<std::int64_t>> sentences, std::int64_t wanted, TrainingText& text) {
  const auto all = static_cast<std::int64_t>(sentences.size());
  const std::int64_t held_out = std::min(wanted, all / 10);
  std::int64_t taken = 0;
  for (std::int64_t i = 0; i < all; ++i) {
    const bool validation = held_out > 0 && taken < held_out && i % (all / held_out) == 0;
    taken += validation ? 1 : 0;
    (validation ? text.validation : text.train).push_back(std::move(sentences[static_cast<std::size_t>(i)]));
  }
}

// Rows for start and end are random and of the words' size; they stay as they are where words' vectors do.
at::Tensor embedding_rows(std::int64_t size, std::int64_t width, double scale, std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  return at::empty({size, width}, at::kFloat).normal_(0.0, scale, generator);
}

constexpr double vector_scale = 1.0 / 3.0;  // vectors/train_word_vectors.h

void report(bool quiet, const std::string& line) {
  if (!quiet) fmt::print(stderr, "{}\n", line);
}

TrainingText prepare_words(const AutoencoderRecipe& recipe, int threads, bool quiet) {
  const vectors::SentenceCorpus corpus = vectors::read_sentence_corpus(recipe.text, corpus_options(recipe, threads));
  report(quiet,
         fmt::format("Text     {} sentences, {} words, {} different ones", format_count(static_cast<double>(corpus.sentences())),
                     format_count(static_cast<double>(corpus.tokens.size())), format_count(static_cast<double>(corpus.words.size()))));
  const auto begin = std::chrono::steady_clock::now();
  vectors::WordVectorOptions options = recipe.vectors;
  options.threads = threads;
  options.seed = recipe.seed;
  const vectors::WordVectors vectors =
      recipe.vectors_path.empty() ? vectors::train_word_vectors(corpus, options) : vectors::WordVectors::load(recipe.vectors_path);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report(quiet, fmt::format("Vectors  {} words of width {} {} in {}", format_count(static_cast<double>(vectors.size())), vectors.width(),
                            recipe.vectors_path.empty() ? "trained" : "read from " + recipe.vectors_path, format_duration(seconds)));

  std::vector<std::string> words;
  std::vector<std::int64_t> id_of(corpus.words.size(), -1), rows;
  for (std::size_t i = 0; i < corpus.words.size() && corpus.counts[i] >= recipe.min_count; ++i) {
    if (recipe.vocabulary_words > 0 && static_cast<std::int64_t>(words.size()) == recipe.vocabulary_words) break;
    const std::int64_t row = vectors.find(corpus.words[i]);
    if (row < 0) continue;
    id_of[i] = 2 + static_cast<std::int64_t>(words.size());
    words.push_back(corpus.words[i]);
    rows.push_back(row);
  }
  require(!words.empty(), "no word of the text occurs {} times and has a vector; give more text, or lower vocabulary.min_count",
          recipe.min_count);
  std::vector<std::vector<std::int64_t>> sentences;
  for (std::int64_t i = 0; i < corpus.sentences(); ++i) {
    const auto tokens = corpus.sentence(i);
    const auto length = static_cast<std::int64_t>(tokens.size());
    if (length < recipe.min_words || length > recipe.max_words) continue;
    std::vector<std::int64_t> ids;
    for (const std::int32_t token : tokens) ids.push_back(id_of[static_cast<std::size_t>(token)]);
    if (std::find(ids.begin(), ids.end(), -1) == ids.end()) sentences.push_back(std::move(ids));
  }
  TrainingText text{EncoderVocabulary::of_words(std::move(words)), {}, {}, {}, {}};
  text.embedding = embedding_rows(text.vocabulary.size(), vectors.width(), vector_scale, recipe.seed);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy_n(vectors.row(rows[i]), vectors.width(),
                text.embedding.data_ptr<float>() + (static_cast<std::int64_t>(i) + 2) * vectors.width());
  text.record = {{"text_sentences", corpus.sentences()}, {"text_words", corpus.tokens.size()}};
  if (recipe.vectors_path.empty()) {
    text.record["vectors"] = options.to_json();
  } else {
    text.record["vectors"] = recipe.vectors_path;
  }
  split_validation(std::move(sentences), recipe.validation_sentences, text);
  return text;
}

text::Tokenizer tokenizer_for(const AutoencoderRecipe& recipe, const std::vector<std::string>& sentences, int threads) {
  if (!recipe.tokenizer_path.empty()) return text::Tokenizer::load(recipe.tokenizer_path);
  text::BpeTrainerOptions options;
  options.vocab_size = recipe.subwords;
  options.threads = thread_count(threads);
  text::BpeTrainer trainer(options);
  constexpr std::size_t piece_size = 4096;
  for_each_piece(static_cast<std::int64_t>((sentences.size() + piece_size - 1) / piece_size), threads, [&](std::int64_t piece) {
    const std::size_t begin = static_cast<std::size_t>(piece) * piece_size, end = std::min(begin + piece_size, sentences.size());
    for (std::size_t i = begin; i < end; ++i) trainer.add(sentences[i]);
  });
  return trainer.train();
}

TrainingText prepare_subwords(const AutoencoderRecipe& recipe, int threads, bool quiet) {
  std::vector<std::string> sentences = vectors::read_sentences(recipe.text, corpus_options(recipe, threads));
  TrainingText text{EncoderVocabulary::of_tokenizer(tokenizer_for(recipe, sentences, threads)), {}, {}, {}, {}};
  std::vector<std::vector<std::int64_t>> ids = text.vocabulary.ids_of(sentences, threads), kept;
  report(quiet, fmt::format("Text     {} sentences; {} tokens", format_count(static_cast<double>(ids.size())), text.vocabulary.size()));

  // The embeddings begin as vectors of tokens, made as those of words are.
  vectors::SentenceCorpusBuilder builder;
  std::vector<std::string> names;
  for (const std::vector<std::int64_t>& sentence : ids) {
    names.clear();
    for (const std::int64_t id : sentence) names.push_back(std::to_string(id));
    builder.add(names);
  }
  vectors::WordVectorOptions options = recipe.vectors;
  options.width = std::min(recipe.vectors.width, recipe.model.width);  // further columns begin random
  options.min_count = 1;
  options.threads = threads;
  options.seed = recipe.seed;
  const vectors::WordVectors vectors = vectors::train_word_vectors(builder.finish(), options);
  constexpr double scale = 0.1;  // beside positions that begin small
  text.embedding = embedding_rows(text.vocabulary.size(), recipe.model.width, scale, recipe.seed);
  for (std::int64_t i = 0; i < vectors.size(); ++i) {
    float* row = text.embedding.data_ptr<float>() + std::stoll(vectors.words()[static_cast<std::size_t>(i)]) * recipe.model.width;
    for (std::int64_t k = 0; k < vectors.width(); ++k) row[k] = vectors.row(i)[k] * static_cast<float>(scale / vector_scale);
  }
  for (std::vector<std::int64_t>& sentence : ids) {
    const auto length = static_cast<std::int64_t>(sentence.size());
    if (length >= recipe.min_words && length <= recipe.max_words) kept.push_back(std::move(sentence));
  }
  text.record = {{"text_sentences", ids.size()}, {"vectors", options.to_json()}};
  split_validation(std::move(kept), recipe.validation_sentences, text);
  return text;
}

}  // namespace

TrainingText prepare_training_text(const AutoencoderRecipe& recipe, int threads, bool quiet) {
  TrainingText text =
      recipe.model.architecture == Architecture::modern ? prepare_subwords(recipe, threads, quiet) : prepare_words(recipe, threads, quiet);
  const bool words = text.vocabulary.has_words();
  require(!text.train.empty(), "no sentence of the text has {} to {} {}{}; give more text, or change data.min_words and data.max_words",
          recipe.min_words, recipe.max_words, words ? "words" : "tokens", words ? ", all of them in the vocabulary" : "");
  text.record["vocabulary"] = text.vocabulary.size();
  text.record["train_sentences"] = text.train.size();
  text.record["validation_sentences"] = text.validation.size();
  report(quiet, fmt::format("Training {} sentences of {} to {} {}; validation {}; vocabulary {}",
                            format_count(static_cast<double>(text.train.size())), recipe.min_words, recipe.max_words,
                            words ? "words" : "tokens", text.validation.size(), text.vocabulary.size()));
  return text;
}

}  // namespace fathom::retrieval
