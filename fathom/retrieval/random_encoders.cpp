#include "fathom/retrieval/random_encoders.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/ops/linear.h"

namespace fathom::retrieval {
namespace {

constexpr std::int64_t longest_sentence = 128;  // words

class Baseline : public SentenceEncoder {
 public:
  Baseline(EncoderVocabulary vocabulary, const at::Tensor& embedding, at::Device device)
      : vocabulary_(std::move(vocabulary)), embedding_(embedding.to(device)), device_(device) {
    require(embedding.size(0) == vocabulary_.size(), "the vocabulary has {} entries, the embedding {} rows", vocabulary_.size(),
            embedding.size(0));
  }

 protected:
  const EncoderVocabulary& vocabulary() const override { return vocabulary_; }
  std::int64_t max_length() const override { return longest_sentence; }
  std::int64_t batch_tokens() const override { return device_.is_cpu() ? 2048 : 32768; }
  at::Tensor words(const at::Tensor& ids) const { return at::embedding(embedding_, ids.to(device_)); }  // [batch, length, word width]
  std::int64_t word_width() const { return embedding_.size(1); }
  // Uniform in ±1/√(word width), as the paper draws all of its random weights.
  at::Tensor uniform(at::IntArrayRef shape, at::Generator& generator) const {
    const double bound = 1.0 / std::sqrt(static_cast<double>(word_width()));
    return at::empty(shape, at::kFloat).uniform_(-bound, bound, generator);
  }
  at::Device device() const { return device_; }

 private:
  EncoderVocabulary vocabulary_;
  at::Tensor embedding_;
  at::Device device_;
};

class MeanOfWords final : public Baseline {
 public:
  using Baseline::Baseline;
  std::int64_t width() const override { return word_width(); }

 protected:
  at::Tensor encode_batch(const at::Tensor& ids) const override { return words(ids).mean(1); }
};

class RandomProjection final : public Baseline {
 public:
  RandomProjection(EncoderVocabulary vocabulary, const at::Tensor& embedding, std::int64_t width, std::uint64_t seed, at::Device device)
      : Baseline(std::move(vocabulary), embedding, device) {
    at::Generator generator = at::detail::createCPUGenerator(seed);
    weight_ = uniform({width, word_width()}, generator).to(device);
  }
  std::int64_t width() const override { return weight_.size(0); }

 protected:
  at::Tensor encode_batch(const at::Tensor& ids) const override {
    const at::Tensor x = words(ids);
    return ops::linear(x.reshape({-1, word_width()}), weight_).view({x.size(0), x.size(1), width()}).amax(1);
  }

 private:
  at::Tensor weight_;
};

// Two random recurrences, one from each end of the sentence; the maximum over their states, joined.
class RandomRecurrence : public Baseline {
 public:
  using Baseline::Baseline;

 protected:
  struct Direction {
    at::Tensor input, input_bias, recurrent;  // [rows, word width], [rows], [rows, half]
  };
  // What comes in at each step is one product for all steps: [length, batch, rows].
  at::Tensor inputs(const Direction& direction, const at::Tensor& x) const {
    return ops::linear(x.reshape({-1, x.size(2)}), direction.input, direction.input_bias).view({x.size(0), x.size(1), -1});
  }
  // The maximum over the states [batch, half] of a pass over x [length, batch, word width].
  virtual at::Tensor run(const Direction& direction, const at::Tensor& x) const = 0;

  at::Tensor encode_batch(const at::Tensor& ids) const override {
    const at::Tensor x = words(ids).transpose(0, 1).contiguous();
    return at::cat({run(directions_[0], x), run(directions_[1], x.flip(0))}, 1);
  }
  std::vector<Direction> directions_;
};

class RandomLstm final : public RandomRecurrence {
 public:
  RandomLstm(EncoderVocabulary vocabulary, const at::Tensor& embedding, std::int64_t width, std::uint64_t seed, at::Device device)
      : RandomRecurrence(std::move(vocabulary), embedding, device), half_(width / 2) {
    at::Generator generator = at::detail::createCPUGenerator(seed);
    for (int i = 0; i < 2; ++i) {
      Direction direction;
      direction.input = uniform({4 * half_, word_width()}, generator).to(device);
      direction.input_bias = uniform({4 * half_}, generator).to(device);
      direction.recurrent = uniform({4 * half_, half_}, generator).to(device);
      directions_.push_back(std::move(direction));
    }
  }
  std::int64_t width() const override { return 2 * half_; }

 protected:
  at::Tensor run(const Direction& direction, const at::Tensor& x) const override {
    const at::Tensor in = inputs(direction, x);
    at::Tensor hidden = at::zeros({x.size(1), half_}, x.options()), cell = hidden, most;
    for (std::int64_t t = 0; t < x.size(0); ++t) {
      const at::Tensor gates = in[t] + ops::linear(hidden, direction.recurrent);
      const std::vector<at::Tensor> parts = gates.chunk(4, 1);  // input, forget, cell, output
      cell = at::sigmoid(parts[1]) * cell + at::sigmoid(parts[0]) * at::tanh(parts[2]);
      hidden = at::sigmoid(parts[3]) * at::tanh(cell);
      most = most.defined() ? at::maximum(most, hidden) : hidden;
    }
    return most;
  }

 private:
  std::int64_t half_;
};

class EchoStateNetwork final : public RandomRecurrence {
 public:
  EchoStateNetwork(EncoderVocabulary vocabulary, const at::Tensor& embedding, std::int64_t width, std::uint64_t seed, at::Device device)
      : RandomRecurrence(std::move(vocabulary), embedding, device), half_(width / 2) {
    at::Generator generator = at::detail::createCPUGenerator(seed);
    for (int i = 0; i < 2; ++i) {
      Direction direction;
      direction.input = uniform({half_, word_width()}, generator).to(device);
      direction.input_bias = uniform({half_}, generator).to(device);
      const at::Tensor present = at::empty({half_, half_}, at::kFloat).uniform_(0.0, 1.0, generator).lt(connectivity);
      const at::Tensor values = at::empty({half_, half_}, at::kFloat).uniform_(-1.0, 1.0, generator) * present.to(at::kFloat);
      // Of a large matrix with independent entries the spectral radius is √size times their standard deviation (the circular law).
      const double deviation = std::sqrt(connectivity / 3.0);
      direction.recurrent = (values * (spectral_radius / (deviation * std::sqrt(static_cast<double>(half_))))).to(device);
      directions_.push_back(std::move(direction));
    }
  }
  std::int64_t width() const override { return 2 * half_; }

 protected:
  at::Tensor run(const Direction& direction, const at::Tensor& x) const override {
    const at::Tensor in = inputs(direction, x);
    at::Tensor hidden = at::zeros({x.size(1), half_}, x.options()), most;
    for (std::int64_t t = 0; t < x.size(0); ++t) {
      hidden = at::tanh(in[t] + ops::linear(hidden, direction.recurrent));
      most = most.defined() ? at::maximum(most, hidden) : hidden;
    }
    return most;
  }

 private:
  static constexpr double connectivity = 0.25, spectral_radius = 0.9;
  std::int64_t half_;
};

}  // namespace

const std::vector<std::string>& baseline_names() {
  static const std::vector<std::string> names = {"mean", "random-projection", "random-lstm", "esn"};
  return names;
}

std::unique_ptr<SentenceEncoder> make_baseline(const std::string& name, EncoderVocabulary vocabulary, const at::Tensor& embedding,
                                               std::int64_t width, std::uint64_t seed, at::Device device) {
  require(width >= 2 && width % 2 == 0, "a baseline of an even width is expected, got {}", width);
  const at::NoGradGuard no_grad;
  if (name == "mean") return std::make_unique<MeanOfWords>(std::move(vocabulary), embedding, device);
  if (name == "random-projection") return std::make_unique<RandomProjection>(std::move(vocabulary), embedding, width, seed, device);
  if (name == "random-lstm") return std::make_unique<RandomLstm>(std::move(vocabulary), embedding, width, seed, device);
  if (name == "esn") return std::make_unique<EchoStateNetwork>(std::move(vocabulary), embedding, width, seed, device);
  fail("there is no baseline '{}'; known: {}", name, fmt::join(baseline_names(), ", "));
}

}  // namespace fathom::retrieval
