// The differences between libtorch 1.13 (Debian 12) and current releases, in one place.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

// The release as one number, 2.11 → 211.
#define FATHOM_TORCH_VERSION (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR)
