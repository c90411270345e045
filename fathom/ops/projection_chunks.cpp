#include "fathom/ops/projection_chunks.h"

#include <ATen/core/grad_mode.h>

namespace fathom::ops::expressions {
namespace {

// On a device with its own large memory; host tensors come here in double, in tests.
constexpr std::int64_t chunk_bytes = std::int64_t{512} << 20;

at::ScalarType wide_type(const at::Tensor& hidden) { return hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat; }

template <typename Use>
void for_each_chunk(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& bias, const Use& use) {
  const at::Tensor product_weight = weight.to(hidden.scalar_type());
  const std::int64_t chunk = projection_chunk_rows(hidden.size(0), weight.size(0), chunk_bytes);
  for (std::int64_t first = 0; first < hidden.size(0); first += chunk) {
    const std::int64_t count = std::min(chunk, hidden.size(0) - first);
    at::Tensor logits = at::matmul(hidden.narrow(0, first, count), product_weight.t()).to(wide_type(hidden));
    if (bias.defined()) logits = logits + bias.to(wide_type(hidden));
    use(first, count, logits, product_weight);
  }
}

struct GradientSink {
  const at::Tensor& hidden;
  ProjectionGradients gradients;

  GradientSink(const at::Tensor& hidden_in, const at::Tensor& weight, bool want_hidden, bool want_weight,
               const at::Tensor& wanted_bias = {})
      : hidden(hidden_in) {
    if (want_hidden) gradients.hidden = at::empty_like(hidden);
    if (want_weight) gradients.weight = at::zeros_like(weight);
    if (wanted_bias.defined()) gradients.bias = at::zeros_like(wanted_bias);
  }

  void take(std::int64_t first, const at::Tensor& grad_logits_wide, const at::Tensor& product_weight) {
    const at::Tensor grad_logits = grad_logits_wide.to(hidden.scalar_type());
    const std::int64_t rows = grad_logits.size(0);
    if (gradients.bias.defined()) gradients.bias.add_(grad_logits_wide.sum(0));
    if (gradients.hidden.defined()) gradients.hidden.narrow(0, first, rows).copy_(at::matmul(grad_logits, product_weight));
    if (gradients.weight.defined()) gradients.weight.add_(at::matmul(grad_logits.t(), hidden.narrow(0, first, rows)));
  }
};

// factors · (softmax - smoothed onehot(target)) from the probabilities, which are overwritten.
at::Tensor logit_gradients(at::Tensor probabilities, const at::Tensor& targets, const at::Tensor& factors, double smoothing = 0.0) {
  const at::Tensor column = factors.to(probabilities.scalar_type()).unsqueeze(1);
  if (smoothing > 0.0) probabilities.sub_(smoothing / static_cast<double>(probabilities.size(1)));
  return probabilities.mul_(column).scatter_add_(1, targets.unsqueeze(1), column * (smoothing - 1.0));
}

}  // namespace

CrossEntropySum cross_entropy_sum(const CrossEntropyTask& task) {
  const at::NoGradGuard no_grad;
  GradientSink sink(task.hidden, task.weight, task.want_hidden, task.want_weight, task.want_bias ? task.bias : at::Tensor());
  at::Tensor loss = at::zeros({}, task.hidden.options().dtype(wide_type(task.hidden)));
  const double smoothing = task.label_smoothing;
  for_each_chunk(task.hidden, task.weight, task.bias,
                 [&](std::int64_t first, std::int64_t rows, const at::Tensor& logits, const at::Tensor& product_weight) {
                   at::Tensor log_probs = at::log_softmax(logits, -1);
                   const at::Tensor chosen = task.targets.narrow(0, first, rows), weights = task.grad_weights.narrow(0, first, rows);
                   at::Tensor gain = log_probs.gather(1, chosen.unsqueeze(1)).squeeze(1);
                   if (smoothing > 0.0) gain = gain * (1.0 - smoothing) + log_probs.mean(-1) * smoothing;
                   loss -= (gain * weights).sum();
                   if (task.want_gradients())
                     sink.take(first, logit_gradients(log_probs.exp_(), chosen, weights, smoothing), product_weight);
                 });
  return {loss, sink.gradients};
}

LogProbRows log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature) {
  const at::NoGradGuard no_grad;
  const at::TensorOptions options = hidden.options().dtype(wide_type(hidden));
  LogProbRows result{at::empty({hidden.size(0)}, options), at::empty({hidden.size(0)}, options), at::empty({hidden.size(0)}, options)};
  for_each_chunk(hidden, weight, {}, [&](std::int64_t first, std::int64_t rows, const at::Tensor& logits, const at::Tensor&) {
    const at::Tensor z = logits.div(temperature), log_sums = at::logsumexp(z, -1, true), log_probs = z - log_sums;
    result.log_sums.narrow(0, first, rows).copy_(log_sums.squeeze(1));
    result.log_probs.narrow(0, first, rows).copy_(log_probs.gather(1, targets.narrow(0, first, rows).unsqueeze(1)).squeeze(1));
    result.entropy.narrow(0, first, rows).copy_((log_probs.exp() * log_probs).masked_fill_(log_probs.isneginf(), 0.0).sum(-1).neg());
  });
  return result;
}

ProjectionGradients log_probs_backward(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature,
                                       const at::Tensor& log_sums, const at::Tensor& grads, bool want_hidden, bool want_weight) {
  const at::NoGradGuard no_grad;
  GradientSink sink(hidden, weight, want_hidden, want_weight);
  for_each_chunk(
      hidden, weight, {}, [&](std::int64_t first, std::int64_t rows, const at::Tensor& logits, const at::Tensor& product_weight) {
        const at::Tensor probabilities = (logits.div(temperature) - log_sums.narrow(0, first, rows).unsqueeze(1)).exp_();
        sink.take(first, logit_gradients(probabilities, targets.narrow(0, first, rows), grads.narrow(0, first, rows).div(-temperature)),
                  product_weight);
      });
  return sink.gradients;
}

}  // namespace fathom::ops::expressions
