#include "fathom/align/packed_responses.h"

namespace fathom::align {

namespace {

at::Tensor to_tensor(std::vector<std::int64_t>& values, at::Device device) {
  return at::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, at::kLong).to(device, at::kLong, false, true);
}

}  // namespace

PackedResponses PackedResponses::from(const std::vector<const Trajectory*>& trajectories, const std::vector<Problem>& problems,
                                      at::Device device) {
  PackedResponses packed;
  std::vector<std::int64_t> input_ids, rows, targets, sequence_lengths;
  for (const Trajectory* trajectory : trajectories) {
    const std::vector<std::int64_t>& prompt = problems[static_cast<std::size_t>(trajectory->problem)].prompt_ids;
    const auto begin = static_cast<std::int64_t>(input_ids.size());
    const auto prompt_length = static_cast<std::int64_t>(prompt.size()), length = static_cast<std::int64_t>(trajectory->ids.size());
    input_ids.insert(input_ids.end(), prompt.begin(), prompt.end());
    input_ids.insert(input_ids.end(), trajectory->ids.begin(), trajectory->ids.end() - 1);
    targets.insert(targets.end(), trajectory->ids.begin(), trajectory->ids.end());
    for (std::int64_t t = 0; t < length; ++t) rows.push_back(begin + prompt_length - 1 + t);
    sequence_lengths.push_back(prompt_length + length - 1);
    packed.lengths.push_back(length);
  }
  packed.input_ids = to_tensor(input_ids, device);
  packed.rows = to_tensor(rows, device);
  packed.targets = to_tensor(targets, device);
  packed.context = nn::ForwardContext::packed(ops::PackedSequences::from_lengths(sequence_lengths, device));
  return packed;
}

ops::TokenLogProbs response_log_probs(const model::CausalLM& model, const PackedResponses& packed, double temperature,
                                      nn::RoutingRecord* routing) {
  nn::ForwardContext context = packed.context;
  context.routing = routing;
  const at::Tensor hidden = model.forward(packed.input_ids, context).index_select(0, packed.rows);
  return ops::linear_log_probs(hidden, model.output_weight(), packed.targets, temperature);
}

std::vector<std::vector<const Trajectory*>> split_by_tokens(const std::vector<const Trajectory*>& trajectories,
                                                            const std::vector<Problem>& problems, std::int64_t max_tokens) {
  std::vector<std::vector<const Trajectory*>> parts;
  std::int64_t tokens = 0;
  for (const Trajectory* trajectory : trajectories) {
    const auto size =
        static_cast<std::int64_t>(problems[static_cast<std::size_t>(trajectory->problem)].prompt_ids.size() + trajectory->ids.size()) - 1;
    if (parts.empty() || tokens + size > max_tokens) {
      parts.emplace_back();
      tokens = 0;
    }
    parts.back().push_back(trajectory);
    tokens += size;
  }
  return parts;
}

}  // namespace fathom::align
