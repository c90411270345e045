#include "fathom/ops/moe_sorted.h"

#include <vector>

#include "fathom/ops/swiglu.h"
#include "fathom/ops/torch_compat.h"

namespace fathom::ops {
namespace {

// rows [pairs, in] sorted by expert, weights [experts, out, in], counts [experts] on the device of the rows → [pairs, out].
at::Tensor products_by_expert(const at::Tensor& rows, const at::Tensor& weights, const at::Tensor& counts) {
  if (compat::has_grouped_product(rows, weights)) return compat::grouped_product(rows, weights, counts);
  const std::vector<at::Tensor> weight = weights.to(rows.scalar_type()).unbind(0);  // its gradient is one stack, not a sum of slices
  const at::Tensor on_host = counts.to(at::kCPU);
  const std::int64_t* count = on_host.data_ptr<std::int64_t>();
  std::vector<at::Tensor> parts;
  std::int64_t first = 0;
  for (std::size_t expert = 0; expert < weight.size(); ++expert) {
    if (count[expert] > 0) parts.push_back(at::matmul(rows.narrow(0, first, count[expert]), weight[expert].t()));
    first += count[expert];
  }
  return parts.empty() ? rows.new_zeros({0, weights.size(1)}) : at::cat(parts);
}

}  // namespace

at::Tensor moe_experts_sorted(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down) {
  const std::int64_t tokens = x.size(0), top_k = routing.experts.size(1);
  const at::Tensor pair_order = std::get<1>(at::sort(routing.experts.reshape({-1}), true, 0, false));
  const at::Tensor token_of = pair_order.div(top_k, "floor");
  const at::Tensor counts = at::bincount(routing.experts.reshape({-1}), {}, gate_up.size(0));
  const at::Tensor rows = x.index_select(0, token_of);
  const at::Tensor gates = routing.gates.reshape({-1}).index_select(0, pair_order).unsqueeze(1).to(x.scalar_type());
  const at::Tensor activations = swiglu(products_by_expert(rows, gate_up, counts)) * gates;
  const at::Tensor results = products_by_expert(activations, down, counts);
  const at::Tensor back = at::empty_like(pair_order).scatter_(0, pair_order, at::arange(tokens * top_k, pair_order.options()));
  return results.index_select(0, back).reshape({tokens, top_k, x.size(1)}).sum(1);
}

}  // namespace fathom::ops
