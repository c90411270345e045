// The differences between libtorch 1.13 (Debian 12) and current releases, in one place.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <optional>

// The release as one number, 2.11 → 211.
#define FATHOM_TORCH_VERSION (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR)

namespace fathom::ops::compat {

#if FATHOM_TORCH_VERSION >= 205
using OptionalTensor = std::optional<at::Tensor>;
#else
using OptionalTensor = c10::optional<at::Tensor>;
#endif

}  // namespace fathom::ops::compat
