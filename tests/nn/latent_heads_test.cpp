#include "fathom/nn/latent_heads.h"

#include <gtest/gtest.h>

#include "fathom/base/error.h"

namespace fathom::nn {
namespace {

struct Inputs {
  at::Tensor q, kv, k_rope;
  Inputs to(at::ScalarType type) const {
    const auto leaf = [type](const at::Tensor& t) { return t.detach().to(type, false, true).requires_grad_(true); };
    return {leaf(q), leaf(kv), leaf(k_rope)};
  }
};

// The kernel against the tensor expressions that other types take.
TEST(LatentHeads, JoinForwardAndBack) {
  const at::Tensor positions = at::tensor({0, 1, 2, 0, 7}, at::kLong);
  for (const bool interleaved : {false, true}) {
    const LatentHeadShape shape{3, 5, 6, 4, interleaved};
    const RopeTable rope = RopeTable::make({}, shape.rope_dim, 8, at::kCPU);
    const Inputs raw{at::randn({5, 33}), at::randn({5, 27}), at::randn({5, 1, 6})};
    const Inputs ours = raw.to(at::kFloat), exact = raw.to(at::kDouble);
    const LatentHeads found = join_latent_heads(ours.q, ours.kv, ours.k_rope, rope, positions, shape);
    const LatentHeads expected = join_latent_heads(exact.q, exact.kv, exact.k_rope, rope, positions, shape);
    const at::Tensor wq = at::randn({5, 3, 11}), wk = at::randn({5, 3, 11}), wv = at::randn({5, 3, 4});
    ((found.q * wq).sum() + (found.k * wk).sum() + (found.v * wv).sum()).backward();
    ((expected.q * wq).sum() + (expected.k * wk).sum() + (expected.v * wv).sum()).backward();
    const auto same = [](const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b.to(at::kFloat), 1e-5, 1e-5); };
    EXPECT_TRUE(same(found.q, expected.q) && same(found.k, expected.k) && same(found.v, expected.v));
    EXPECT_TRUE(same(ours.q.grad(), exact.q.grad()));
    EXPECT_TRUE(same(ours.kv.grad(), exact.kv.grad()));
    EXPECT_TRUE(same(ours.k_rope.grad(), exact.k_rope.grad()));

    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::equal(join_latent_heads(ours.q, ours.kv, ours.k_rope, rope, positions, shape).k, found.k));
    EXPECT_THROW(join_latent_heads(ours.q, ours.kv, ours.k_rope, rope, positions + 1, shape), Error);
  }
}

}  // namespace
}  // namespace fathom::nn
