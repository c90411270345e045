// The tensors of any module as one safetensors file.
#pragma once

#include <filesystem>

#include "fathom/nn/module.h"

namespace fathom::model {

// Throws Error when a tensor is missing or has another shape or a type that is no floating point number; nothing is read then.
void load_module(const std::filesystem::path& path, const nn::Module& module);
// Written atomically, in `dtype`. Throws Error.
void save_module(const std::filesystem::path& path, const nn::Module& module, at::ScalarType dtype = at::kFloat);

}  // namespace fathom::model
