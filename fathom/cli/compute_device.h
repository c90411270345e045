// --device and --threads put into effect.
#pragma once

#include <ATen/ATen.h>

#include "fathom/cli/common_options.h"

namespace fathom::cli {

// Sets the number of threads and returns the device. Throws UsageError when CUDA is asked for and not there.
at::Device set_up_compute(const ComputeOptions& options);

}  // namespace fathom::cli
