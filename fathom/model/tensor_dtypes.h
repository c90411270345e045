// The element types of safetensors files. Private to the room.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fathom::model {

struct TensorDtype {
  std::string_view name;                    // in the header: "F32", "BF16", ...
  at::ScalarType scalar_type = at::kFloat;  // float8 is read as bytes: older libtorch has no such type
  std::uint64_t bytes = 4;
};

// nullopt for a type that fathom does not know.
std::optional<TensorDtype> find_dtype(std::string_view name);
// The type a tensor is written as; nullopt when safetensors (or fathom) has none for it.
std::optional<TensorDtype> find_dtype(at::ScalarType type);
// "F64, F32, ...", for messages.
std::string known_dtypes();

}  // namespace fathom::model
