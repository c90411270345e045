// Counter-based random numbers: a stream is a (seed, stream) pair, its state one counter. Results do not depend on
// thread count, and saving the counter saves the generator.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace fathom {

// Philox4x32-10: four random words that are a function of counter and key alone.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  std::uint64_t next_u64();
  // Uniform in [0, 1), 53 bits.
  double uniform();
  // Uniform integer in [0, bound), without modulo bias; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Standard normal.
  double normal();

  // Fisher-Yates permutation of 0 … size-1.
  std::vector<std::int64_t> permutation(std::int64_t size);

  // The whole state, for checkpoints.
  struct State {
    std::uint64_t seed, stream, counter;
  };
  State state() const { return {seed_, stream_, counter_}; }
  void restore(const State& state) {
    seed_ = state.seed;
    stream_ = state.stream;
    counter_ = state.counter;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
};

}  // namespace fathom
