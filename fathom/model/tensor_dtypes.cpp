#include "fathom/model/tensor_dtypes.h"

namespace fathom::model {
namespace {

// The first entry of a scalar type is the one it is written as.
constexpr TensorDtype dtypes[] = {
    {"F64", at::kDouble, 8}, {"F32", at::kFloat, 4}, {"F16", at::kHalf, 2},     {"BF16", at::kBFloat16, 2},
    {"I64", at::kLong, 8},   {"I32", at::kInt, 4},   {"I16", at::kShort, 2},    {"I8", at::kChar, 1},
    {"U8", at::kByte, 1},    {"BOOL", at::kBool, 1}, {"F8_E4M3", at::kByte, 1}, {"F8_E5M2", at::kByte, 1},
};

}  // namespace

std::optional<TensorDtype> find_dtype(std::string_view name) {
  for (const TensorDtype& dtype : dtypes)
    if (dtype.name == name) return dtype;
  return std::nullopt;
}

std::optional<TensorDtype> find_dtype(at::ScalarType type) {
  for (const TensorDtype& dtype : dtypes)
    if (dtype.scalar_type == type) return dtype;
  return std::nullopt;
}

std::string known_dtypes() {
  std::string names;
  for (const TensorDtype& dtype : dtypes) {
    if (!names.empty()) names += ", ";
    names += dtype.name;
  }
  return names;
}

}  // namespace fathom::model
