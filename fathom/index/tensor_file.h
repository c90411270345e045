// Tensors in a safetensors file, without libtorch: read where they lie (mapped into memory), written from front to back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/sha256.h"
#include "fathom/data/mapped_file.h"

namespace fathom::index {

class TensorFile {
 public:
  // Throws Error: no such file, no safetensors, truncated.
  explicit TensorFile(const std::filesystem::path& path);

  struct Tensor {
    std::vector<std::int64_t> shape;
    const char* data = nullptr;  // at a multiple of the value's size
  };
  // Throws Error when there is no such tensor, or it is of another type or number of dimensions, or lies outside the file.
  Tensor tensor(const char* name, const char* dtype, std::size_t dimensions) const;

  std::string_view bytes() const { return file_.bytes(); }
  const std::string& origin() const { return origin_; }

 private:
  std::string origin_;
  data::MappedFile file_;
  Json header_;
  std::string_view data_;
};

// Appears complete or not at all. Tensors are written in the order in which they were described.
class TensorFileWriter {
 public:
  struct Description {
    std::string name, dtype;  // "I64", "F32", "I32", "I8"
    std::vector<std::int64_t> shape;
  };
  TensorFileWriter(const std::filesystem::path& path, const std::vector<Description>& tensors);

  void write(const void* data, std::size_t size);
  template <typename Value>
  void write(const std::vector<Value>& values) {
    write(values.data(), values.size() * sizeof(Value));
  }

  struct Written {
    std::int64_t bytes = 0;
    std::string sha256;
  };
  // Throws Error when the tensors are not as long as described, or the disk is full.
  Written commit();

 private:
  std::string origin_;
  AtomicFile file_;
  Sha256 hash_;
  std::uint64_t expected_ = 0, size_ = 0;
};

}  // namespace fathom::index
