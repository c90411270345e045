#include "fathom/engine/sampling.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "fathom/base/error.h"
#include "fathom/engine/softmax_pass.h"

namespace fathom::engine {
namespace {

// Below this a temperature is 0: the difference shows only where two logits agree to seven digits.
constexpr double smallest_temperature = 1e-6;

struct Candidate {
  float logit, weight;
  std::int32_t index;
  // More likely first; among equals the lower id.
  bool operator<(const Candidate& other) const { return logit != other.logit ? logit > other.logit : index < other.index; }
};

// Buffers of one thread, kept from token to token.
struct Scratch {
  std::vector<float> maxima, sums, weights, order;
  std::vector<Candidate> candidates, selected;
};

double mass(std::vector<Candidate>::const_iterator begin, std::vector<Candidate>::const_iterator end) {
  double sum = 0;
  for (; begin != end; ++begin) sum += begin->weight;
  return sum;
}

// Where the smallest prefix (most likely first) whose weight reaches `target` ends: halves the part in which the boundary
// lies, so it costs a few passes over the candidates and no sort. Leaves the prefix in front.
std::size_t nucleus_size(std::vector<Candidate>& candidates, double target) {
  std::size_t low = 0, high = candidates.size();  // the boundary is in (low, high]
  double before = 0;                              // weight of [0, low)
  while (high - low > 16) {
    const std::size_t middle = low + (high - low) / 2;
    const auto at = [&](std::size_t i) { return candidates.begin() + static_cast<std::ptrdiff_t>(i); };
    std::nth_element(at(low), at(middle), at(high));
    const double with_lower_half = before + mass(at(low), at(middle));
    if (with_lower_half >= target) {
      high = middle;
    } else {
      before = with_lower_half;
      low = middle;
    }
  }
  std::sort(candidates.begin() + static_cast<std::ptrdiff_t>(low), candidates.begin() + static_cast<std::ptrdiff_t>(high));
  for (std::size_t i = low; i < high; ++i) {
    before += candidates[i].weight;
    if (before >= target) return i + 1;
  }
  return high;  // rounding
}

// Tokens whose logit is at least `threshold`, in order of their ids. Blocks without one are skipped.
void gather(const float* logits, std::size_t size, float threshold, const Scratch& scratch, std::vector<Candidate>& out) {
  out.clear();
  for (std::size_t block = 0; block < scratch.maxima.size(); ++block) {
    if (scratch.maxima[block] < threshold) continue;
    const std::size_t end = std::min(size, (block + 1) * softmax_block);
    for (std::size_t i = block * softmax_block; i < end; ++i)
      if (logits[i] >= threshold) out.push_back({logits[i], scratch.weights[i], static_cast<std::int32_t>(i)});
  }
}

// A logit that at least `k` tokens reach: the k-th largest block maximum.
float top_k_threshold(Scratch& scratch, std::size_t k) {
  if (k > scratch.maxima.size()) return -std::numeric_limits<float>::infinity();
  scratch.order = scratch.maxima;
  const auto kth = scratch.order.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(scratch.order.begin(), kth, scratch.order.end(), std::greater<>());
  return *kth;
}

// Draws among all tokens: walks the blocks' sums, then one block.
std::size_t draw_from_all(const Scratch& scratch, std::size_t size, double target) {
  std::size_t block = 0;
  for (std::size_t next = 0; next < scratch.sums.size(); ++next) {
    if (scratch.sums[next] <= 0) continue;
    block = next;
    if (target < scratch.sums[next]) break;
    target -= scratch.sums[next];
  }
  const std::size_t begin = block * softmax_block, end = std::min(size, begin + softmax_block);
  std::size_t chosen = begin;
  for (std::size_t i = begin; i < end; ++i) {
    if (scratch.weights[i] <= 0) continue;
    chosen = i;
    if (target < scratch.weights[i]) break;
    target -= scratch.weights[i];
  }
  return chosen;
}

// Draws among the tokens that top-k and top-p leave. top-p counts the weight that top-k left, as everywhere in the field.
std::size_t draw_from_best(const float* logits, std::size_t size, const SamplingParams& params, double total, double uniform,
                           Scratch& scratch) {
  const bool some = params.top_k > 0 && static_cast<std::size_t>(params.top_k) < size;
  float threshold = -std::numeric_limits<float>::infinity();
  if (some) {
    threshold = top_k_threshold(scratch, static_cast<std::size_t>(params.top_k));
  } else {
    // Tokens under this weight have together at most 1 - top_p of the total: the nucleus lies above.
    const double least = (1 - params.top_p) * total / static_cast<double>(size);
    const float max = *std::max_element(scratch.maxima.begin(), scratch.maxima.end());
    // A little lower, for the rounding of the weights and of their sum.
    if (least > 0) threshold = static_cast<float>(max + params.temperature * (std::log(least) - 1e-3));
  }
  gather(logits, size, threshold, scratch, scratch.candidates);

  std::vector<Candidate>& selected = scratch.selected;
  selected = scratch.candidates;
  if (some && selected.size() > static_cast<std::size_t>(params.top_k)) {
    std::nth_element(selected.begin(), selected.begin() + (params.top_k - 1), selected.end());
    selected.resize(static_cast<std::size_t>(params.top_k));
  }
  if (params.top_p < 1) {
    const double kept = some ? mass(selected.begin(), selected.end()) : total;
    selected.resize(nucleus_size(selected, params.top_p * kept));
  }
  const Candidate last = *std::max_element(selected.begin(), selected.end());  // the least likely one that is kept
  double target = uniform * mass(selected.begin(), selected.end());
  // In order of ids, so that the choice does not hang on how a library partitions.
  std::size_t chosen = static_cast<std::size_t>(last.index);
  for (const Candidate& candidate : scratch.candidates) {
    if (last < candidate || candidate.weight <= 0) continue;
    chosen = static_cast<std::size_t>(candidate.index);
    if (target < candidate.weight) break;
    target -= candidate.weight;
  }
  return chosen;
}

}  // namespace

void SamplingParams::validate() const {
  if (!std::isfinite(temperature) || temperature < 0) fail_usage("temperature must be 0 (most likely token) or more, got {}", temperature);
  if (!(top_p > 0 && top_p <= 1)) fail_usage("top-p must be above 0 and at most 1, got {}", top_p);
  if (top_k < 0) fail_usage("top-k must be 0 (all tokens) or more, got {}", top_k);
  if (max_new_tokens < 1) fail_usage("the number of new tokens must be at least 1, got {}", max_new_tokens);
  for (const std::string& stop : stop_strings)
    if (stop.empty()) fail_usage("a stop string is empty; every text would end at once");
}

SampledToken sample(const float* logits, std::int64_t vocab, const SamplingParams& params, Rng& rng) {
  require(vocab > 0, "sampling from an empty row of logits");
  thread_local Scratch scratch;
  const auto size = static_cast<std::size_t>(vocab);
  scratch.maxima.resize(softmax_blocks(size));
  scratch.sums.resize(softmax_blocks(size));
  scratch.weights.resize(size);
  const bool numbers = block_maxima(logits, size, scratch.maxima.data());
  const float max = *std::max_element(scratch.maxima.begin(), scratch.maxima.end());
  require(numbers && std::isfinite(max), "the model's logits are not finite; its weights are damaged or training diverged");

  const bool greedy = params.temperature < smallest_temperature;
  const double inverse_temperature = greedy ? 1.0 : 1.0 / params.temperature;
  exponentials(logits, size, max, static_cast<float>(inverse_temperature), scratch.weights.data(), scratch.sums.data());
  double total = 0;
  for (const float sum : scratch.sums) total += sum;

  const double uniform = rng.uniform();
  std::size_t chosen = 0;
  if (greedy) {
    const auto block = static_cast<std::size_t>(std::find(scratch.maxima.begin(), scratch.maxima.end(), max) - scratch.maxima.begin());
    chosen = static_cast<std::size_t>(std::find(logits + block * softmax_block, logits + size, max) - logits);
  } else if (params.top_p >= 1 && (params.top_k == 0 || params.top_k >= vocab)) {
    chosen = draw_from_all(scratch, size, uniform * total);
  } else {
    chosen = draw_from_best(logits, size, params, total, uniform, scratch);
  }
  const double scaled = (static_cast<double>(logits[chosen]) - max) * inverse_temperature;
  return {static_cast<std::int64_t>(chosen), static_cast<float>(scaled - std::log(total))};
}

}  // namespace fathom::engine
