// The safetensors format: 8-byte little-endian header length, JSON header, data. Files are memory-mapped; nothing of a
// header is believed before it is checked (length, offsets, overlaps, shapes, dtypes).
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fathom::model {

class SafetensorsFile {
 public:
  // Throws Error with the path and what is wrong with the header.
  static SafetensorsFile open(const std::filesystem::path& path);
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;
  ~SafetensorsFile();

  std::vector<std::string> names() const;
  bool contains(const std::string& name) const;
  // A CPU tensor that reads the mapped file (copy it before the file goes). Types unknown to this libtorch (F8_E4M3 in
  // older ones) come as uint8; dtype_name() tells. Throws Error when absent.
  at::Tensor tensor(const std::string& name) const;
  std::string dtype_name(const std::string& name) const;  // "F32", "BF16", "F16", "F8_E4M3", "I64", ...
  std::vector<std::int64_t> shape(const std::string& name) const;
  const std::map<std::string, std::string>& metadata() const;

 private:
  struct State;
  explicit SafetensorsFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One tensor of a file to be written, converted to `dtype` while it is written.
struct TensorToWrite {
  std::string name;
  at::Tensor tensor;
  at::ScalarType dtype = at::kFloat;
};

// Writes atomically, one tensor at a time, wide types first. Throws Error (a full disk, an unknown dtype, a name given twice).
void write_tensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                   const std::map<std::string, std::string>& metadata = {{"format", "pt"}});
// The same for tensors as they are. Tensors are taken to the CPU and made contiguous. Throws Error (a full disk, an unknown dtype).
void write_safetensors(const std::filesystem::path& path, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

// fp32 values of float8 e4m3 bytes (uint8) [rows, cols] with one scale a 128×128 block: scale [ceil(rows/128), ceil(cols/128)] fp32
// (DeepSeek-V3 weight_scale_inv). → [rows, cols] fp32.
at::Tensor dequantize_block_fp8(const at::Tensor& bytes, const at::Tensor& scale_inv, std::int64_t block = 128);

}  // namespace fathom::model
