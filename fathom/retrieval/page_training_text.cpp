#include "fathom/retrieval/page_training_text.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/base/rng.h"
#include "fathom/vectors/train_word_vectors.h"

namespace fathom::retrieval {
namespace {

constexpr double vector_scale = 1.0 / 3.0;  // vectors/train_word_vectors.h
constexpr double weight_frequency = 2e-4;   // a of a/(a + p(word)): Arora, Liang, Ma 2017

std::vector<std::vector<std::string>> words_of(const std::vector<std::string_view>& texts, std::int64_t most, int threads) {
  constexpr std::int64_t piece_texts = 512;
  std::vector<std::vector<std::string>> words(texts.size());
  const auto count = static_cast<std::int64_t>(texts.size());
  for_each_piece((count + piece_texts - 1) / piece_texts, threads, [&](std::int64_t piece) {
    for (std::int64_t i = piece * piece_texts; i < std::min(count, (piece + 1) * piece_texts); ++i)
      words[static_cast<std::size_t>(i)] = pages::encoder_words(texts[static_cast<std::size_t>(i)], most);
  });
  return words;
}

// Numbers the texts that have words.
class TextNumbers {
 public:
  explicit TextNumbers(std::int64_t most_words, int threads) : most_words_(most_words), threads_(threads) {}
  // Index of each text in the corpus, -1 for those without words.
  std::vector<std::int64_t> add(const std::vector<std::string_view>& texts) {
    std::vector<std::int64_t> numbers;
    for (const std::vector<std::string>& words : words_of(texts, most_words_, threads_)) {
      numbers.push_back(words.empty() ? -1 : count_++);
      builder_.add(words);
    }
    return numbers;
  }
  vectors::SentenceCorpus finish() { return builder_.finish(); }

 private:
  vectors::SentenceCorpusBuilder builder_;
  std::int64_t most_words_, count_ = 0;
  int threads_;
};

void make_vocabulary(const PageTrainingRecipe& recipe, PageTrainingText& text) {
  std::vector<std::string> words;
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < text.corpus.words.size() && text.corpus.counts[i] >= recipe.min_count; ++i) {
    if (static_cast<std::int64_t>(words.size()) == recipe.vocabulary_words) break;
    words.push_back(text.corpus.words[i]);
    counts.push_back(text.corpus.counts[i]);
  }
  text.vocabulary = pages::EncoderVocabulary(std::move(words), std::move(counts), recipe.model.buckets);
  for (const std::string& word : text.corpus.words) text.ngrams.push_back(text.vocabulary.ngram_rows(word));
}

void make_rows(const PageTrainingRecipe& recipe, int threads, PageTrainingText& text) {
  at::Generator generator = at::detail::createCPUGenerator(recipe.seed);
  const std::int64_t width = recipe.model.width, words = text.vocabulary.size();
  text.rows = at::empty({words + recipe.model.buckets, width}, at::kFloat).normal_(0.0, vector_scale, generator);
  vectors::WordVectors found;
  if (!recipe.vectors_path.empty()) {
    found = vectors::WordVectors::load(recipe.vectors_path);
    require(found.width() == width, "{}: the vectors have width {}, model.width is {}; make them equal", recipe.vectors_path, found.width(),
            width);
  } else if (text.vocabulary.size() > width) {
    vectors::WordVectorOptions options;
    options.width = width;
    options.min_count = std::max<std::int64_t>(recipe.min_count, 2);
    options.seed = recipe.seed;
    options.threads = threads;
    found = vectors::train_word_vectors(text.corpus, options);
  }
  auto* rows = text.rows.data_ptr<float>();
  const double own = std::sqrt(recipe.identity), shared = std::sqrt(1.0 - recipe.identity);  // the length stays
  text.word_weights = at::zeros({1, words + 1}, at::kFloat);
  auto* weights = text.word_weights.data_ptr<float>();
  const auto all = static_cast<double>(text.corpus.tokens.size());
  for (std::int64_t i = 0; i < words; ++i) {
    const std::int64_t row = found.find(text.vocabulary.words()[static_cast<std::size_t>(i)]);
    for (std::int64_t j = 0; row >= 0 && j < width; ++j)
      rows[i * width + j] = static_cast<float>(own * rows[i * width + j] + shared * found.row(row)[j]);
    const double frequency = static_cast<double>(text.vocabulary.counts()[static_cast<std::size_t>(i)]) / all;
    weights[i] = static_cast<float>(std::log(weight_frequency / (weight_frequency + frequency)));
  }
}

// The page's sentence that shares most with the query: the sum of the idf of the words that both have, over the root of its length.
class LexicalLabels {
 public:
  explicit LexicalLabels(const PageTrainingText& text) : text_(text), idf_(text.corpus.words.size(), 0.0F) {
    std::vector<std::int64_t> seen(idf_.size(), 0);
    std::int64_t sentences = 0;
    for (const PageText& page : text.pages) {
      for (const std::int64_t sentence : page.sentences) {
        const auto tokens = text.text(sentence);
        for (const std::int32_t word : std::unordered_set<std::int32_t>(tokens.begin(), tokens.end()))
          ++seen[static_cast<std::size_t>(word)];
        ++sentences;
      }
    }
    for (std::size_t i = 0; i < idf_.size(); ++i)
      idf_[i] = static_cast<float>(std::log(1.0 + static_cast<double>(sentences) / static_cast<double>(seen[i] + 1)));
  }
  std::int32_t most_similar(std::int64_t query, const PageText& page) const {
    const auto tokens = text_.text(query);
    const std::unordered_set<std::int32_t> wanted(tokens.begin(), tokens.end());
    double most = -1;
    std::size_t best = 0;
    for (std::size_t i = 0; i < page.sentences.size(); ++i) {
      const auto sentence = text_.text(page.sentences[i]);
      double shared = 0;
      for (const std::int32_t word : std::unordered_set<std::int32_t>(sentence.begin(), sentence.end()))
        if (wanted.contains(word)) shared += idf_[static_cast<std::size_t>(word)];
      const double similarity = shared / std::sqrt(static_cast<double>(sentence.size()));
      if (similarity > most) most = similarity, best = i;
    }
    return static_cast<std::int32_t>(best);
  }

 private:
  const PageTrainingText& text_;
  std::vector<float> idf_;
};

void number_pages(const pages::PageCollection& collection, TextNumbers& numbers, PageTrainingText& text) {
  std::vector<std::string_view> texts;
  for (const pages::Page& page : collection.pages) {
    texts.emplace_back(page.title);
    for (const std::string_view sentence : page.sentence_texts()) texts.push_back(sentence);
  }
  const std::vector<std::int64_t> found = numbers.add(texts);
  std::size_t next = 0;
  for (const pages::Page& page : collection.pages) {
    PageText& out = text.pages.emplace_back();
    out.title = found[next++];
    for (std::size_t i = 0; i < page.sentences.size(); ++i) {
      if (const std::int64_t number = found[next++]; number >= 0) {
        out.sentences.push_back(number);
        out.ordinals.push_back(static_cast<std::int64_t>(i));
      }
    }
  }
}

void number_clicks(const std::vector<pages::PageExample>& examples, const std::vector<std::int64_t>& queries,
                   const PageTrainingRecipe& recipe, PageTrainingText& text) {
  const LexicalLabels labels(text);
  Rng rng(recipe.seed, 0x5EA2C4);
  const auto most = std::min(recipe.most_validation, static_cast<std::int64_t>(recipe.validation * static_cast<double>(examples.size())));
  std::vector<bool> held_out(examples.size(), false);
  const std::vector<std::int64_t> order = rng.permutation(static_cast<std::int64_t>(examples.size()));
  for (std::int64_t i = 0; i < most; ++i) held_out[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const pages::PageExample& example = examples[i];
    const PageText& page = text.pages[static_cast<std::size_t>(example.page)];
    if (queries[i] < 0 || page.sentences.empty()) {
      ++text.without_words;
      continue;
    }
    const auto found = std::lower_bound(page.ordinals.begin(), page.ordinals.end(), example.sentence);
    const bool named = example.sentence >= 0 && found != page.ordinals.end() && *found == example.sentence;
    text.labelled_by_similarity += named ? 0 : 1;
    const std::int32_t sentence = named ? static_cast<std::int32_t>(found - page.ordinals.begin()) : labels.most_similar(queries[i], page);
    (held_out[i] ? text.validation : text.clicks).push_back({queries[i], example.page, sentence, static_cast<float>(example.weight)});
  }
  require(!text.clicks.empty(), "none of the {} clicks has words in both its query and its page", examples.size());
}

}  // namespace

PageTrainingText prepare_page_text(const pages::PageCollection& collection, const std::vector<pages::PageExample>& examples,
                                   const PageTrainingRecipe& recipe, int threads) {
  PageTrainingText text;
  TextNumbers numbers(recipe.model.max_words, threads);
  number_pages(collection, numbers, text);
  std::vector<std::string_view> queries;
  for (const pages::PageExample& example : examples) queries.emplace_back(example.query);
  const std::vector<std::int64_t> query_numbers = numbers.add(queries);
  text.corpus = numbers.finish();
  make_vocabulary(recipe, text);
  number_clicks(examples, query_numbers, recipe, text);
  make_rows(recipe, threads, text);
  return text;
}

}  // namespace fathom::retrieval
