#include "fathom/autoencoder/attention_autoencoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/autoencoder/train_autoencoder.h"
#include "fathom/base/rng.h"

namespace fathom::autoencoder {
namespace {

// Ten words with random vectors; questions are runs of neighbouring words, so that a word says what its neighbours are.
struct Toy {
  Toy() {
    Rng rng(5);
    std::vector<std::string> names;
    std::vector<float> values;
    for (int i = 0; i < 10; ++i) names.emplace_back(1, static_cast<char>('a' + i));
    for (int i = 0; i < 10 * 6; ++i) values.push_back(static_cast<float>(rng.normal()));
    words = vectors::WordVectors(names, 6, values);
    text.word_vectors = &words;
    text.counts.assign(10, 1);
    for (int q = 0; q < 40; ++q) {
      auto& question = text.questions.emplace_back();
      for (int i = 0; i < 3 + q % 3; ++i) question.push_back((q + i) % 10);
    }
  }
  vectors::WordVectors words;
  faq::EncoderTraining text;
};

AutoencoderTraining small_training() {
  AutoencoderTraining options;
  options.hidden = 8;
  options.words = 40'000;
  options.batch_words = 64;
  options.learning_rate = 1e-2;
  return options;
}

TEST(AttentionAutoencoder, GradientsAreThoseOfFiniteDifferences) {
  const AttentionAutoencoder model({3, 2, 5}, 1, at::kCPU);
  std::vector<nn::Parameter> parameters;
  model.collect_parameters("", parameters);
  for (nn::Parameter& parameter : parameters) parameter.tensor.set_requires_grad(true);
  Rng rng(2);
  at::Tensor input = at::empty({2, 4, 3}), before = at::empty({2, 4, 3});
  for (at::Tensor* tensor : {&input, &before})
    for (std::int64_t i = 0; i < tensor->numel(); ++i) tensor->data_ptr<float>()[i] = static_cast<float>(rng.normal());
  const AutoencoderBatch batch{input, before, at::arange(8) % 5};
  model.loss(batch).backward();
  const at::NoGradGuard no_grad;
  for (const nn::Parameter& parameter : parameters) {
    float* values = parameter.tensor.data_ptr<float>();
    for (const std::int64_t i : {std::int64_t{0}, parameter.tensor.numel() - 1}) {
      const float saved = values[i], step = 1e-2f;
      values[i] = saved + step;
      const double above = model.loss(batch).item<double>();
      values[i] = saved - step;
      const double below = model.loss(batch).item<double>();
      values[i] = saved;
      EXPECT_NEAR((above - below) / (2.0 * static_cast<double>(step)), parameter.tensor.grad().flatten()[i].item<double>(), 2e-3)
          << parameter.name << " " << i;
    }
  }
}

TEST(AttentionAutoencoder, TheEncoderWithoutLibtorchGivesTheSameStates) {
  const Toy toy;
  const AttentionAutoencoder model({6, 8, 11}, 3, at::kCPU);
  const auto matrix = [&](bool backward) {
    const at::Tensor packed = model.packed_direction(backward);
    return vectors::Matrix{packed.size(0), packed.size(1), {packed.data_ptr<float>(), packed.data_ptr<float>() + packed.numel()}};
  };
  const faq::QuestionEncoder encoder(6, matrix(false), matrix(true));
  at::Tensor input = at::zeros({1, 5, 6});
  std::vector<const float*> rows;
  for (std::int64_t i = 0; i < 5; ++i) {
    rows.push_back(i == 2 ? nullptr : toy.words.row(i));  // one word without a vector
    if (i != 2) input[0][i] = at::from_blob(const_cast<float*>(toy.words.row(i)), {6}, at::kFloat);
  }
  const at::NoGradGuard no_grad;
  const at::Tensor states = model.encode(input)[0];
  const at::Tensor expected = states / states.norm(2, {1}, true);
  const std::vector<float> found = encoder.states(rows);
  ASSERT_EQ(static_cast<std::int64_t>(found.size()), expected.numel());
  for (std::int64_t i = 0; i < expected.numel(); ++i)
    EXPECT_NEAR(found[static_cast<std::size_t>(i)], expected.flatten()[i].item<float>(), 1e-5);
}

TEST(TrainAutoencoder, LearnsToWriteQuestionsAgain) {
  const Toy toy;
  const auto trained = train_autoencoder(toy.text, small_training(), at::kCPU);
  ASSERT_TRUE(trained.has_value());
  EXPECT_LT(trained->last_loss, 0.5 * trained->first_loss);
  EXPECT_EQ(trained->encoder.state_width(), 16);
}

TEST(TrainAutoencoder, IsAFunctionOfItsSeed) {
  const Toy toy;
  AutoencoderTraining options = small_training();
  options.words = 2'000;
  const auto a = train_autoencoder(toy.text, options, at::kCPU), b = train_autoencoder(toy.text, options, at::kCPU);
  EXPECT_EQ(a->last_loss, b->last_loss);
  options.seed = 2;
  EXPECT_NE(train_autoencoder(toy.text, options, at::kCPU)->last_loss, a->last_loss);
}

TEST(TrainAutoencoder, RefusesTooLittleText) {
  Toy toy;
  toy.text.questions.resize(5);
  EXPECT_FALSE(train_autoencoder(toy.text, small_training(), at::kCPU).has_value());
  toy.text.questions.assign(50, {-1, -1, 3});  // one word with a vector each
  EXPECT_FALSE(train_autoencoder(toy.text, small_training(), at::kCPU).has_value());
}

}  // namespace
}  // namespace fathom::autoencoder
