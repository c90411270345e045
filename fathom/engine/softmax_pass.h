// The two passes over a row of logits that sampling needs, vectorised for the machine at run time.
#pragma once

#include <cstddef>

namespace fathom::engine {

// Blocks of a row: the last one may be shorter.
constexpr std::size_t softmax_block = 128;
constexpr std::size_t softmax_blocks(std::size_t size) { return (size + softmax_block - 1) / softmax_block; }

// The largest logit of each block → maxima [softmax_blocks(size)]. False when a logit is NaN.
bool block_maxima(const float* logits, std::size_t size, float* maxima);

// weights[i] = exp((logits[i] - max) · inverse_temperature), and their sum in each block → sums [softmax_blocks(size)].
void exponentials(const float* logits, std::size_t size, float max, float inverse_temperature, float* weights, float* sums);

}  // namespace fathom::engine
