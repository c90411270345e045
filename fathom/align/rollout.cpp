#include "fathom/align/rollout.h"

#include <algorithm>

#include <utility>

#include "fathom/align/policy_loss.h"
#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/engine/end_of_sequence.h"
#include "fathom/engine/generator.h"

namespace fathom::align {

namespace {

// Streams of the run's seed; each use of random numbers has its own.
constexpr std::uint64_t order_stream = 0x6f72646572ULL << 20, sample_stream = 0x73616d706cULL << 20;

}  // namespace

double rollout_bytes(const GrpoOptions& options, const model::ModelConfig& config, std::int64_t longest_prompt) {
  const auto outputs = static_cast<double>(options.prompts_per_step) * static_cast<double>(options.group_size);
  const auto prompt = static_cast<double>(longest_prompt), response = static_cast<double>(options.max_new_tokens);
  // Ids, log-probabilities of two policies and text of every sample; the prompt's ids once a group.
  constexpr double token_bytes = sizeof(std::int64_t) + 2 * sizeof(float) + 4, sample_bytes = 512;
  const double samples =
      outputs * (response * token_bytes + sample_bytes) + static_cast<double>(options.prompts_per_step) * prompt * sizeof(std::int64_t);
  const std::int64_t numbers =
      config.is_mla() ? config.kv_lora_rank + config.qk_rope_head_dim : 2 * config.num_key_value_heads * config.head_dim;
  const double cache_token = static_cast<double>(numbers * config.num_hidden_layers) * sizeof(float);
  return samples + std::min(outputs, static_cast<double>(options.max_batch)) * (prompt + response) * cache_token;
}

RolloutCollector::RolloutCollector(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<Problem>& problems,
                                   const GrpoOptions& options, RewardFunction reward)
    : model_(model),
      tokenizer_(tokenizer),
      problems_(problems),
      options_(options),
      reward_(std::move(reward)),
      stop_ids_(options.stop_ids.empty() ? engine::end_of_sequence_ids(model.config(), &tokenizer) : options.stop_ids) {
  require(!problems_.empty(), "GRPO: there is no problem to sample answers for");
}

std::int64_t RolloutCollector::next_problem() {
  const auto count = static_cast<std::int64_t>(problems_.size());
  const std::int64_t epoch = position_ / count;
  if (epoch != epoch_) {
    order_ = Rng(options_.seed, order_stream + static_cast<std::uint64_t>(epoch)).permutation(count);
    epoch_ = epoch;
  }
  return order_[static_cast<std::size_t>(position_++ % count)];
}

void RolloutCollector::sample_groups(const std::vector<std::int64_t>& problems, std::int64_t step, std::vector<Trajectory>& sampled) {
  Rng seeds(options_.seed, sample_stream + static_cast<std::uint64_t>(step));
  for (std::size_t skip = 0; skip < sampled.size(); ++skip) seeds.next_u64();  // groups of earlier rounds of this step
  std::vector<engine::GenerationRequest> requests;
  for (const std::int64_t problem : problems) {
    engine::GenerationRequest request;
    request.prompt_ids = problems_[static_cast<std::size_t>(problem)].prompt_ids;
    request.samples = options_.group_size;
    request.params.temperature = options_.temperature;
    request.params.top_p = options_.top_p;
    request.params.top_k = options_.top_k;
    request.params.max_new_tokens = options_.max_new_tokens;
    request.params.seed = seeds.next_u64();
    request.params.stop_ids = stop_ids_;
    request.params.stop_strings = options_.stop_strings;
    requests.push_back(std::move(request));
  }
  engine::Generator generator(model_, &tokenizer_, {.max_batch = options_.max_batch});
  const std::int64_t first_group = static_cast<std::int64_t>(sampled.size()) / options_.group_size;
  for (engine::Completion& completion : generator.generate(requests)) {
    Trajectory trajectory;
    trajectory.problem = problems[static_cast<std::size_t>(completion.request)];
    trajectory.group = first_group + completion.request;
    trajectory.ids = std::move(completion.ids);
    trajectory.log_probs = std::move(completion.log_probs);
    trajectory.truncated = completion.finish == engine::FinishReason::length;
    const Problem& problem = problems_[static_cast<std::size_t>(trajectory.problem)];
    trajectory.text = problem.opening + completion.text;
    trajectory.reward = reward_(problem, trajectory.text);
    sampled.push_back(std::move(trajectory));
  }
  // Advantages within each new group.
  const auto size = static_cast<std::size_t>(options_.group_size);
  for (std::size_t begin = static_cast<std::size_t>(first_group) * size; begin < sampled.size(); begin += size) {
    std::vector<double> rewards;
    for (std::size_t i = begin; i < begin + size; ++i) rewards.push_back(sampled[i].reward.total);
    const std::vector<double> advantages = group_advantages(rewards, options_.std_epsilon);
    for (std::size_t i = 0; i < size; ++i) sampled[begin + i].advantage = advantages[i];
  }
}

Rollout RolloutCollector::collect(std::int64_t step) {
  Rollout rollout;
  std::int64_t wanted = options_.prompts_per_step;
  const auto size = static_cast<std::size_t>(options_.group_size);
  const std::int64_t rounds = options_.equal_groups == EqualGroups::resample ? 1 + options_.resample_rounds : 1;
  for (std::int64_t round = 0; round < rounds && wanted > 0; ++round) {
    if (round > 0) rollout.resampled_groups += wanted;
    std::vector<std::int64_t> problems;
    for (std::int64_t i = 0; i < wanted; ++i) problems.push_back(next_problem());
    const std::size_t begin = rollout.sampled.size();
    sample_groups(problems, step, rollout.sampled);
    for (std::size_t group = begin; group < rollout.sampled.size(); group += size) {
      bool equal = true;
      for (std::size_t i = group; i < group + size; ++i) equal &= rollout.sampled[i].reward.total == rollout.sampled[group].reward.total;
      if (equal && options_.equal_groups != EqualGroups::keep) continue;
      for (std::size_t i = group; i < group + size; ++i) rollout.training.push_back(static_cast<std::int64_t>(i));
      --wanted;
    }
  }
  return rollout;
}

}  // namespace fathom::align
