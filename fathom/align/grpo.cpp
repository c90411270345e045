#include "fathom/align/grpo.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "fathom/align/packed_responses.h"
#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/model/safetensors.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/language_model_step.h"

namespace fathom::align {

namespace {

constexpr std::uint64_t minibatch_stream = 0x6d696e6962ULL << 20;
constexpr const char* reference_file = "reference.safetensors";

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

at::Tensor to_device(const std::vector<float>& values, at::Device device) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}, at::kFloat)
      .to(device, at::kFloat, false, true);
}

// One value of every trajectory's tokens, laid end to end.
at::Tensor joined(const std::vector<const Trajectory*>& trajectories, std::vector<float> Trajectory::* member, at::Device device) {
  std::vector<float> values;
  for (const Trajectory* t : trajectories) values.insert(values.end(), (t->*member).begin(), (t->*member).end());
  return to_device(values, device);
}

std::int64_t response_tokens(const std::vector<const Trajectory*>& trajectories) {
  std::int64_t tokens = 0;
  for (const Trajectory* t : trajectories) tokens += static_cast<std::int64_t>(t->ids.size());
  return tokens;
}

RewardFunction default_reward(const RewardOptions& options) {
  return [options](const Problem& problem, const std::string& response) { return score(response, problem.answer, options); };
}

}  // namespace

// Sums over the mini-batches of a step, for the means it reports.
struct TrainingSums {
  double kl = 0, entropy = 0, gap = 0;
  std::int64_t terms = 0, clipped = 0, tokens = 0, gap_tokens = 0;
};

GrpoTrainer::GrpoTrainer(model::CausalLM& model, const text::Tokenizer& tokenizer, std::vector<Problem> problems, GrpoOptions options,
                         RewardFunction reward)
    : model_(model),
      problems_(std::move(problems)),
      options_(std::move(options)),
      rollouts_(model_, tokenizer, problems_, options_, reward ? std::move(reward) : default_reward(options_.reward)),
      optimizer_(model_.parameters(), options_.optimizer) {
  if (options_.loss.beta > 0.0) reference_ = model_.clone();
}

GrpoTrainer::Step GrpoTrainer::step() {
  Step result;
  GrpoMetrics& metrics = result.metrics;
  const auto rollout_begin = std::chrono::steady_clock::now();
  Rollout rollout = rollouts_.collect(steps_);
  metrics.rollout_seconds = seconds_since(rollout_begin);
  metrics.measure_rollout(rollout.sampled, options_.group_size);
  metrics.resampled_groups = rollout.resampled_groups;

  const auto train_begin = std::chrono::steady_clock::now();
  if (reference_ != nullptr) add_reference_log_probs(rollout);
  // All outputs of the rollout in random order, then cut into mini-batches (DeepSeek-R1, Methods: one inner epoch).
  Rng rng(options_.seed, minibatch_stream + static_cast<std::uint64_t>(steps_));
  const auto count = static_cast<std::int64_t>(rollout.training.size());
  const std::vector<std::int64_t> order = rng.permutation(count);
  TrainingSums sums;
  bool first = true;
  for (std::int64_t b = 0; b < options_.minibatches; ++b) {
    std::vector<const Trajectory*> minibatch;
    for (std::int64_t i = b * count / options_.minibatches; i < (b + 1) * count / options_.minibatches; ++i) {
      const std::int64_t chosen = rollout.training[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
      minibatch.push_back(&rollout.sampled[static_cast<std::size_t>(chosen)]);
    }
    if (minibatch.empty()) continue;  // every group was dropped
    update(minibatch, first, metrics, sums);
    first = false;
  }
  metrics.train_seconds = seconds_since(train_begin);
  ++steps_;
  metrics.step = steps_;
  metrics.updates = updates_;
  const auto mean = [](double sum, std::int64_t over) { return over > 0 ? sum / static_cast<double>(over) : 0.0; };
  metrics.kl = mean(sums.kl, sums.terms);
  metrics.clip_share = mean(static_cast<double>(sums.clipped), sums.terms);
  metrics.entropy = mean(sums.entropy, sums.tokens);
  metrics.gap_mean = mean(sums.gap, sums.gap_tokens);
  result.sampled = std::move(rollout.sampled);
  return result;
}

void GrpoTrainer::add_reference_log_probs(Rollout& rollout) const {
  const at::NoGradGuard no_grad;
  std::vector<const Trajectory*> all;
  for (const std::int64_t i : rollout.training) all.push_back(&rollout.sampled[static_cast<std::size_t>(i)]);
  std::size_t next = 0;
  for (const auto& part : split_by_tokens(all, problems_, options_.micro_batch_tokens)) {
    const PackedResponses packed = PackedResponses::from(part, problems_, model_.device());
    const at::Tensor log_probs = response_log_probs(*reference_, packed, options_.temperature).log_probs.to(at::kCPU).contiguous();
    const float* values = log_probs.data_ptr<float>();
    for (const Trajectory* trajectory : part) {
      const std::size_t length = trajectory->ids.size();
      rollout.sampled[static_cast<std::size_t>(rollout.training[next++])].reference_log_probs.assign(values, values + length);
      values += length;
    }
  }
}

void GrpoTrainer::update(const std::vector<const Trajectory*>& minibatch, bool first, GrpoMetrics& metrics, TrainingSums& sums) {
  const at::Device device = model_.device();
  const std::int64_t minibatch_tokens = response_tokens(minibatch);
  const bool balances = options_.balance_alpha > 0.0 && model_.config().n_routed_experts > 0;
  std::vector<at::Tensor> expert_counts;
  for (const auto& part : split_by_tokens(minibatch, problems_, options_.micro_batch_tokens)) {
    const PackedResponses packed = PackedResponses::from(part, problems_, device);
    nn::RoutingRecord routing;
    routing.want_balance_loss = balances;
    const ops::TokenLogProbs current = response_log_probs(model_, packed, options_.temperature, &routing);

    PolicyLossInput input;
    input.log_probs = current.log_probs;
    input.old_log_probs = joined(part, &Trajectory::log_probs, device);
    if (reference_ != nullptr) input.reference_log_probs = joined(part, &Trajectory::reference_log_probs, device);
    for (const Trajectory* t : part) input.advantages.push_back(t->advantage);
    input.lengths = packed.lengths;
    input.minibatch_outputs = static_cast<std::int64_t>(minibatch.size());
    input.minibatch_tokens = minibatch_tokens;
    const PolicyLoss loss = policy_loss(input, options_.loss);

    at::Tensor total = loss.loss;
    if (balances && routing.balance_loss.defined())
      total = total +
              routing.balance_loss * (options_.balance_alpha * static_cast<double>(part.size()) / static_cast<double>(minibatch.size()));
    if (!std::isfinite(total.item<double>())) {
      optimizer_.clear_gradients();
      fail("step {}: the loss is not finite; the learning rate is too high or the ratio has run away (clip_share, kl in metrics.jsonl)",
           steps_ + 1);
    }
    total.backward();

    if (options_.bias_update_speed > 0.0) {
      if (expert_counts.empty())
        expert_counts = routing.counts;
      else
        for (std::size_t i = 0; i < expert_counts.size(); ++i) expert_counts[i] = expert_counts[i] + routing.counts[i];
    }
    sums.kl += loss.kl_sum;
    sums.clipped += loss.clipped;
    sums.terms += loss.terms;
    sums.entropy += current.entropy.sum(at::kDouble).item<double>();
    sums.tokens += current.log_probs.numel();
    metrics.train_tokens += packed.input_ids.numel();
    if (first) {  // the weights are still those that sampled
      const at::Tensor gap = at::abs(current.log_probs.detach() - input.old_log_probs);
      sums.gap += gap.sum(at::kDouble).item<double>();
      sums.gap_tokens += gap.numel();
      metrics.gap_max = std::max(metrics.gap_max, gap.max().item<double>());
    }
  }

  const double rate = options_.schedule.at(updates_);
  const train::Optimizer::StepResult applied = optimizer_.step(rate);
  if (!applied.finite)
    fail("step {}: the gradient is not finite; nothing was changed. Lower the learning rate or go on from the last checkpoint", steps_ + 1);
  metrics.gradient_norm = std::max(metrics.gradient_norm, applied.gradient_norm);
  metrics.learning_rate = rate;
  ++updates_;
  if (options_.bias_update_speed > 0.0) train::update_correction_biases(model_, expert_counts, options_.bias_update_speed);
  if (reference_ != nullptr && options_.refresh_reference_every > 0 && updates_ % options_.refresh_reference_every == 0)
    reference_->copy_weights_from(model_);
}

std::uint64_t GrpoTrainer::problems_fingerprint() const {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  const auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 1099511628211ULL; };
  for (const Problem& problem : problems_) {
    for (const std::int64_t id : problem.prompt_ids) mix(static_cast<std::uint64_t>(id));
    for (const char c : problem.answer) mix(static_cast<unsigned char>(c));
    mix(~std::uint64_t{0});
  }
  return hash;
}

Json GrpoTrainer::state() const {
  return {{"algorithm", "grpo"},   {"steps", steps_},
          {"updates", updates_},   {"position", rollouts_.position()},
          {"seed", options_.seed}, {"problems", problems_fingerprint()}};
}

void GrpoTrainer::save_extra(const std::filesystem::path& trainer_directory) const {
  if (reference_ == nullptr) return;
  std::vector<nn::CheckpointTensor> views;
  reference_->collect_checkpoint("", views);
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const nn::CheckpointTensor& view : views) tensors.emplace_back(view.name, view.view);
  model::write_safetensors(trainer_directory / reference_file, tensors);
}

void GrpoTrainer::resume(const std::filesystem::path& checkpoint) {
  const Json state = train::load_checkpoint(checkpoint, model_, optimizer_);
  const std::string origin = (checkpoint / "trainer/state.json").string();
  require(json_get_or<std::string>(state, "algorithm", "", origin) == "grpo", "{}: this is not a checkpoint of a GRPO run", origin);
  require(json_get<std::uint64_t>(state, "seed", origin) == options_.seed,
          "{}: the run has seed {}, the recipe {}; resume with the recipe that began it", origin,
          json_get<std::uint64_t>(state, "seed", origin), options_.seed);
  require(json_get<std::uint64_t>(state, "problems", origin) == problems_fingerprint(),
          "{}: the run was begun with other problems or another prompt format; resume with the same task file", origin);
  if (reference_ != nullptr) {
    const std::filesystem::path file = checkpoint / "trainer" / reference_file;
    require(std::filesystem::exists(file), "{} is missing: the run was begun with grpo.beta = 0; resume with the recipe that began it",
            file.string());
    const model::SafetensorsFile saved = model::SafetensorsFile::open(file);
    const at::NoGradGuard no_grad;
    std::vector<nn::CheckpointTensor> views;
    reference_->collect_checkpoint("", views);
    for (nn::CheckpointTensor& view : views) view.view.copy_(saved.tensor(view.name));
  }
  steps_ = json_get<std::int64_t>(state, "steps", origin);
  updates_ = json_get<std::int64_t>(state, "updates", origin);
  rollouts_.set_position(json_get<std::int64_t>(state, "position", origin));
}

}  // namespace fathom::align
