// What every face of the operations on the output projection requires of its arguments.
#pragma once

#include <ATen/ATen.h>

namespace fathom::ops {

// hidden [tokens, width], weight [vocab, width], targets [tokens] int64 in [0, vocab), or ignore_index where `may_ignore`.
// Throws Error naming the operation and what it got.
void check_projection(const char* operation, const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                      bool may_ignore);

}  // namespace fathom::ops
