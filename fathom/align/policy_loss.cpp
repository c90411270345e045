#include "fathom/align/policy_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/base/error.h"

namespace fathom::align {

bool equal_rewards(const std::vector<double>& rewards) {
  return std::all_of(rewards.begin(), rewards.end(), [&](double reward) { return reward == rewards.front(); });
}

std::vector<double> group_advantages(const std::vector<double>& rewards, double epsilon) {
  std::vector<double> advantages(rewards.size(), 0.0);
  if (equal_rewards(rewards)) return advantages;
  const auto count = static_cast<double>(rewards.size());
  const double mean = std::accumulate(rewards.begin(), rewards.end(), 0.0) / count;
  double squares = 0.0;
  for (const double reward : rewards) squares += (reward - mean) * (reward - mean);
  const double scale = std::sqrt(squares / count) + epsilon;
  for (std::size_t i = 0; i < rewards.size(); ++i) advantages[i] = (rewards[i] - mean) / scale;
  return advantages;
}

PolicyLoss policy_loss(const PolicyLossInput& input, const PolicyLossOptions& options) {
  const auto outputs = static_cast<std::int64_t>(input.lengths.size());
  const std::int64_t tokens = std::accumulate(input.lengths.begin(), input.lengths.end(), std::int64_t{0});
  require(input.log_probs.numel() == tokens && input.old_log_probs.numel() == tokens,
          "policy loss: {} tokens by the lengths, {} log-probabilities, {} old ones", tokens, input.log_probs.numel(),
          input.old_log_probs.numel());
  require(static_cast<std::int64_t>(input.advantages.size()) == outputs, "policy loss: {} advantages for {} outputs",
          input.advantages.size(), outputs);
  const bool with_reference = options.beta > 0.0;
  require(!with_reference || (input.reference_log_probs.defined() && input.reference_log_probs.numel() == tokens),
          "policy loss: beta is {} but there are no reference log-probabilities", options.beta);

  const at::Device device = input.log_probs.device();
  // Which output a token belongs to, and what a term weighs in the mean.
  std::vector<std::int64_t> owner;
  std::vector<double> advantage, weight;
  owner.reserve(static_cast<std::size_t>(tokens));
  for (std::int64_t i = 0; i < outputs; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const std::int64_t length = input.lengths[place];
    const double by_output = 1.0 / static_cast<double>(input.minibatch_outputs);
    double share = by_output;
    if (!options.per_output)
      share = options.mean_over_batch ? 1.0 / static_cast<double>(input.minibatch_tokens) : by_output / static_cast<double>(length);
    const std::int64_t terms = options.per_output ? 1 : length;
    advantage.insert(advantage.end(), static_cast<std::size_t>(terms), input.advantages[place]);
    weight.insert(weight.end(), static_cast<std::size_t>(terms), share);
    owner.insert(owner.end(), static_cast<std::size_t>(length), i);
  }
  const auto tensor = [&](std::vector<double>& values) {
    return at::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, at::kDouble)
        .to(device, input.log_probs.scalar_type(), false, true);
  };
  const at::Tensor advantages = tensor(advantage), weights = tensor(weight);
  const at::Tensor owners = at::from_blob(owner.data(), {tokens}, at::kLong).to(device, at::kLong, false, true);
  const auto per_term = [&](const at::Tensor& values) {
    return options.per_output ? at::zeros({outputs}, values.options()).index_add(0, owners, values) : values;
  };

  const at::Tensor ratio = at::exp(per_term(input.log_probs - input.old_log_probs));
  const at::Tensor unclipped = ratio * advantages;
  const at::Tensor clipped = at::clamp(ratio, 1.0 - options.clip_low, 1.0 + options.clip_high) * advantages;
  at::Tensor objective = at::minimum(unclipped, clipped);

  PolicyLoss result;
  result.terms = advantages.numel();
  result.clipped = clipped.detach().lt(unclipped.detach()).sum().item<std::int64_t>();
  if (with_reference) {
    const at::Tensor difference = per_term(input.reference_log_probs - input.log_probs);
    const at::Tensor kl = at::expm1(difference) - difference;  // exp(d) - 1 - d without cancellation near 0
    result.kl_sum = kl.detach().sum(at::kDouble).item<double>();
    objective = objective - kl * options.beta;
  }
  result.loss = -(objective * weights).sum();
  return result;
}

}  // namespace fathom::align
