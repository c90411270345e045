// fp32 attention of rows to memories of their own, on the calling thread: one query a row, one head.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// A memory: `length` entries with keys [length, width] and values [length, memory_width].
struct AttendedMemory {
  std::int64_t length, width, memory_width;
  const float *keys, *values;
};

// attention [length] = softmax(keys · query), context [memory_width] = attention · values.
void attend(const AttendedMemory& memory, const float* query, float* attention, float* context);

// The gradient of scores [length] from those of attention and context; adds to grad_query [width] what comes through the scores.
void attend_backward(const AttendedMemory& memory, const float* attention, const float* grad_attention, const float* grad_context,
                     float* grad_scores, float* grad_query);

}  // namespace fathom::ops::cpu
