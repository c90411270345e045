#include "fathom/nn/multi_head_attention.h"

#include <cmath>
#include <limits>

#include "fathom/base/error.h"

namespace fathom::nn {
namespace {

// [batch, rows, heads · d] → [batch · heads, rows, d]
at::Tensor by_heads(const at::Tensor& x, std::int64_t heads) {
  const std::int64_t batch = x.size(0), rows = x.size(1), d = x.size(2) / heads;
  return x.view({batch, rows, heads, d}).transpose(1, 2).reshape({batch * heads, rows, d});
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(const MultiHeadOptions& options, at::TensorOptions tensors)
    : options_(options), joined_(options.memory_width, (options.self ? 3 : 2) * options.width, tensors) {
  require(options.heads >= 1 && options.width % options.heads == 0, "attention: {} heads do not divide the width {}", options.heads,
          options.width);
  require(!options.self || options.query_width == options.memory_width, "self-attention: widths {} and {} differ", options.query_width,
          options.memory_width);
  if (!options.self) query_.emplace(options.query_width, options.width, tensors);
  if (options.output_projection) output_.emplace(options.width, options.width, tensors);
}

at::Tensor MultiHeadAttention::forward(const at::Tensor& x, const std::optional<at::Tensor>& memory, bool causal, double dropout) const {
  const std::int64_t width = options_.width, heads = options_.heads, batch = x.size(0), rows = x.size(1);
  at::Tensor projected = joined_.forward(options_.self ? x : *memory);
  if (options_.relu) projected = at::relu(projected);
  std::vector<at::Tensor> parts = projected.split(width, -1);
  if (query_) {
    const at::Tensor query = query_->forward(x);
    parts.insert(parts.begin(), options_.relu ? at::relu(query) : query);
  }
  const at::Tensor q = by_heads(parts[0].contiguous(), heads), k = by_heads(parts[1].contiguous(), heads),
                   v = by_heads(parts[2].contiguous(), heads);
  at::Tensor scores = at::bmm(q, k.transpose(1, 2)) * (1.0 / std::sqrt(static_cast<double>(width / heads)));
  if (causal) {
    const at::Tensor future = at::ones({rows, scores.size(2)}, scores.options().dtype(at::kBool)).triu(1);
    scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
  }
  at::Tensor weights = at::softmax(scores, -1);
  if (dropout > 0.0) weights = at::dropout(weights, dropout, /*train=*/true);
  const at::Tensor mixed = at::bmm(weights, v).view({batch, heads, rows, width / heads}).transpose(1, 2).reshape({batch, rows, width});
  return output_ ? output_->forward(mixed) : mixed;
}

void MultiHeadAttention::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  if (query_) query_->collect_parameters(prefix + "q_proj.", out);
  joined_.collect_parameters(prefix + (options_.self ? "qkv_proj." : "kv_proj."), out);
  if (output_) output_->collect_parameters(prefix + "out_proj.", out);
}

void MultiHeadAttention::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  if (query_) query_->collect_checkpoint(prefix + "q_proj.", out);
  const at::Tensor weight = joined_.weight().detach(), bias = joined_.bias().detach();
  std::int64_t row = 0;
  for (const char* name : {"q_proj.", "k_proj.", "v_proj."}) {
    if (query_ && row == 0 && std::string(name) == "q_proj.") continue;
    out.push_back({prefix + name + "weight", weight.narrow(0, row, options_.width)});
    out.push_back({prefix + name + "bias", bias.narrow(0, row, options_.width)});
    row += options_.width;
  }
  if (output_) output_->collect_checkpoint(prefix + "out_proj.", out);
}

}  // namespace fathom::nn
