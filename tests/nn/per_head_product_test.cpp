#include "fathom/nn/per_head_product.h"

#include <gtest/gtest.h>

namespace fathom::nn {
namespace {

// The two directions that latent attention uses: views of one matrix [heads, nope + v, rank].
TEST(PerHeadProduct, MatchesBatchedProducts) {
  constexpr std::int64_t heads = 5, nope = 12, value = 20, rank = 40;
  const at::Tensor joined = at::randn({heads, nope + value, rank});
  for (const std::int64_t tokens : {1, 3, 12, 13, 60}) {
    const at::Tensor queries = at::randn({tokens, heads, nope + 7}).narrow(2, 0, nope);  // a strided view
    const at::Tensor keys = joined.narrow(1, 0, nope);
    const at::Tensor expected = at::einsum("thn,hnr->thr", {queries, keys});
    EXPECT_TRUE(at::allclose(per_head_product(queries, keys), expected, 1e-4, 1e-4)) << tokens;

    const at::Tensor latents = at::randn({tokens, heads, rank});
    const at::Tensor values = joined.narrow(1, nope, value).transpose(1, 2);
    EXPECT_TRUE(at::allclose(per_head_product(latents, values), at::einsum("thr,hrv->thv", {latents, values}), 1e-4, 1e-4)) << tokens;
    // Other types take libtorch's path.
    EXPECT_TRUE(at::allclose(per_head_product(latents.to(at::kDouble), values.to(at::kDouble)),
                             at::einsum("thr,hrv->thv", {latents.to(at::kDouble), values.to(at::kDouble)})));
  }
}

}  // namespace
}  // namespace fathom::nn
