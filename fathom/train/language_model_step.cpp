#include "fathom/train/language_model_step.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/ops/cross_entropy.h"
#include "fathom/train/multi_token_targets.h"

namespace fathom::train {
namespace {

at::Tensor to_device(const std::vector<std::int64_t>& values, at::Device device) {
  const at::Tensor host = at::from_blob(const_cast<std::int64_t*>(values.data()), {static_cast<std::int64_t>(values.size())}, at::kLong);
  return device.is_cpu() ? host.clone() : host.to(device);
}

std::int64_t count_targets(const std::vector<std::int64_t>& targets) {
  return std::count_if(targets.begin(), targets.end(), [](std::int64_t target) { return target != ops::ignore_index; });
}

// [tokens] fp32: `weight` where there is a target, else 0.
at::Tensor target_weights(const at::Tensor& targets, double weight) { return targets.ne(ops::ignore_index).to(at::kFloat).mul_(weight); }

// Scalars of a step, summed on the device so that a GPU is waited for once.
class Sum {
 public:
  void add(const at::Tensor& value, double factor = 1.0) {
    const at::Tensor term = value.detach().to(at::kDouble) * factor;
    total_ = total_.defined() ? total_ + term : term;
  }
  double value() const { return total_.defined() ? total_.item<double>() : 0.0; }

 private:
  at::Tensor total_;
};

void add_counts(std::vector<at::Tensor>& totals, const std::vector<at::Tensor>& counts) {
  if (totals.empty()) {
    totals = counts;
    return;
  }
  require(totals.size() == counts.size(), "the micro-batches of a step went through {} and {} expert layers", totals.size(), counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) totals[i] = totals[i] + counts[i];
}

double worst_load(const std::vector<at::Tensor>& counts) {
  double worst = 0.0;
  for (const at::Tensor& layer : counts) {
    const at::Tensor load = layer.to(at::kCPU, at::kDouble);
    const double mean = load.mean().item<double>();
    if (mean > 0.0) worst = std::max(worst, load.max().item<double>() / mean);
  }
  return worst;
}

}  // namespace

ObjectiveOptions ObjectiveOptions::from_recipe(Recipe& recipe) {
  ObjectiveOptions options;
  options.balance_alpha = recipe.get("objective.balance_alpha", options.balance_alpha);
  options.bias_update_speed =
      StepValue::from_recipe(recipe, "objective.bias_update_speed", options.bias_update_speed.values, options.bias_update_speed.until);
  options.mtp_weight = StepValue::from_recipe(recipe, "objective.mtp_weight", options.mtp_weight.values, options.mtp_weight.until);
  if (options.balance_alpha < 0.0) {
    fail_usage("recipe key objective.balance_alpha: 0 or more is expected, got {}", options.balance_alpha);
  }
  return options;
}

DeviceBatch DeviceBatch::from(const data::PackedBatch& batch, at::Device device) {
  DeviceBatch result;
  result.input_ids = to_device(batch.input_ids, device);
  result.targets = to_device(batch.targets, device);
  result.context = nn::ForwardContext::packed(ops::PackedSequences::from_offsets(batch.cu_seqlens, device));
  result.context.positions = to_device(batch.positions, device);
  return result;
}

StepMetrics train_step(model::CausalLM& model, Optimizer& optimizer, const std::vector<data::PackedBatch>& micro_batches,
                       const ObjectiveOptions& objective, double learning_rate, double fraction) {
  StepMetrics metrics;
  std::int64_t sequences = 0;
  for (const data::PackedBatch& batch : micro_batches) {
    metrics.tokens += static_cast<std::int64_t>(batch.input_ids.size());
    metrics.target_tokens += count_targets(batch.targets);
    sequences += static_cast<std::int64_t>(batch.cu_seqlens.size()) - 1;
  }
  require(metrics.target_tokens > 0, "a training step without a single target token; look at the data (answers cut off by the length?)");

  const std::int64_t modules = model.mtp_modules();
  const double mtp_weight = modules > 0 ? objective.mtp_weight.at(fraction) : 0.0;
  const double token_weight = 1.0 / static_cast<double>(metrics.target_tokens);
  Sum loss_sum, mtp_sum, balance_sum, mtp_targets;
  std::vector<at::Tensor> counts;

  for (const data::PackedBatch& packed : micro_batches) {
    DeviceBatch batch = DeviceBatch::from(packed, model.device());
    nn::RoutingRecord routing;
    routing.want_balance_loss = objective.balance_alpha > 0.0 && model.config().n_routed_experts > 0;
    batch.context.routing = &routing;

    at::Tensor hidden = model.forward(batch.input_ids, batch.context);
    const at::Tensor loss =
        ops::linear_cross_entropy_sum(hidden, model.output_weight(), batch.targets, target_weights(batch.targets, token_weight));
    loss_sum.add(loss);
    at::Tensor total = loss;

    if (mtp_weight > 0.0) {
      for (std::int64_t depth = 0; depth < modules; ++depth) {
        const MultiTokenTargets ahead = multi_token_targets(batch.input_ids, batch.targets, batch.context.sequences, depth);
        hidden = model.mtp_forward(depth, hidden, ahead.next_ids, batch.context);
        // The paper divides by the length T, not by the T - k terms there are: token_weight is the main loss's.
        const at::Tensor mtp_loss = ops::linear_cross_entropy_sum(hidden, model.mtp_output_weight(depth), ahead.targets,
                                                                  target_weights(ahead.targets, token_weight));
        mtp_sum.add(mtp_loss);
        mtp_targets.add(ahead.targets.ne(ops::ignore_index).sum());
        total = total + mtp_loss * (mtp_weight / static_cast<double>(modules));
      }
    }
    if (routing.want_balance_loss && routing.balance_loss.defined()) {
      // Averaged over the sequences of the whole step.
      const double share = static_cast<double>(batch.context.sequences.count()) / static_cast<double>(sequences);
      balance_sum.add(routing.balance_loss, share);
      total = total + routing.balance_loss * (objective.balance_alpha * share);
    }
    total.backward();
    add_counts(counts, routing.counts);
  }

  metrics.loss = loss_sum.value();
  const double mtp_tokens = mtp_targets.value();
  if (mtp_tokens > 0.0) metrics.mtp_loss = mtp_sum.value() * static_cast<double>(metrics.target_tokens) / mtp_tokens;
  metrics.balance_loss = balance_sum.value();
  metrics.expert_load_max = worst_load(counts);
  if (!std::isfinite(metrics.loss) || !std::isfinite(metrics.mtp_loss) || !std::isfinite(metrics.balance_loss)) {
    optimizer.clear_gradients();
    metrics.finite = false;
    return metrics;
  }
  const Optimizer::StepResult update = optimizer.step(learning_rate);
  metrics.gradient_norm = update.gradient_norm;
  metrics.finite = update.finite;
  if (update.finite) update_correction_biases(model, counts, objective.bias_update_speed.at(fraction));
  return metrics;
}

void update_correction_biases(model::CausalLM& model, const std::vector<at::Tensor>& counts, double speed) {
  if (speed == 0.0) return;
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> biases = model.correction_biases();
  // Layers of MTP modules that did not run come last and have no counts.
  require(counts.size() <= biases.size(), "load counts of {} expert layers for a model that has {}", counts.size(), biases.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const at::Tensor load = counts[i].to(biases[i].device(), at::kFloat);
    biases[i].sub_(at::sign(load - load.mean()), speed);
  }
}

EvaluationResult evaluate_loss(const model::CausalLM& model, const data::TokenCorpus& tokens, std::int64_t sequence_length,
                               std::int64_t batch_sequences, std::int64_t max_tokens, bool attend_across_documents) {
  const at::NoGradGuard no_grad;
  // Row r predicts tokens r·length + 1 … r·length + length; the last row may be shorter, so that every token but the first counts.
  std::int64_t end = tokens.size() - 1;
  require(end > 0, "the validation data holds {} tokens; at least 2 are needed", tokens.size());
  if (max_tokens > 0) end = std::min(end, max_tokens);

  EvaluationResult result;
  double sum = 0.0;
  std::int64_t document = 0;  // the first that begins after the tokens read so far
  const std::int64_t batch_tokens = sequence_length * batch_sequences;
  for (std::int64_t begin = 0; begin < end; begin += batch_tokens) {
    const std::int64_t count = std::min(batch_tokens, end - begin);
    std::vector<std::int64_t> ids(static_cast<std::size_t>(count) + 1);
    tokens.read(begin, count + 1, ids.data());
    std::vector<std::int64_t> targets(ids.begin() + 1, ids.end());
    std::vector<std::int32_t> offsets;
    for (std::int64_t row = 0; row < count; row += sequence_length) offsets.push_back(static_cast<std::int32_t>(row));
    if (!attend_across_documents) {
      while (document < tokens.documents() && tokens.document_begin(document) <= begin) ++document;
      for (; document < tokens.documents() && tokens.document_begin(document) <= begin + count; ++document) {
        const std::int64_t start = tokens.document_begin(document) - begin;
        targets[static_cast<std::size_t>(start) - 1] = ops::ignore_index;
        if (start < count) offsets.push_back(static_cast<std::int32_t>(start));
      }
      std::sort(offsets.begin(), offsets.end());
      offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    }
    offsets.push_back(static_cast<std::int32_t>(count));
    const at::Device device = model.device();
    const nn::ForwardContext context = nn::ForwardContext::packed(ops::PackedSequences::from_offsets(std::move(offsets), device));
    const at::Tensor hidden = model.forward(to_device(ids, device).slice(0, 0, count), context);
    const at::Tensor losses = ops::linear_cross_entropy(hidden, model.output_weight(), to_device(targets, device));
    sum += losses.sum(at::kDouble).item<double>();
    result.tokens += count_targets(targets);
  }
  require(result.tokens > 0, "the validation data holds documents of one token only; there is nothing to predict");

  result.loss = sum / static_cast<double>(result.tokens);
  result.perplexity = std::exp(result.loss);
  const double bytes_per_token = static_cast<double>(tokens.text_bytes()) / static_cast<double>(tokens.size());
  if (bytes_per_token > 0.0) result.bits_per_byte = result.loss / std::log(2.0) / bytes_per_token;
  return result;
}

}  // namespace fathom::train
