#include "fathom/autoencoder/train_autoencoder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "fathom/autoencoder/attention_autoencoder.h"
#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/train/optimizer.h"

namespace fathom::autoencoder {
namespace {

constexpr std::size_t fewest_questions = 10;

// Word vectors of length 1; the row behind the last is zero, for hidden words and those without a vector.
at::Tensor input_rows(const vectors::WordVectors& words) {
  at::Tensor rows = at::zeros({words.size() + 1, words.width()}, at::kFloat);
  float* out = rows.data_ptr<float>();
  for (std::int64_t i = 0; i < words.size(); ++i, out += words.width()) {
    const float* row = words.row(i);
    double squares = 0.0;
    for (std::int64_t j = 0; j < words.width(); ++j) squares += static_cast<double>(row[j]) * static_cast<double>(row[j]);
    const auto scale = static_cast<float>(squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0);
    for (std::int64_t j = 0; j < words.width(); ++j) out[j] = row[j] * scale;
  }
  return rows;
}

// The decoder's number of each word: frequent ones by frequency, all others the last.
std::vector<std::int64_t> decoder_numbers(const std::vector<std::int64_t>& counts, std::int64_t most, std::int64_t& vocabulary) {
  std::vector<std::int64_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return counts[static_cast<std::size_t>(a)] > counts[static_cast<std::size_t>(b)];
  });
  const auto used = std::count_if(counts.begin(), counts.end(), [](std::int64_t count) { return count > 0; });
  vocabulary = std::min<std::int64_t>(most, used + 1);
  std::vector<std::int64_t> numbers(counts.size(), vocabulary - 1);
  for (std::int64_t i = 0; i + 1 < vocabulary; ++i) numbers[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = i;
  return numbers;
}

using Questions = std::vector<std::vector<std::int32_t>>;

// Batches of questions of one length each, in random order.
std::vector<std::vector<std::int64_t>> make_batches(const Questions& questions, std::int64_t batch_words, Rng& rng) {
  std::map<std::size_t, std::vector<std::int64_t>> by_length;
  for (const std::int64_t i : rng.permutation(static_cast<std::int64_t>(questions.size())))
    by_length[questions[static_cast<std::size_t>(i)].size()].push_back(i);
  std::vector<std::vector<std::int64_t>> batches;
  for (const auto& [length, members] : by_length) {
    const std::size_t size = std::max<std::size_t>(1, static_cast<std::size_t>(batch_words) / length);
    for (std::size_t at = 0; at < members.size(); at += size)
      batches.emplace_back(members.begin() + static_cast<std::ptrdiff_t>(at),
                           members.begin() + static_cast<std::ptrdiff_t>(std::min(members.size(), at + size)));
  }
  std::vector<std::vector<std::int64_t>> shuffled;
  for (const std::int64_t i : rng.permutation(static_cast<std::int64_t>(batches.size())))
    shuffled.push_back(std::move(batches[static_cast<std::size_t>(i)]));
  return shuffled;
}

double mean(const std::vector<double>& losses, std::size_t begin, std::size_t end) {
  return std::accumulate(losses.begin() + static_cast<std::ptrdiff_t>(begin), losses.begin() + static_cast<std::ptrdiff_t>(end), 0.0) /
         static_cast<double>(end - begin);
}

vectors::Matrix matrix_of(const at::Tensor& tensor) {
  const float* values = tensor.data_ptr<float>();
  return {tensor.size(0), tensor.size(1), {values, values + tensor.numel()}};
}

}  // namespace

std::optional<TrainedEncoder> train_autoencoder(const faq::EncoderTraining& text, const AutoencoderTraining& options, at::Device device) {
  const vectors::WordVectors& words = *text.word_vectors;
  const auto zero_row = static_cast<std::int32_t>(words.size());
  Questions questions;
  for (const auto& question : text.questions) {
    if (std::count_if(question.begin(), question.end(), [](std::int32_t word) { return word >= 0; }) < 2) continue;
    auto& kept = questions.emplace_back(question);
    if (static_cast<std::int64_t>(kept.size()) > options.max_words) kept.resize(static_cast<std::size_t>(options.max_words));
  }
  if (questions.size() < fewest_questions) return std::nullopt;

  AutoencoderConfig config{words.width(), options.hidden, 0};
  const std::vector<std::int64_t> numbers = decoder_numbers(text.counts, options.max_vocabulary, config.vocabulary);
  const AttentionAutoencoder model(config, options.seed, device);
  std::vector<nn::Parameter> parameters;
  model.collect_parameters("", parameters);
  train::Optimizer optimizer(parameters, {.beta2 = 0.99, .weight_decay = 0.0, .clip_norm = 1.0});
  const at::Tensor rows = input_rows(words).to(device);

  std::vector<double> losses;
  std::int64_t done = 0;
  for (std::uint64_t epoch = 0; done < options.words; ++epoch) {
    Rng rng(options.seed, epoch + 1);
    for (const auto& batch : make_batches(questions, options.batch_words, rng)) {
      if (done >= options.words) break;
      const auto size = static_cast<std::int64_t>(batch.size());
      const auto length = static_cast<std::int64_t>(questions[static_cast<std::size_t>(batch[0])].size());
      at::Tensor read = at::empty({size, length}, at::kLong), before = at::full({size, length}, zero_row, at::kLong),
                 targets = at::empty({size * length}, at::kLong);
      auto* read_at = read.data_ptr<std::int64_t>();
      auto* before_at = before.data_ptr<std::int64_t>();
      auto* target_at = targets.data_ptr<std::int64_t>();
      for (const std::int64_t member : batch) {
        for (std::int64_t i = 0; i < length; ++i, ++read_at, ++before_at, ++target_at) {
          const std::int32_t word = questions[static_cast<std::size_t>(member)][static_cast<std::size_t>(i)];
          const bool hide = rng.uniform() < options.hidden_share, hide_before = rng.uniform() < options.decoder_hidden_share;
          *read_at = word < 0 || hide ? zero_row : word;
          if (i + 1 < length && word >= 0 && !hide_before) before_at[1] = word;
          *target_at = word < 0 ? config.vocabulary - 1 : numbers[static_cast<std::size_t>(word)];
        }
      }
      const auto vectors_at = [&](const at::Tensor& indices) {
        return at::index_select(rows, 0, indices.reshape(-1).to(device)).view({size, length, words.width()});
      };
      const at::Tensor loss = model.loss({vectors_at(read), vectors_at(before), targets.to(device)});
      loss.backward();
      const double progress = static_cast<double>(done) / static_cast<double>(options.words);
      optimizer.step(options.learning_rate * (1.0 - 0.9 * progress));
      losses.push_back(loss.item<double>());
      done += size * length;
      if (options.report && losses.size() % 50 == 0) options.report(done, mean(losses, losses.size() - 50, losses.size()));
    }
  }
  require(std::isfinite(losses.back()), "the autoencoder's loss is no longer finite after {} steps; lower its learning rate",
          losses.size());
  const std::size_t tenth = std::max<std::size_t>(1, losses.size() / 10);
  return TrainedEncoder{{words.width(), matrix_of(model.packed_direction(false)), matrix_of(model.packed_direction(true))},
                        mean(losses, 0, tenth),
                        mean(losses, losses.size() - tenth, losses.size())};
}

}  // namespace fathom::autoencoder
