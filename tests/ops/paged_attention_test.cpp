#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "fathom/base/error.h"
#include "fathom/ops/attention.h"
#include "tests/ops/gradcheck.h"
#include "tests/ops/instruction_sets.h"

namespace fathom::ops {
namespace {

struct Request {
  std::int64_t context, queries;  // the context includes the queries
};

// Pages in shuffled order, a few of them unused, rows random.
PagedKeys cache_for(const std::vector<Request>& requests, std::int64_t page_size, std::int64_t width, at::ScalarType type) {
  std::int64_t pages = 3, most = 1;
  for (const Request& r : requests) {
    pages += (r.context + page_size - 1) / page_size;
    most = std::max(most, (r.context + page_size - 1) / page_size);
  }
  std::vector<std::int32_t> order(static_cast<std::size_t>(pages));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  const auto count = static_cast<std::int64_t>(requests.size());
  PagedKeys cache{at::randn({pages, page_size, width}).to(type), at::full({count, most}, -1, at::kInt), at::empty({count}, at::kInt),
                  page_size};
  std::size_t next = 0;
  for (std::int64_t s = 0; s < count; ++s) {
    const std::int64_t context = requests[static_cast<std::size_t>(s)].context;
    cache.context_lengths[s] = context;
    for (std::int64_t i = 0; i * page_size < context; ++i) cache.page_table[s][i] = order[next++];
  }
  return cache;
}

PackedSequences queries_of(const std::vector<Request>& requests) {
  std::vector<std::int64_t> lengths;
  for (const Request& r : requests) lengths.push_back(r.queries);
  return PackedSequences::from_lengths(lengths, at::kCPU);
}

struct Case {
  std::vector<Request> requests;
  std::int64_t page_size, heads, kv_heads, qk_dim, v_dim;
};

const std::vector<Case> cases = {
    {{{1, 1}}, 16, 1, 1, 1, 1},
    {{{5, 1}, {64, 1}, {65, 1}, {200, 1}}, 32, 4, 2, 24, 16},
    {{{900, 1}}, 32, 8, 1, 64, 40},
    {{{257, 1}, {256, 3}, {700, 8}, {40, 40}}, 16, 4, 4, 32, 32},
    {{{300, 150}, {0, 0}, {12, 12}}, 10, 6, 2, 20, 36},
    {{{600, 2}}, 7, 16, 16, 8, 8},
};

void expect_same(const at::Tensor& actual, const at::Tensor& expected) { EXPECT_LT(testing::relative_error(actual, expected), 1e-5); }

PagedKeys in_double(PagedKeys cache) {
  cache.pages = cache.pages.to(at::kDouble);
  return cache;
}

TEST(PagedAttention, KernelAgreesWithReference) {
  at::manual_seed(1);
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::Message() << "page " << c.page_size << ", heads " << c.heads << "/" << c.kv_heads);
    const PackedSequences queries = queries_of(c.requests);
    const at::Tensor q = at::randn({queries.tokens(), c.heads, c.qk_dim});
    for (at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
      const PagedKeys cache = cache_for(c.requests, c.page_size, c.kv_heads * (c.qk_dim + c.v_dim), type);
      const at::Tensor expected = reference::paged_attention(q.to(at::kDouble), in_double(cache), queries, c.kv_heads, c.v_dim, 0.2);
      testing::for_each_instruction_set([&] {
        for (int threads : {1, 2}) {
          at::set_num_threads(threads);
          expect_same(ops::paged_attention(q, cache, queries, c.kv_heads, c.v_dim, 0.2), expected);
        }
      });
    }
  }
}

TEST(PagedLatentAttention, KernelAgreesWithReference) {
  at::manual_seed(2);
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::Message() << "page " << c.page_size << ", heads " << c.heads);
    const PackedSequences queries = queries_of(c.requests);
    const std::int64_t rank = c.qk_dim, rope = c.v_dim;
    // Parts of one projection, as the layer passes them.
    const at::Tensor q = at::randn({queries.tokens(), c.heads, rank + rope});
    const at::Tensor latent = q.narrow(2, 0, rank), rotary = q.narrow(2, rank, rope);
    for (at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
      const PagedKeys cache = cache_for(c.requests, c.page_size, rank + rope, type);
      expect_same(ops::paged_latent_attention(latent, rotary, cache, queries, 0.2),
                  reference::paged_latent_attention(latent.to(at::kDouble), rotary.to(at::kDouble), in_double(cache), queries, 0.2));
    }
  }
}

// What takes all sequences at once where no kernel is at hand (other devices, double precision) against one after the other.
TEST(PagedAttention, BatchedAgreesWithReference) {
  at::manual_seed(7);
  const std::vector<std::vector<Request>> batches = {{{1, 1}, {5, 1}, {64, 1}, {65, 1}, {200, 1}}, {{9, 3}, {3, 3}, {40, 3}}};
  for (const std::vector<Request>& requests : batches) {
    const PackedSequences queries = queries_of(requests);
    for (const std::int64_t kv_heads : {1, 2, 4}) {
      PagedKeys cache = in_double(cache_for(requests, 16, kv_heads * (24 + 12), at::kFloat));
      for (std::size_t s = 0; s < requests.size(); ++s) {
        // What stands behind the last token of its page may be anything.
        const std::int64_t context = requests[s].context,
                           page = cache.page_table[static_cast<std::int64_t>(s)][(context - 1) / 16].item<int>();
        if (context % 16 > 0) cache.pages.select(0, page).narrow(0, context % 16, 16 - context % 16).fill_(NAN);
      }
      const at::Tensor q = at::randn({queries.tokens(), 4, 24}, at::kDouble);
      expect_same(ops::paged_attention(q, cache, queries, kv_heads, 12, 0.2),
                  reference::paged_attention(q, cache, queries, kv_heads, 12, 0.2));
    }
    const PagedKeys latents = in_double(cache_for(requests, 16, 30, at::kFloat));
    const at::Tensor q = at::randn({queries.tokens(), 4, 30}, at::kDouble);
    const at::Tensor latent = q.narrow(2, 0, 20), rotary = q.narrow(2, 20, 10);
    expect_same(ops::paged_latent_attention(latent, rotary, latents, queries, 0.2),
                reference::paged_latent_attention(latent, rotary, latents, queries, 0.2));
  }
}

// The same keys through the cache and packed give the same result.
TEST(PagedAttention, AgreesWithCausalAttention) {
  at::manual_seed(3);
  const std::vector<Request> requests = {{70, 70}, {33, 33}};
  const PackedSequences sequences = queries_of(requests);
  const std::int64_t kv_heads = 2, qk_dim = 16, v_dim = 8, page_size = 32;
  const at::Tensor q = at::randn({103, 4, qk_dim}), k = at::randn({103, kv_heads, qk_dim}), v = at::randn({103, kv_heads, v_dim});
  PagedKeys cache = cache_for(requests, page_size, kv_heads * (qk_dim + v_dim), at::kFloat);
  for (std::int64_t s = 0; s < 2; ++s) {
    for (std::int64_t t = 0; t < requests[static_cast<std::size_t>(s)].context; ++t) {
      const std::int64_t token = sequences.host[static_cast<std::size_t>(s)] + t, page = cache.page_table[s][t / page_size].item<int>();
      cache.pages[page][t % page_size].copy_(at::cat({k[token].flatten(), v[token].flatten()}));
    }
  }
  expect_same(ops::paged_attention(q, cache, sequences, kv_heads, v_dim, 0.25), ops::causal_attention(q, k, v, sequences, 0.25));
}

// A sequence's result does not depend on what else is in the batch.
TEST(PagedAttention, BatchDoesNotChangeASequence) {
  at::manual_seed(4);
  const std::vector<Request> requests = {{700, 1}, {20, 1}, {300, 1}};
  const PagedKeys cache = cache_for(requests, 32, 96, at::kFloat);
  const PackedSequences together = queries_of(requests);
  const at::Tensor q = at::randn({3, 4, 32});
  const at::Tensor all = ops::paged_latent_attention(q, at::ones({3, 4, 64}), cache, together, 0.1);
  for (std::int64_t s = 0; s < 3; ++s) {
    const PagedKeys one{cache.pages, cache.page_table.narrow(0, s, 1), cache.context_lengths.narrow(0, s, 1), 32};
    const at::Tensor alone =
        ops::paged_latent_attention(q.narrow(0, s, 1), at::ones({1, 4, 64}), one, queries_of({requests[static_cast<std::size_t>(s)]}), 0.1);
    EXPECT_TRUE(at::equal(alone[0], all[s]));
  }
}

TEST(PagedAttention, RefusesABrokenCache) {
  const std::vector<Request> requests = {{40, 1}};
  const PackedSequences queries = queries_of(requests);
  const at::Tensor q = at::zeros({1, 2, 8});
  const auto attend = [&](const PagedKeys& cache) { return ops::paged_attention(q, cache, queries, 1, 8, 1); };
  PagedKeys cache = cache_for(requests, 32, 16, at::kFloat);
  EXPECT_NO_THROW(attend(cache));
  cache.page_table[0][1] = 1000;
  EXPECT_THROW(attend(cache), Error);
  cache = cache_for(requests, 32, 16, at::kFloat);
  cache.context_lengths[0] = 65;
  EXPECT_THROW(attend(cache), Error);
  cache.context_lengths[0] = 0;
  EXPECT_THROW(attend(cache), Error);
  EXPECT_THROW(attend(cache_for(requests, 32, 15, at::kFloat)), Error);
}

}  // namespace
}  // namespace fathom::ops
