#include "fathom/model/module_file.h"

#include <fmt/ranges.h>

#include <vector>

#include "fathom/base/error.h"
#include "fathom/model/safetensors.h"

namespace fathom::model {

void load_module(const std::filesystem::path& path, const nn::Module& module) {
  const at::NoGradGuard no_grad;
  const SafetensorsFile file = SafetensorsFile::open(path);
  std::vector<nn::CheckpointTensor> tensors;
  module.collect_checkpoint("", tensors);
  for (const nn::CheckpointTensor& tensor : tensors) {
    require(file.contains(tensor.name), "{}: the tensor {} is missing; the file does not belong to this config.json", path.string(),
            tensor.name);
    const std::vector<std::int64_t> shape = file.shape(tensor.name);
    require(tensor.view.sizes() == at::IntArrayRef(shape), "{}: tensor {} is [{}], but [{}] follows from config.json and vocabulary",
            path.string(), tensor.name, fmt::join(shape, ", "), fmt::join(tensor.view.sizes(), ", "));
    const std::string dtype = file.dtype_name(tensor.name);
    require(dtype == "F32" || dtype == "F16" || dtype == "BF16", "{}: tensor {} is {}; F32, F16 or BF16 is expected", path.string(),
            tensor.name, dtype);
  }
  for (const nn::CheckpointTensor& tensor : tensors)
    require(at::isfinite(file.tensor(tensor.name)).all().item<bool>(), "{}: tensor {} has a value that is not finite; the file is damaged",
            path.string(), tensor.name);
  for (nn::CheckpointTensor& tensor : tensors) tensor.view.copy_(file.tensor(tensor.name));
}

void save_module(const std::filesystem::path& path, const nn::Module& module, at::ScalarType dtype) {
  std::vector<nn::CheckpointTensor> tensors;
  module.collect_checkpoint("", tensors);
  std::vector<TensorToWrite> entries;
  for (const nn::CheckpointTensor& tensor : tensors) entries.push_back({tensor.name, tensor.view, dtype});
  write_tensors(path, entries);
}

}  // namespace fathom::model
