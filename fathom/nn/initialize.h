// First values of a module's parameters.
#pragma once

#include <cstdint>

#include "fathom/nn/module.h"

namespace fathom::nn {

// Matrices uniform in ±√(6 / (rows + columns)) (Glorot and Bengio 2010), vectors zero but for the gains of norms ("…norm.weight"), which
// stay as they are. Drawn on the host, so that a seed gives the same model on every device.
void initialize_glorot(const Module& module, std::uint64_t seed);

}  // namespace fathom::nn
