#include "fathom/ops/projection_chunks.h"

#include <algorithm>
#include <vector>

#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/softmax_rows.h"

namespace fathom::ops::cpu {
namespace {

// Small enough for the caches of two cores, large enough for sgemm.
constexpr std::int64_t chunk_bytes = std::int64_t{4} << 20;

// Calls use(first, rows, logits) for each chunk of rows; logits [rows, vocab] may be overwritten.
template <typename Use>
void for_each_chunk(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& bias, const Use& use) {
  const std::int64_t rows = hidden.size(0), width = hidden.size(1), vocab = weight.size(0);
  const std::int64_t chunk = projection_chunk_rows(rows, vocab, chunk_bytes);
  at::Tensor buffer = at::empty({chunk, vocab}, hidden.options());
  float* logits = buffer.data_ptr<float>();
  for (std::int64_t first = 0; first < rows; first += chunk) {
    const std::int64_t count = std::min(chunk, rows - first);
    if (bias.defined())
      for (std::int64_t row = 0; row < count; ++row) std::copy_n(bias.data_ptr<float>(), vocab, logits + row * vocab);
    gemm(Transpose::no, Transpose::yes, count, vocab, width, 1.0f, hidden.data_ptr<float>() + first * width, width,
         weight.data_ptr<float>(), width, bias.defined() ? 1.0f : 0.0f, logits, vocab);
    use(first, count, logits);
  }
}

// Where gradients of logits go: a row block of the hidden gradient is written, the weight gradient is added to.
struct GradientSink {
  const at::Tensor &hidden, &weight;
  ProjectionGradients gradients;

  GradientSink(const at::Tensor& hidden_in, const at::Tensor& weight_in, bool want_hidden, bool want_weight, bool want_bias = false)
      : hidden(hidden_in), weight(weight_in) {
    if (want_bias) gradients.bias = at::zeros({weight.size(0)}, hidden.options());
    if (want_hidden) gradients.hidden = at::empty(hidden.sizes(), hidden.options());
    if (want_weight)
      gradients.weight = hidden.size(0) == 0 ? at::zeros(weight.sizes(), weight.options()) : at::empty(weight.sizes(), weight.options());
  }

  void take(std::int64_t first, std::int64_t rows, const float* grad_logits) {
    const std::int64_t width = hidden.size(1), vocab = weight.size(0);
    if (gradients.bias.defined()) {
      const std::vector<float> ones(static_cast<std::size_t>(rows), 1.0f);
      gemm(Transpose::no, Transpose::no, 1, vocab, rows, 1.0f, ones.data(), rows, grad_logits, vocab, 1.0f,
           gradients.bias.data_ptr<float>(), vocab);
    }
    if (gradients.hidden.defined()) {
      gemm(Transpose::no, Transpose::no, rows, width, vocab, 1.0f, grad_logits, vocab, weight.data_ptr<float>(), width, 0.0f,
           gradients.hidden.data_ptr<float>() + first * width, width);
    }
    if (gradients.weight.defined()) {
      gemm(Transpose::yes, Transpose::no, vocab, width, rows, 1.0f, grad_logits, vocab, hidden.data_ptr<float>() + first * width, width,
           first == 0 ? 0.0f : 1.0f, gradients.weight.data_ptr<float>(), width);
    }
  }
};

}  // namespace

CrossEntropySum cross_entropy_sum(const CrossEntropyTask& task) {
  const std::int64_t vocab = task.weight.size(0);
  const std::int64_t* target = task.targets.data_ptr<std::int64_t>();
  const float* weights = task.grad_weights.data_ptr<float>();
  std::vector<float> losses(static_cast<std::size_t>(task.hidden.size(0)));
  GradientSink sink(task.hidden, task.weight, task.want_hidden, task.want_weight, task.want_bias);
  for_each_chunk(task.hidden, task.weight, task.bias, [&](std::int64_t first, std::int64_t rows, float* logits) {
    cross_entropy_rows(rows, vocab, logits, target + first, task.want_gradients() ? weights + first : nullptr,
                       static_cast<float>(task.label_smoothing), losses.data() + first);
    sink.take(first, rows, logits);
  });
  double sum = 0.0;
  for (std::size_t i = 0; i < losses.size(); ++i) sum += static_cast<double>(weights[i]) * losses[i];
  return {at::full({}, sum, task.hidden.options()), sink.gradients};
}

LogProbRows log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature) {
  const std::int64_t rows = hidden.size(0), vocab = weight.size(0);
  LogProbRows result{at::empty({rows}, hidden.options()), at::empty({rows}, hidden.options()), at::empty({rows}, hidden.options())};
  for_each_chunk(hidden, weight, {}, [&](std::int64_t first, std::int64_t count, const float* logits) {
    log_prob_rows(count, vocab, logits, targets.data_ptr<std::int64_t>() + first, static_cast<float>(1.0 / temperature),
                  result.log_probs.data_ptr<float>() + first, result.entropy.data_ptr<float>() + first,
                  result.log_sums.data_ptr<float>() + first);
  });
  return result;
}

ProjectionGradients log_probs_backward(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature,
                                       const at::Tensor& log_sums, const at::Tensor& grads, bool want_hidden, bool want_weight) {
  GradientSink sink(hidden, weight, want_hidden, want_weight);
  for_each_chunk(hidden, weight, {}, [&](std::int64_t first, std::int64_t rows, float* logits) {
    log_prob_backward_rows(rows, weight.size(0), logits, targets.data_ptr<std::int64_t>() + first, static_cast<float>(1.0 / temperature),
                           log_sums.data_ptr<float>() + first, grads.data_ptr<float>() + first);
    sink.take(first, rows, logits);
  });
  return sink.gradients;
}

}  // namespace fathom::ops::cpu
