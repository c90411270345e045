#include <utility>
#include <vector>

#include "fathom/ops/cpu/attention.h"
#include "fathom/ops/cpu/parallel_tasks.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/attention_backward.cpp"
#include <hwy/foreach_target.h>

#include "fathom/ops/cpu/attention_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

// Query tokens of a tile.
constexpr std::int64_t tile_queries = 64;

float dot(std::int64_t width, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b) {
  const Floats d;
  auto sum = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + vector_width <= width; i += vector_width) sum = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum);
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < width; ++i) total += a[i] * b[i];
  return total;
}

void add_row(std::int64_t width, const float* HWY_RESTRICT from, float factor, float* HWY_RESTRICT to) {
  const Floats d;
  const auto by = hn::Set(d, factor);
  std::int64_t i = 0;
  for (; i + vector_width <= width; i += vector_width) hn::StoreU(hn::MulAdd(by, hn::LoadU(d, from + i), hn::LoadU(d, to + i)), d, to + i);
  for (; i < width; ++i) to[i] += factor * from[i];
}

// From scores to the gradient of the scores, row by row: probabilities p = e^(score - log_sum_exp) replace the scores, and
// p · (grad - delta) replaces grad, the gradient of the probabilities (Dao et al. 2022, appendix B). Columns from `visible` up to
// `columns` (whole vectors) become zero in both.
void softmax_gradient(std::int64_t visible, std::int64_t columns, float log_sum_exp, float delta, float* HWY_RESTRICT scores,
                      float* HWY_RESTRICT grad) {
  const Floats d;
  const auto shift = hn::Set(d, log_sum_exp), offset = hn::Set(d, delta);
  std::int64_t j = 0;
  for (; j < visible; j += vector_width) {
    // Rounding can leave a score above its log-sum-exp by an ulp.
    const auto x = hn::Min(hn::Sub(hn::LoadU(d, scores + j), shift), hn::Zero(d));
    auto p = exp_of_nonpositive(d, x);
    if (j + vector_width > visible) p = hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(visible - j)), p);
    hn::StoreU(p, d, scores + j);
    hn::StoreU(hn::Mul(p, hn::Sub(hn::LoadU(d, grad + j), offset)), d, grad + j);
  }
  for (; j < columns; j += vector_width) {
    hn::StoreU(hn::Zero(d), d, scores + j);
    hn::StoreU(hn::Zero(d), d, grad + j);
  }
}

// One worker's buffers: a tile of keys with its gradients, and a tile of queries of one head.
class GradientScratch {
 public:
  GradientScratch(std::int64_t qk_dim, std::int64_t v_dim)
      : qk_ld(padded_width(qk_dim)), v_ld(padded_width(v_dim)), buffer_(static_cast<std::size_t>(size())) {
    float* next = buffer_.data();
    const auto take = [&](std::int64_t count) { return std::exchange(next, next + count); };
    keys = take(tile_keys * qk_ld), keys_transposed = take(qk_dim * tile_keys), values_transposed = take(v_dim * tile_keys);
    grad_keys = take(tile_keys * qk_ld), grad_values = take(tile_keys * v_ld);
    queries = take(tile_queries * qk_ld), grad_out = take(tile_queries * v_ld), grad_queries = take(tile_queries * qk_ld);
    scores = take(tile_queries * tile_keys), grad_scores = take(tile_queries * tile_keys);
  }

  std::int64_t qk_ld, v_ld;
  float *keys, *keys_transposed, *values_transposed, *grad_keys, *grad_values;
  float *queries, *grad_out, *grad_queries, *scores, *grad_scores;

 private:
  std::int64_t size() const { return tile_keys * (3 * qk_ld + 2 * v_ld) + tile_queries * (2 * qk_ld + v_ld + 2 * tile_keys); }
  std::vector<float> buffer_;
};

// What the tasks share.
struct GradientProblem {
  const CausalAttention& attention;
  const HeadRows& grad_out;
  const float *out, *log_sum_exp;
  float *grad_k, *grad_v;
};

// Adds what queries [first, first + count) of a head contribute to the tile of keys [tile, tile + keys) of the same sequence,
// and the tile's contribution to the queries' gradient. Positions count from the sequence's start.
void queries_against_tile(const GradientProblem& p, std::int64_t sequence_begin, std::int64_t head, std::int64_t tile, std::int64_t keys,
                          std::int64_t first, std::int64_t count, float* grad_q, GradientScratch& s) {
  const CausalAttention& a = p.attention;
  const std::int64_t qk_dim = a.q.width, v_dim = a.v.width, rows = padded_rows(count);
  const std::int64_t columns_all = std::max(padded_width(keys), padded_rows(keys));
  float delta[tile_queries] = {};  // grad_out · out: the row sums of p · dp
  for (std::int64_t r = 0; r < rows; ++r) {
    if (r < count) {
      const std::int64_t token = sequence_begin + first + r;
      delta[r] = dot(v_dim, p.grad_out.row(token, head), p.out + (token * a.heads + head) * v_dim);
      pack_row(qk_dim, a.q.row(token, head), a.scale, s.queries + r * s.qk_ld, s.qk_ld);
      pack_row(v_dim, p.grad_out.row(token, head), 1.0f, s.grad_out + r * s.v_ld, s.v_ld);
    } else {
      std::fill_n(s.queries + r * s.qk_ld, s.qk_ld, 0.0f);
      std::fill_n(s.grad_out + r * s.v_ld, s.v_ld, 0.0f);
    }
  }
  for (std::int64_t block = 0; block < rows; block += block_rows) {
    const std::int64_t last = std::min(block + block_rows, count) - 1;
    const std::int64_t columns = std::min(keys, first + last + 1 - tile);  // keys that the block's last row sees; ≥ 1
    block_product<false>(columns, qk_dim, s.queries + block * s.qk_ld, s.qk_ld, 1, s.keys_transposed, tile_keys,
                         s.scores + block * tile_keys, tile_keys);
    block_product<false>(columns, v_dim, s.grad_out + block * s.v_ld, s.v_ld, 1, s.values_transposed, tile_keys,
                         s.grad_scores + block * tile_keys, tile_keys);
    for (std::int64_t r = block; r < block + block_rows; ++r) {
      const std::int64_t visible = r < count ? std::max<std::int64_t>(0, std::min(keys, first + r + 1 - tile)) : 0;
      const std::int64_t place = (sequence_begin + first + std::min(r, count - 1)) * a.heads + head;
      softmax_gradient(visible, columns_all, p.log_sum_exp[place], delta[r], s.scores + r * tile_keys, s.grad_scores + r * tile_keys);
    }
    block_product<false>(qk_dim, columns, s.grad_scores + block * tile_keys, tile_keys, 1, s.keys, s.qk_ld,
                         s.grad_queries + block * s.qk_ld, s.qk_ld);
  }
  for (std::int64_t r = 0; r < count; ++r) {
    float* to = grad_q + ((sequence_begin + first + r) * a.heads + head) * qk_dim;
    if (tile == 0) {
      pack_row(qk_dim, s.grad_queries + r * s.qk_ld, a.scale, to, qk_dim);  // the first tile reaches every query
    } else {
      add_row(qk_dim, s.grad_queries + r * s.qk_ld, a.scale, to);
    }
  }
  for (std::int64_t block = 0; block < padded_rows(keys); block += block_rows) {
    // The first query that sees a key of this block.
    const std::int64_t from = std::max<std::int64_t>(0, tile + block - first);
    if (from >= count) break;
    const float* probabilities = s.scores + from * tile_keys + block;
    const float* grad_scores = s.grad_scores + from * tile_keys + block;
    block_product<true>(v_dim, count - from, probabilities, 1, tile_keys, s.grad_out + from * s.v_ld, s.v_ld,
                        s.grad_values + block * s.v_ld, s.v_ld);
    block_product<true>(qk_dim, count - from, grad_scores, 1, tile_keys, s.queries + from * s.qk_ld, s.qk_ld, s.grad_keys + block * s.qk_ld,
                        s.qk_ld);
  }
}

// Tiles part, part + parts, ... of one key-value head of one sequence.
void head_gradient(const GradientProblem& p, std::int64_t begin, std::int64_t length, std::int64_t kv_head, std::int64_t part,
                   std::int64_t parts, float* grad_q, GradientScratch& s) {
  const CausalAttention& a = p.attention;
  const std::int64_t group = a.heads / a.kv_heads, qk_dim = a.q.width, v_dim = a.v.width;
  for (std::int64_t tile = part * tile_keys; tile < length; tile += parts * tile_keys) {
    const std::int64_t keys = std::min(tile_keys, length - tile);
    const float *k = a.k.row(begin + tile, kv_head), *v = a.v.row(begin + tile, kv_head);
    for (std::int64_t i = 0; i < keys; ++i) pack_row(qk_dim, k + i * a.k.token_stride, 1.0f, s.keys + i * s.qk_ld, s.qk_ld);
    pack_transposed(keys, qk_dim, k, a.k.token_stride, s.keys_transposed, tile_keys, padded_width(keys));
    pack_transposed(keys, v_dim, v, a.v.token_stride, s.values_transposed, tile_keys, padded_width(keys));
    std::fill_n(s.grad_keys, tile_keys * s.qk_ld, 0.0f);
    std::fill_n(s.grad_values, tile_keys * s.v_ld, 0.0f);
    for (std::int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      for (std::int64_t first = tile; first < length; first += tile_queries) {
        queries_against_tile(p, begin, head, tile, keys, first, std::min(tile_queries, length - first), grad_q, s);
      }
    }
    for (std::int64_t i = 0; i < keys; ++i) {
      const std::int64_t place = (begin + tile + i) * a.kv_heads + kv_head;
      std::copy_n(s.grad_keys + i * s.qk_ld, qk_dim, p.grad_k + place * qk_dim);
      std::copy_n(s.grad_values + i * s.v_ld, v_dim, p.grad_v + place * v_dim);
    }
  }
}

void causal_backward(const CausalAttention& a, const HeadRows& grad_out, const float* out, const float* log_sum_exp, float* grad_q,
                     float* grad_k, float* grad_v) {
  const std::int64_t tokens = a.offsets[a.sequences], qk_dim = a.q.width, v_dim = a.v.width, group = a.heads / a.kv_heads;
  // A task owns the gradients of its keys. Queries meet all tiles of keys: where one task holds all of a head's tiles it adds to
  // grad_q directly; few long sequences are split further, and each part then sums in a buffer of its own.
  const std::int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads(), heads_in_all = a.sequences * a.kv_heads;
  std::int64_t longest = 0;
  for (std::int64_t s = 0; s < a.sequences; ++s) longest = std::max<std::int64_t>(longest, a.offsets[s + 1] - a.offsets[s]);
  const bool split = threads > 1 && heads_in_all < 4 * threads && heads_in_all % threads != 0 && longest >= 4 * tile_keys;
  const std::int64_t parts = split ? threads : 1, size = tokens * a.heads * qk_dim;
  std::vector<std::vector<float>> part_sums(static_cast<std::size_t>(parts - 1), std::vector<float>(static_cast<std::size_t>(size)));

  const GradientProblem problem{a, grad_out, out, log_sum_exp, grad_k, grad_v};
  const auto make_scratch = [&] { return GradientScratch(qk_dim, v_dim); };
  // A token's heads lie side by side: where there are sequences enough, one thread reads them all.
  const std::int64_t task_heads = a.sequences >= 8 * threads ? a.kv_heads : 1, head_tasks = a.kv_heads / task_heads;
  parallel_tasks(a.sequences * head_tasks * parts, make_scratch, [&](std::int64_t task, GradientScratch& scratch) {
    const std::int64_t part = task % parts, first = task / parts % head_tasks * task_heads, s = task / parts / head_tasks;
    const std::int64_t begin = a.offsets[s], length = a.offsets[s + 1] - begin, near = std::min(length, tile_queries);
    float* sums = part == 0 ? grad_q : part_sums[static_cast<std::size_t>(part - 1)].data();
    for (std::int64_t g = first; g < first + task_heads; ++g) {
      if (g + 1 < first + task_heads) {
        for (std::int64_t h = (g + 1) * group; h < (g + 2) * group; ++h) {
          prefetch_rows(near, qk_dim, a.q.row(begin, h), a.q.token_stride);
          prefetch_rows(near, v_dim, grad_out.row(begin, h), grad_out.token_stride);
          prefetch_rows(near, v_dim, out + (begin * a.heads + h) * v_dim, a.heads * v_dim);
        }
        prefetch_rows(near, qk_dim, a.k.row(begin, g + 1), a.k.token_stride);
        prefetch_rows(near, v_dim, a.v.row(begin, g + 1), a.v.token_stride);
      }
      head_gradient(problem, begin, length, g, part, parts, sums, scratch);
    }
  });
  at::parallel_for(0, parts > 1 ? size : 0, 65536, [&](std::int64_t begin, std::int64_t end) {
    for (const std::vector<float>& sums : part_sums) add_row(end - begin, sums.data() + begin, 1.0f, grad_q + begin);
  });
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(causal_backward);

void causal_attention_backward(const CausalAttention& problem, const HeadRows& grad_out, const float* out, const float* log_sum_exp,
                               float* grad_q, float* grad_k, float* grad_v) {
  HWY_DYNAMIC_DISPATCH(causal_backward)(problem, grad_out, out, log_sum_exp, grad_q, grad_k, grad_v);
}

}  // namespace fathom::ops::cpu
#endif
