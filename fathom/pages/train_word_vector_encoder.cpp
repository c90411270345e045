#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/pages/word_vector_page_encoder.h"
#include "fathom/text/words.h"
#include "fathom/vectors/train_word_vectors.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t fewest_frequent_words = 8;  // of fewer, which stand near each other is chance
constexpr std::int64_t much_text = 2'000'000;      // words; below it rarer words are given vectors, too
constexpr std::int64_t most_common_sentences = 20'000;
constexpr int power_iterations = 50;

vectors::SentenceCorpus read_corpus(index::PageWriter& pages, std::int64_t most_words) {
  text::WordSplitter splitter({.punctuation = true, .split_contractions = true});
  vectors::SentenceCorpusBuilder builder;
  std::int64_t words = 0;
  const auto add = [&](std::string_view sentence) {
    if (words >= most_words) return;
    std::vector<std::string> texts;
    for (text::Word& word : splitter.split(sentence)) texts.push_back(std::move(word.text));
    words += static_cast<std::int64_t>(texts.size());
    builder.add(texts);
  };
  pages.for_each_page([&](std::string_view title, const std::vector<std::string_view>& sentences) {
    add(title);
    for (const std::string_view sentence : sentences) add(sentence);
  });
  return builder.finish();
}

vectors::WordVectors make_word_vectors(const vectors::SentenceCorpus& corpus, const WordVectorEncoderOptions& options,
                                       OrderedJson& record) {
  if (!options.word_vectors.empty()) {
    record["word_vectors"] = {{"loaded_from", options.word_vectors}};
    return vectors::WordVectors::load(options.word_vectors);
  }
  vectors::WordVectorOptions training;
  training.width = options.width;
  training.min_count = static_cast<std::int64_t>(corpus.tokens.size()) > much_text ? 4 : 2;
  training.seed = options.seed;
  training.threads = options.threads;
  const auto frequent =
      std::count_if(corpus.counts.begin(), corpus.counts.end(), [&](std::int64_t count) { return count >= training.min_count; });
  if (frequent < fewest_frequent_words) {
    record["word_vectors"] = nullptr;
    return {};
  }
  record["word_vectors"] = {
      {"trained_on", "the pages of the index"}, {"words_of_text", corpus.tokens.size()}, {"options", training.to_json()}};
  return vectors::train_word_vectors(corpus, training);
}

std::vector<float> smooth_weights(const vectors::SentenceCorpus& corpus, const vectors::WordVectors& words, double smoothing) {
  std::vector<float> weights(static_cast<std::size_t>(words.size()), 1.0f);  // of words that the collection does not have
  const auto total = static_cast<double>(corpus.tokens.size());
  for (std::size_t i = 0; i < corpus.words.size(); ++i) {
    const std::int64_t at = words.find(corpus.words[i]);
    if (at < 0) continue;
    weights[static_cast<std::size_t>(at)] = static_cast<float>(std::log1p(smoothing * total / static_cast<double>(corpus.counts[i])));
  }
  return weights;
}

// The direction in which sentence vectors vary most around the origin, by power iteration over a spread of sentences.
std::vector<float> common_direction(const vectors::SentenceCorpus& corpus, const vectors::WordVectors& words,
                                    const std::vector<float>& weights, std::uint64_t seed) {
  const auto width = static_cast<std::size_t>(words.width());
  std::vector<std::vector<float>> sentences;
  const std::int64_t step = std::max<std::int64_t>(1, corpus.sentences() / most_common_sentences);
  for (std::int64_t s = 0; s < corpus.sentences(); s += step) {
    std::vector<float> mean(width, 0.0f);
    double squares = 0.0;
    for (const std::int32_t token : corpus.sentence(s)) {
      const std::int64_t at = words.find(corpus.words[static_cast<std::size_t>(token)]);
      if (at < 0) continue;
      for (std::size_t i = 0; i < width; ++i) mean[i] += weights[static_cast<std::size_t>(at)] * words.row(at)[i];
    }
    for (const float value : mean) squares += static_cast<double>(value) * static_cast<double>(value);
    if (squares == 0.0) continue;
    for (float& value : mean) value /= static_cast<float>(std::sqrt(squares));
    sentences.push_back(std::move(mean));
  }
  Rng rng(seed);
  std::vector<double> direction(width);
  for (double& value : direction) value = rng.normal();
  for (int iteration = 0; iteration < power_iterations; ++iteration) {
    std::vector<double> next(width, 0.0);
    for (const std::vector<float>& sentence : sentences) {
      double along = 0.0;
      for (std::size_t i = 0; i < width; ++i) along += direction[i] * static_cast<double>(sentence[i]);
      for (std::size_t i = 0; i < width; ++i) next[i] += along * static_cast<double>(sentence[i]);
    }
    double squares = 0.0;
    for (const double value : next) squares += value * value;
    if (squares == 0.0) return std::vector<float>(width, 0.0f);
    for (std::size_t i = 0; i < width; ++i) direction[i] = next[i] / std::sqrt(squares);
  }
  return {direction.begin(), direction.end()};
}

}  // namespace

WordVectorPageEncoder train_word_vector_encoder(index::PageWriter& pages, const WordVectorEncoderOptions& options) {
  const vectors::SentenceCorpus corpus = read_corpus(pages, options.most_words);
  OrderedJson record = {{"labels_used", false}, {"smoothing", options.smoothing}, {"remove_common", options.remove_common}};
  vectors::WordVectors words = make_word_vectors(corpus, options, record);
  std::vector<float> weights = smooth_weights(corpus, words, options.smoothing);
  std::vector<float> common = options.remove_common ? common_direction(corpus, words, weights, options.seed)
                                                    : std::vector<float>(static_cast<std::size_t>(words.width()), 0.0f);
  return {std::move(words), std::move(weights), std::move(common), options.page_share, options.title_share, std::move(record)};
}

}  // namespace fathom::pages
