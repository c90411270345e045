#include "fathom/vectors/train_word_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/rng.h"
#include "fathom/vectors/cooccurrence.h"
#include "fathom/vectors/symmetric_eigen.h"
#include "tests/base/scratch_directory.h"

namespace fathom::vectors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SentenceCorpus corpus_of(const std::vector<std::vector<std::string>>& sentences) {
  SentenceCorpusBuilder builder;
  for (const auto& sentence : sentences) builder.add(sentence);
  return builder.finish();
}

double cosine(const WordVectors& vectors, const std::string& a, const std::string& b) {
  const float *left = vectors.row(vectors.find(a)), *right = vectors.row(vectors.find(b));
  double product = 0, first = 0, second = 0;
  for (std::int64_t i = 0; i < vectors.width(); ++i) {
    product += static_cast<double>(left[i]) * static_cast<double>(right[i]);
    first += static_cast<double>(left[i]) * static_cast<double>(left[i]);
    second += static_cast<double>(right[i]) * static_cast<double>(right[i]);
  }
  return product / std::sqrt(first * second);
}

TEST(SentenceCorpus, NumbersWordsByFrequency) {
  const SentenceCorpus corpus = corpus_of({{"b", "a", "b"}, {}, {"c", "a", "b"}});
  EXPECT_THAT(corpus.words, ElementsAre("b", "a", "c"));
  EXPECT_THAT(corpus.counts, ElementsAre(3, 2, 1));
  EXPECT_EQ(corpus.sentences(), 2);
  EXPECT_THAT(corpus.sentence(1), ElementsAre(2, 1, 0));
}

TEST(SentenceCorpus, TheSameForAnyNumberOfThreads) {
  const ScratchDirectory scratch;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "Sentence number " + std::to_string(i % 977) + " isn't long. " + (i % 7 == 0 ? "\n" : "");
  write_file_atomically(scratch / "text.txt", text);
  SentenceCorpusOptions one, four;
  one.threads = 1;
  four.threads = 4;
  const SentenceCorpus a = read_sentence_corpus({scratch.path().string()}, one), b = read_sentence_corpus({scratch.path().string()}, four);
  EXPECT_EQ(a.words, b.words);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.begins, b.begins);
  EXPECT_EQ(a.sentences(), 20000);
  EXPECT_EQ(a.sentence(0).size(), 7U);
  EXPECT_EQ(read_sentences({scratch.path().string()}, four).at(1), "Sentence number 1 isn't long.");
}

TEST(SentenceCorpus, BadText) {
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "latin1.txt", "caf\xE9 au lait");
  EXPECT_THAT(message_of<Error>([&] { read_sentence_corpus({(scratch / "latin1.txt").string()}); }), HasSubstr("UTF-8"));
}

// Counted by hand: "x y x" and "y z" with a window of 2 (neighbours count 1, those two away 1/2).
TEST(Cooccurrence, MutualInformationByHand) {
  const SentenceCorpus corpus = corpus_of({{"x", "y", "x"}, {"y", "z"}});
  CooccurrenceOptions options;
  options.words = 3;
  options.window = 2;
  options.context_smoothing = 1.0;
  const SparseMatrix matrix = positive_mutual_information(corpus, options);
  // n(x,x) = 1, n(x,y) = 2, n(y,z) = 1; sums x 3, y 3, z 1; all 7. PMI: x,x log(7/9) < 0; x,y log(14/9); y,z log(7/3).
  EXPECT_THAT(matrix.begins, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(matrix.columns, ElementsAre(1, 0, 2, 1));
  EXPECT_NEAR(matrix.values[0], std::log(14.0 / 9.0), 1e-6);
  EXPECT_NEAR(matrix.values[2], std::log(7.0 / 3.0), 1e-6);
  EXPECT_EQ(matrix.values[0], matrix.values[1]);
}

TEST(SymmetricEigen, DenseMatrixIsRebuilt) {
  constexpr std::int64_t size = 12;
  Rng rng(3);
  std::vector<double> matrix(size * size);
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      matrix[static_cast<std::size_t>(i * size + j)] = matrix[static_cast<std::size_t>(j * size + i)] = rng.normal();
  const DenseEigen eigen = dense_eigenpairs(matrix, size);
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = 0; j < size; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < size; ++k)
        sum += eigen.vectors[static_cast<std::size_t>(i * size + k)] * eigen.values[static_cast<std::size_t>(k)] *
               eigen.vectors[static_cast<std::size_t>(j * size + k)];
      EXPECT_NEAR(sum, matrix[static_cast<std::size_t>(i * size + j)], 1e-9);
    }
  }
}

// A sparse matrix with known eigenpairs: 2×2 blocks (a b; b a) have a+b and a-b.
TEST(SymmetricEigen, LeadingPairsOfASparseMatrix) {
  SparseMatrix matrix;
  const std::vector<std::pair<float, float>> blocks = {{5, 1}, {3, 0.5F}, {0.2F, 2}, {0.1F, 0}, {0.05F, 0}, {0.3F, 0.1F}};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (int side = 0; side < 2; ++side) {
      matrix.columns.insert(matrix.columns.end(), {static_cast<std::int32_t>(2 * i), static_cast<std::int32_t>(2 * i + 1)});
      const auto [a, b] = blocks[i];
      matrix.values.insert(matrix.values.end(), {side == 0 ? a : b, side == 0 ? b : a});
      matrix.begins.push_back(static_cast<std::int64_t>(matrix.columns.size()));
    }
  }
  EigenOptions options;
  options.count = 4;
  options.oversampling = 4;
  options.iterations = 12;
  const EigenPairs pairs = leading_eigenpairs(matrix, options);
  ASSERT_EQ(pairs.count, 4);
  EXPECT_NEAR(pairs.values[0], 6.0, 1e-5);
  EXPECT_NEAR(pairs.values[1], 4.0, 1e-5);
  EXPECT_NEAR(pairs.values[2], 3.5, 1e-5);
  EXPECT_NEAR(pairs.values[3], 2.5, 1e-5);
  EXPECT_NEAR(pairs.vectors[0], std::sqrt(0.5), 1e-4);
  EXPECT_NEAR(pairs.vectors[4], std::sqrt(0.5), 1e-4);
}

// Two topics whose words never meet: words of a topic are near each other, and far from those of the other.
TEST(TrainWordVectors, WordsOfATopicAreNear) {
  Rng rng(5);
  std::vector<std::vector<std::string>> sentences;
  for (int i = 0; i < 2000; ++i) {
    const std::string topic = i % 2 == 0 ? "cat" : "ship";
    std::vector<std::string>& sentence = sentences.emplace_back();
    for (int j = 0; j < 8; ++j) sentence.push_back(topic + std::to_string(rng.below(10)));
  }
  const SentenceCorpus corpus = corpus_of(sentences);
  WordVectorOptions options;
  options.width = 8;
  options.shift = 0;
  options.threads = 1;
  const WordVectors vectors = train_word_vectors(corpus, options);
  EXPECT_EQ(vectors.size(), 20);
  EXPECT_GT(cosine(vectors, "cat1", "cat2"), 0.5);
  EXPECT_LT(std::abs(cosine(vectors, "cat1", "ship2")), 0.3);
  options.threads = 3;
  EXPECT_EQ(train_word_vectors(corpus, options).values(), vectors.values());
}

TEST(TrainWordVectors, TooLittleText) {
  EXPECT_THAT(message_of<Error>([] { train_word_vectors(corpus_of({{"one", "sentence"}})); }), HasSubstr("too little text"));
}

}  // namespace
}  // namespace fathom::vectors
