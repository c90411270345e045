// Operations on the CPU against limits measured in the same run: matrix products and attention as a share of the fp32
// peak (the best of a set of large products on all threads), few-row products as a share of a streaming read.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "fathom/ops/attention.h"
#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu_setup.h"
#include "fathom/ops/linear.h"

namespace {

using fathom::ops::PackedSequences;
using fathom::ops::cpu::Transpose;

double seconds_of(const auto& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The best of several 1024³ products on all threads, GFLOP/s.
double peak_gflops() {
  static const double peak = [] {
    const std::int64_t n = 1024;
    const at::Tensor a = at::randn({n, n}), b = at::randn({n, n});
    at::Tensor c = at::empty({n, n});
    double best = 1e30;
    for (int i = 0; i < 20; ++i) {
      best = std::min(best, seconds_of([&] {
                        fathom::ops::cpu::gemm(Transpose::no, Transpose::no, n, n, n, 1, a.data_ptr<float>(), n, b.data_ptr<float>(), n, 0,
                                               c.data_ptr<float>(), n);
                      }));
    }
    return 2.0 * n * n * n / best * 1e-9;
  }();
  return peak;
}

// The median of several reads of 512 MiB on all threads, GB/s: what decoding can reach at most. (On a shared machine the best
// one can be twice the median, and says nothing about what lasts.)
double read_gbps() {
  static const double bandwidth = [] {
    const at::Tensor data = at::ones({std::int64_t{128} << 20});
    const float* p = data.data_ptr<float>();
    std::vector<float> sinks(static_cast<std::size_t>(at::get_num_threads()) * 16);
    std::vector<double> seconds;
    for (int i = 0; i < 21; ++i) {
      seconds.push_back(seconds_of([&] {
        at::parallel_for(0, data.numel(), 1, [&](std::int64_t begin, std::int64_t end) {
          float sums[64] = {};
          for (std::int64_t j = begin; j + 64 <= end; j += 64) {
            for (int lane = 0; lane < 64; ++lane) sums[lane] += p[j + lane];
          }
          for (float sum : sums) sinks[static_cast<std::size_t>(at::get_thread_num()) * 16] += sum;
        });
      }));
    }
    benchmark::DoNotOptimize(sinks.data());
    std::nth_element(seconds.begin(), seconds.begin() + 10, seconds.end());
    return static_cast<double>(data.numel()) * 4 / seconds[10] * 1e-9;
  }();
  return bandwidth;
}

void report_flops(benchmark::State& state, double flops) {
  state.counters["GFLOP/s"] = benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["of_peak"] = benchmark::Counter(flops * 1e-9 / peak_gflops(), benchmark::Counter::kIsIterationInvariantRate);
}

void report_bytes(benchmark::State& state, double bytes) {
  state.counters["GB/s"] = benchmark::Counter(bytes * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["of_read"] = benchmark::Counter(bytes * 1e-9 / read_gbps(), benchmark::Counter::kIsIterationInvariantRate);
}

void gemm(benchmark::State& state) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const at::Tensor a = at::randn({m, k}), b = at::randn({n, k});
  at::Tensor c = at::empty({m, n});
  for (auto _ : state) {
    fathom::ops::cpu::gemm(Transpose::no, Transpose::yes, m, n, k, 1, a.data_ptr<float>(), k, b.data_ptr<float>(), k, 0,
                           c.data_ptr<float>(), n);
  }
  report_flops(state, 2.0 * m * n * k);
}
BENCHMARK(gemm)
    ->ArgNames({"m", "n", "k"})
    ->Args({64, 64, 64})
    ->Args({256, 128, 128})
    ->Args({3840, 128, 128})
    ->Args({3840, 512, 128})
    ->Args({2048, 512, 512})
    ->Args({16, 1536, 512})
    ->Args({1024, 1024, 1024})
    ->UseRealTime();

// dW = dYᵀ · X: a small result over many tokens.
void gemm_weight_gradient(benchmark::State& state) {
  const std::int64_t out = state.range(0), in = state.range(1), tokens = state.range(2);
  const at::Tensor grad = at::randn({tokens, out}), x = at::randn({tokens, in});
  at::Tensor c = at::empty({out, in});
  for (auto _ : state) {
    fathom::ops::cpu::gemm(Transpose::yes, Transpose::no, out, in, tokens, 1, grad.data_ptr<float>(), out, x.data_ptr<float>(), in, 0,
                           c.data_ptr<float>(), in);
  }
  report_flops(state, 2.0 * out * in * tokens);
}
BENCHMARK(gemm_weight_gradient)
    ->ArgNames({"out", "in", "tokens"})
    ->Args({8, 128, 3840})
    ->Args({128, 128, 3840})
    ->Args({512, 128, 3840})
    ->Args({512, 512, 2048})
    ->UseRealTime();

// A weight larger than the last-level cache, so that it comes from memory each time.
void linear_rows(benchmark::State& state) {
  const std::int64_t rows = state.range(0), in = 2048, out = 32768;
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({rows, in}), weight = at::randn({out, in});
  for (auto _ : state) benchmark::DoNotOptimize(fathom::ops::linear(x, weight).data_ptr());
  report_bytes(state, static_cast<double>(in * out) * 4);
}
BENCHMARK(linear_rows)->ArgName("rows")->Arg(1)->Arg(2)->Arg(4)->Arg(6)->Arg(8)->Arg(9)->Arg(12)->Arg(16)->Arg(32)->UseRealTime();

// The same with a weight that stays in the cache (small models, one expert).
void linear_rows_cached(benchmark::State& state) {
  const std::int64_t rows = state.range(0), in = state.range(1), out = state.range(2);
  const at::NoGradGuard no_grad;
  const at::Tensor x = at::randn({rows, in}), weight = at::randn({out, in});
  for (auto _ : state) benchmark::DoNotOptimize(fathom::ops::linear(x, weight).data_ptr());
  report_flops(state, 2.0 * rows * in * out);
}
BENCHMARK(linear_rows_cached)
    ->ArgNames({"rows", "in", "out"})
    ->ArgsProduct({{1, 4, 8, 9, 16, 32}, {128}, {384}})
    ->ArgsProduct({{1, 4, 8, 9, 16, 32}, {512}, {1536}})
    ->UseRealTime();

// Multiply-adds of causal attention, counting only what the mask leaves: forward 2 products, backward 5.
double attention_flops(std::int64_t length, std::int64_t sequences, std::int64_t heads, std::int64_t qk_dim, std::int64_t v_dim,
                       bool backward) {
  const double pairs = 0.5 * static_cast<double>(length) * static_cast<double>(length + 1) * static_cast<double>(sequences * heads);
  const double forward = 2.0 * pairs * static_cast<double>(qk_dim + v_dim);
  return backward ? forward + 2.0 * pairs * static_cast<double>(3 * qk_dim + 2 * v_dim) : forward;
}

void causal_attention(benchmark::State& state) {
  const std::int64_t length = state.range(0), sequences = state.range(1), heads = state.range(2), qk_dim = state.range(3),
                     v_dim = state.range(4);
  const bool train = state.range(5) != 0;
  const PackedSequences packed =
      PackedSequences::from_lengths(std::vector<std::int64_t>(static_cast<std::size_t>(sequences), length), at::kCPU);
  at::Tensor q = at::randn({length * sequences, heads, qk_dim}), k = at::randn_like(q), v = at::randn({length * sequences, heads, v_dim});
  const at::Tensor grad = at::randn_like(v);
  for (at::Tensor* t : {&q, &k, &v}) t->set_requires_grad(train);
  for (auto _ : state) {
    const at::Tensor out = fathom::ops::causal_attention(q, k, v, packed, 0.2);
    if (train) benchmark::DoNotOptimize(torch::autograd::grad({out}, {q, k, v}, {grad}));
  }
  report_flops(state, attention_flops(length, sequences, heads, qk_dim, v_dim, train));
}
BENCHMARK(causal_attention)
    ->ArgNames({"length", "sequences", "heads", "qk", "v", "train"})
    ->ArgsProduct({{32}, {128}, {4}, {48}, {32}, {0, 1}})
    ->ArgsProduct({{60}, {64}, {4}, {32}, {32}, {0, 1}})
    ->ArgsProduct({{256}, {8}, {8}, {64}, {64}, {0, 1}})
    ->ArgsProduct({{1024}, {1}, {8}, {96}, {64}, {0, 1}})
    ->ArgsProduct({{4096}, {1}, {8}, {64}, {64}, {0, 1}})
    ->ArgsProduct({{2048}, {1}, {4}, {192}, {128}, {0, 1}})
    ->UseRealTime();

// Decoding over a cache larger than the last-level cache; bytes are those of the rows, read once.
void paged_attention(benchmark::State& state) {
  const std::int64_t context = state.range(0), sequences = state.range(1), heads = state.range(2), kv_heads = state.range(3), dim = 64;
  const std::int64_t page_size = 32, pages = context / page_size, width = kv_heads * 2 * dim;
  fathom::ops::PagedKeys cache{at::randn({pages * sequences, page_size, width}),
                               at::arange(pages * sequences, at::kInt).view({sequences, pages}).contiguous(),
                               at::full({sequences}, context, at::kInt), page_size};
  const PackedSequences queries =
      PackedSequences::from_lengths(std::vector<std::int64_t>(static_cast<std::size_t>(sequences), 1), at::kCPU);
  const at::Tensor q = at::randn({sequences, heads, dim});
  for (auto _ : state) benchmark::DoNotOptimize(fathom::ops::paged_attention(q, cache, queries, kv_heads, dim, 0.1).data_ptr());
  report_bytes(state, static_cast<double>(context * sequences * width) * 4);
}
BENCHMARK(paged_attention)
    ->ArgNames({"context", "sequences", "heads", "kv_heads"})
    ->Args({65536, 1, 8, 8})
    ->Args({65536, 1, 8, 2})
    ->Args({2048, 32, 8, 8})
    ->Args({1024, 1, 8, 8})
    ->UseRealTime();

void paged_latent_attention(benchmark::State& state) {
  const std::int64_t context = state.range(0), sequences = state.range(1), heads = state.range(2), rank = state.range(3), rope = rank / 8;
  const std::int64_t page_size = 32, pages = context / page_size;
  fathom::ops::PagedKeys cache{at::randn({pages * sequences, page_size, rank + rope}),
                               at::arange(pages * sequences, at::kInt).view({sequences, pages}).contiguous(),
                               at::full({sequences}, context, at::kInt), page_size};
  const PackedSequences queries =
      PackedSequences::from_lengths(std::vector<std::int64_t>(static_cast<std::size_t>(sequences), 1), at::kCPU);
  const at::Tensor q = at::randn({sequences, heads, rank}), q_rope = at::randn({sequences, heads, rope});
  for (auto _ : state) benchmark::DoNotOptimize(fathom::ops::paged_latent_attention(q, q_rope, cache, queries, 0.1).data_ptr());
  report_bytes(state, static_cast<double>(context * sequences * (rank + rope)) * 4);
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(context * sequences * heads * (2 * rank + rope)),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(paged_latent_attention)
    ->ArgNames({"context", "sequences", "heads", "rank"})
    ->Args({32768, 1, 16, 512})
    ->Args({2048, 32, 8, 128})
    ->Args({1024, 1, 8, 128})
    ->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const char* threads = std::getenv("OMP_NUM_THREADS");
  fathom::ops::setup_cpu(threads != nullptr ? std::atoi(threads) : 0);
  benchmark::AddCustomContext("threads", std::to_string(at::get_num_threads()));
  benchmark::AddCustomContext("fp32 peak, GFLOP/s", std::to_string(peak_gflops()));
  benchmark::AddCustomContext("streaming read, GB/s", std::to_string(read_gbps()));
  benchmark::RunSpecifiedBenchmarks();
}
