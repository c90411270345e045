#include "fathom/model/weight_files.h"

#include <fmt/ranges.h>

#include "fathom/base/error.h"
#include "fathom/base/json.h"

namespace fathom::model {
namespace fs = std::filesystem;

WeightFiles::WeightFiles(const fs::path& directory) : directory_(directory.string()) {
  const fs::path single = directory / single_file_name, index_path = directory / index_file_name;
  const auto open = [&](const fs::path& path) {
    files_.push_back(SafetensorsFile::open(path));
    paths_.push_back(path.string());
    return files_.size() - 1;
  };
  if (fs::exists(single)) {
    const std::size_t file = open(single);
    for (const std::string& name : files_[file].names()) places_[name] = file;
    return;
  }
  require(fs::exists(index_path), "{} holds neither {} nor {}; fathom reads weights in safetensors files only", directory_,
          single_file_name, index_file_name);

  const std::string origin = index_path.string();
  const Json index = read_json(index_path);
  require(index.is_object() && index.contains("weight_map") && index["weight_map"].is_object(), "{}: an object 'weight_map' is needed",
          origin);
  std::map<std::string, std::size_t> opened;
  for (const auto& [name, value] : index["weight_map"].items()) {
    require(value.is_string(), "{}: the file of tensor '{}' is not a string", origin, name);
    const auto shard = value.get<std::string>();
    // A shard lies in the directory itself; anything else would read files that do not belong to the model.
    require(!shard.empty() && fs::path(shard).filename() == fs::path(shard), "{}: '{}' is no file name (tensor '{}')", origin, shard, name);
    require(fs::exists(directory / shard), "{}: the file {} of tensor '{}' is missing; the download or copy is incomplete", origin, shard,
            name);
    const auto found = opened.find(shard);
    const std::size_t file = found != opened.end() ? found->second : opened[shard] = open(directory / shard);
    require(files_[file].contains(name), "{}: tensor '{}' is not in {} as the index says", origin, name, paths_[file]);
    places_[name] = file;
  }
  for (std::size_t file = 0; file < files_.size(); ++file)
    for (const std::string& name : files_[file].names())
      require(places_.contains(name) && places_[name] == file, "{}: tensor '{}' of {} is not in the index", origin, name, paths_[file]);
}

std::vector<std::string> WeightFiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : places_) names.push_back(name);
  return names;
}

const SafetensorsFile& WeightFiles::file(const std::string& name) const {
  const auto found = places_.find(name);
  require(found != places_.end(), "{}: the tensor '{}' is missing", directory_, name);
  return files_[found->second];
}

std::string WeightFiles::file_of(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? directory_ : paths_[found->second];
}

std::vector<std::int64_t> WeightFiles::shape(const std::string& name) const { return file(name).shape(name); }

at::Tensor WeightFiles::read(const std::string& name, std::int64_t fp8_block) const {
  const std::string dtype = file(name).dtype_name(name);
  if (dtype == "F32" || dtype == "BF16" || dtype == "F16" || dtype == "F64") return file(name).tensor(name);
  require(dtype == "F8_E4M3", "{}: tensor '{}' has dtype {}; weights are F32, BF16, F16 or F8_E4M3 with scales", file_of(name), name,
          dtype);
  require(fp8_block > 0, "{}: tensor '{}' is float8, but config.json has no quantization_config with weight_block_size", file_of(name),
          name);

  const std::string scales = name + "_scale_inv";
  require(contains(scales), "{}: the float8 tensor '{}' has no scales '{}'", file_of(name), name, scales);
  const std::vector<std::int64_t> shape = file(name).shape(name);
  require(shape.size() == 2, "{}: the float8 tensor '{}' is no matrix", file_of(name), name);
  const std::vector<std::int64_t> expected = {(shape[0] + fp8_block - 1) / fp8_block, (shape[1] + fp8_block - 1) / fp8_block};
  const std::vector<std::int64_t> found = file(scales).shape(scales);
  require(found == expected && at::isFloatingType(file(scales).tensor(scales).scalar_type()),
          "{}: the scales '{}' have shape [{}] of {}, expected [{}] of F32", file_of(scales), scales, fmt::join(found, ", "),
          file(scales).dtype_name(scales), fmt::join(expected, ", "));
  return dequantize_block_fp8(file(name).tensor(name), file(scales).tensor(scales), fp8_block);
}

}  // namespace fathom::model
