// One matrix of floats as a safetensors file, without libtorch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fathom::vectors {

struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<float> values;  // [rows, columns]
};

// Writes atomically: tensor `name` F32 [rows, columns].
void write_matrix(const std::filesystem::path& path, const std::string& name, std::int64_t rows, std::int64_t columns, const float* values);

// Throws Error with the path: no safetensors file, truncated, without that tensor, or the tensor is no F32 matrix.
Matrix read_matrix(const std::filesystem::path& path, const std::string& name);

}  // namespace fathom::vectors
