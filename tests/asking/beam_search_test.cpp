#include "fathom/asking/beam_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fathom/base/error.h"
#include "tests/asking/small_examples.h"
#include "tests/base/scratch_directory.h"

namespace fathom::asking {
namespace {

using testing::batch_of;
using ::testing::HasSubstr;
using testing::small_config;
using testing::small_model;

using Words = std::vector<std::int64_t>;

struct World {
  explicit World(std::uint64_t seed = 3, bool types = true)
      : config(small_config(types)),
        model(small_model(config, at::kFloat, seed)),
        batch(batch_of(testing::encoded(testing::small_examples(), config), config, false)),
        encoded(model.encode(batch, 0.0)) {}
  std::vector<std::vector<FoundQuestion>> search(const BeamOptions& options) const { return beam_search(model, batch, encoded, options); }
  at::NoGradGuard no_grad;
  QuestionModelConfig config;
  QuestionModel model;
  QuestionBatch batch;
  EncodedSentences encoded;
};

bool ends_a_repeated_run(const Words& words, std::size_t n) {
  if (words.size() < n) return false;
  for (std::size_t i = 0; i + n < words.size(); ++i) {
    if (std::equal(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + n),
                   words.end() - static_cast<std::ptrdiff_t>(n)))
      return true;
  }
  return false;
}

// Log-probabilities of one more word behind each state of one sentence, the unknown word's share given to the word that is looked at most.
std::vector<double> next_word(const World& world, std::int64_t sentence, const at::Tensor& attention, const at::Tensor& readout,
                              double generate) {
  std::vector<double> p(static_cast<std::size_t>(world.config.output_words + world.batch.copied_words));
  const at::Tensor logits = at::matmul(world.model.output_embedding(), readout);
  const at::Tensor softmax = at::softmax(logits, 0);
  for (std::int64_t w = 0; w < world.config.output_words; ++w) p[static_cast<std::size_t>(w)] = generate * softmax[w].item<double>();
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < world.batch.row_lengths[static_cast<std::size_t>(sentence)]; ++i) {
    const double a = attention[i].item<double>();
    p[static_cast<std::size_t>(world.batch.source[sentence][i].item<std::int64_t>())] += (1 - generate) * a;
    if (a > attention[most].item<double>()) most = i;
  }
  p[static_cast<std::size_t>(world.batch.source[sentence][most].item<std::int64_t>())] += p[unknown_id];
  p[unknown_id] = p[start_id] = 0;
  return p;
}

// The most probable word again and again.
FoundQuestion greedy(const World& world, std::int64_t sentence, const BeamOptions& options) {
  FoundQuestion out;
  at::Tensor state = world.encoded.state.clone(), cell = world.encoded.cell.clone();
  std::int64_t word = start_id;
  double log_probability = 0;
  while (static_cast<std::int64_t>(out.words.size()) < options.most_words) {
    const DecodedWords decoded = world.model.decode(world.encoded, at::full({1, 4}, word, at::kLong), state, cell, 0.0);
    state = decoded.state;
    cell = decoded.cell;
    std::vector<double> p = next_word(world, sentence, decoded.attention[0][sentence], decoded.readout[sentence],
                                      1.0 / (1.0 + std::exp(-decoded.generate[sentence].item<double>())));
    if (static_cast<std::int64_t>(out.words.size()) < options.fewest_words) p[end_id] = 0;
    for (std::size_t w = 0; w < p.size(); ++w) {
      Words longer = out.words;
      longer.push_back(static_cast<std::int64_t>(w));
      if (w != end_id && ends_a_repeated_run(longer, static_cast<std::size_t>(options.no_repeat))) p[w] = 0;
    }
    const auto best = static_cast<std::int64_t>(std::max_element(p.begin(), p.end()) - p.begin());
    log_probability += std::log(p[static_cast<std::size_t>(best)]);
    if (best == end_id) break;
    out.words.push_back(best);
    word = best < world.config.output_words
               ? best
               : world.batch.copied[static_cast<std::size_t>(sentence)][static_cast<std::size_t>(best - world.config.output_words)];
  }
  out.score = log_probability / std::pow((5.0 + static_cast<double>(out.words.size())) / 6.0, options.length_penalty);
  return out;
}

TEST(BeamSearch, OfOneIsGreedy) {
  for (const std::uint64_t seed : {3, 4, 5, 6}) {
    for (const bool types : {false, true}) {
      const World world(seed, types);
      BeamOptions options;
      options.beam = 1;
      options.most_words = 12;
      const auto found = world.search(options);
      ASSERT_EQ(found.size(), 4U);
      for (std::int64_t s = 0; s < 4; ++s) {
        SCOPED_TRACE(::testing::Message() << "seed " << seed << ", sentence " << s);
        const FoundQuestion expected = greedy(world, s, options);
        const auto& of_sentence = found[static_cast<std::size_t>(s)];
        ASSERT_EQ(of_sentence.size(), 1U);
        // A beam of one goes on behind an end until its best continuation is no better: the end that greedy search takes is the first.
        EXPECT_EQ(of_sentence[0].words, expected.words);
        EXPECT_NEAR(of_sentence[0].score, expected.score, 1e-4);
      }
    }
  }
}

TEST(BeamSearch, FindsDifferentQuestionsBestFirst) {
  for (const std::uint64_t seed : {3, 4, 5}) {
    const World world(seed);
    BeamOptions options;
    options.beam = 6;
    options.n_best = 5;
    options.most_words = 10;
    for (const std::vector<FoundQuestion>& of_sentence : world.search(options)) {
      ASSERT_FALSE(of_sentence.empty());
      EXPECT_LE(of_sentence.size(), 5U);
      std::set<Words> seen;
      for (std::size_t i = 0; i < of_sentence.size(); ++i) {
        const Words& words = of_sentence[i].words;
        EXPECT_TRUE(seen.insert(words).second);
        if (i > 0) {
          EXPECT_GE(of_sentence[i - 1].score, of_sentence[i].score);
        }
        EXPECT_GE(words.size(), 3U);
        EXPECT_LE(words.size(), 10U);
        EXPECT_EQ(std::count(words.begin(), words.end(), unknown_id), 0);
        EXPECT_EQ(std::count(words.begin(), words.end(), start_id), 0);
        EXPECT_EQ(std::count(words.begin(), words.end(), end_id), 0);
        for (std::size_t end = 3; end <= words.size(); ++end)
          EXPECT_FALSE(ends_a_repeated_run({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(end)}, 3));
      }
    }
  }
}

TEST(BeamSearch, ACopyIsAWordOfItsSentence) {
  const World world;
  BeamOptions options;
  options.n_best = 5;
  const auto found = world.search(options);
  for (std::size_t s = 0; s < found.size(); ++s) {
    for (const FoundQuestion& question : found[s]) {
      for (const std::int64_t word : question.words)
        EXPECT_LT(word, world.config.output_words + static_cast<std::int64_t>(world.batch.copied[s].size()));
    }
  }
}

// Where the next words are few, blocked ones must not end a beam without a question.
TEST(BeamSearch, GoesOnWhenTheBestWordsAreBlocked) {
  for (const int no_repeat : {1, 2}) {
    const World world;
    BeamOptions options;
    options.beam = 1;
    options.no_repeat = no_repeat;
    options.fewest_words = 6;
    options.most_words = 8;
    for (const auto& of_sentence : world.search(options)) {
      ASSERT_EQ(of_sentence.size(), 1U);
      EXPECT_GE(of_sentence[0].words.size(), 6U);
    }
  }
}

// A model that would only ever write the unknown word.
TEST(BeamSearch, WritesTheWordThatIsLookedAtInPlaceOfTheUnknownOne) {
  World world(3, false);
  std::vector<nn::Parameter> parameters;
  world.model.collect_parameters("", parameters);
  for (nn::Parameter& parameter : parameters) {
    if (parameter.name == "embedding") parameter.tensor.narrow(0, 0, world.config.output_words).zero_();
    if (parameter.name == "generate.bias") parameter.tensor.fill_(30.0);
    if (parameter.name == "readout.bias") parameter.tensor.fill_(100.0);
  }
  for (nn::Parameter& parameter : parameters)
    if (parameter.name == "embedding") parameter.tensor[unknown_id].fill_(1.0);
  world.encoded = world.model.encode(world.batch, 0.0);
  BeamOptions options;
  options.beam = 1;
  options.no_repeat = 0;
  options.most_words = 4;
  const auto found = world.search(options);
  for (std::int64_t s = 0; s < 4; ++s) {
    const at::Tensor source = world.batch.source[s];
    ASSERT_EQ(found[static_cast<std::size_t>(s)].size(), 1U);
    for (const std::int64_t word : found[static_cast<std::size_t>(s)][0].words) EXPECT_TRUE((source == word).any().item<bool>());
  }
}

TEST(BeamSearch, LongerQuestionsScoreHigherWithAHigherPenalty) {
  const World world;
  BeamOptions options;
  options.beam = 1;
  for (const double power : {0.0, 2.0}) {
    options.length_penalty = power;
    for (std::int64_t s = 0; s < 4; ++s) {
      EXPECT_NEAR(world.search(options)[static_cast<std::size_t>(s)][0].score, greedy(world, s, options).score, 1e-4);
    }
  }
}

TEST(BeamSearch, RefusesOptionsThatCannotBe) {
  const World world;
  const auto refusal = [&](auto change) {
    BeamOptions options;
    change(options);
    return message_of<UsageError>([&] { world.search(options); });
  };
  EXPECT_THAT(refusal([](BeamOptions& o) { o.n_best = 0; }), HasSubstr("n-best is 0"));
  EXPECT_THAT(refusal([](BeamOptions& o) { o.n_best = 6; }), HasSubstr("--beam 6"));
  EXPECT_THAT(refusal([](BeamOptions& o) { o.no_repeat = -1; }), HasSubstr("no-repeat is -1"));
  EXPECT_THAT(refusal([](BeamOptions& o) { o.most_words = 2; }), HasSubstr("questions of 3 to 2 words"));
}

}  // namespace
}  // namespace fathom::asking
