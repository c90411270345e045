// The safetensors files of a model directory: one file, or shards with an index. Private to the room.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fathom/model/safetensors.h"

namespace fathom::model {

inline constexpr const char* single_file_name = "model.safetensors";
inline constexpr const char* index_file_name = "model.safetensors.index.json";

class WeightFiles {
 public:
  // Opens all files. Throws Error when there are none, a shard is missing, or the index names a tensor that is not in its shard.
  explicit WeightFiles(const std::filesystem::path& directory);

  bool contains(const std::string& name) const { return places_.contains(name); }
  std::vector<std::string> names() const;
  std::vector<std::int64_t> shape(const std::string& name) const;
  // The tensor as fp32, bf16 or fp16 (see SafetensorsFile::tensor); fp8 is multiplied out with its scales `name`_scale_inv.
  at::Tensor read(const std::string& name, std::int64_t fp8_block) const;
  // The file that holds a tensor, for messages.
  std::string file_of(const std::string& name) const;
  const std::string& directory() const { return directory_; }

 private:
  const SafetensorsFile& file(const std::string& name) const;

  std::string directory_;
  std::vector<std::string> paths_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, std::size_t> places_;  // tensor → file
};

}  // namespace fathom::model
