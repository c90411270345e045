// Writing a model directory, and reading it back.
#include <cstring>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/model/causal_lm.h"
#include "fathom/model/causal_lm_state.h"
#include "fathom/model/weight_files.h"

namespace fathom::model {
namespace {

const char* config_dtype(at::ScalarType dtype) {
  if (dtype == at::kFloat) return "float32";
  if (dtype == at::kBFloat16) return "bfloat16";
  if (dtype == at::kHalf) return "float16";
  fail("models are saved as float32, bfloat16 or float16, not as {}", at::toString(dtype));
}

using Shard = std::vector<TensorToWrite>;

std::vector<Shard> split(const std::vector<nn::CheckpointTensor>& tensors, const SaveOptions& options) {
  std::vector<Shard> shards(1);
  std::int64_t bytes = 0;
  for (const nn::CheckpointTensor& tensor : tensors) {
    const at::ScalarType dtype = tensor.fp32 ? at::kFloat : options.dtype;
    const std::int64_t size = tensor.view.numel() * static_cast<std::int64_t>(c10::elementSize(dtype));
    if (bytes + size > options.max_shard_bytes && !shards.back().empty()) {
      shards.emplace_back();
      bytes = 0;
    }
    shards.back().push_back({tensor.name, tensor.view, dtype});
    bytes += size;
  }
  return shards;
}

// Bytes are compared, so that a NaN is equal to itself.
void read_back(const std::filesystem::path& path, const Shard& shard) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  require(file.names().size() == shard.size(), "{}: {} tensors were written, {} were read back", path.string(), shard.size(),
          file.names().size());
  for (const TensorToWrite& entry : shard) {
    const at::Tensor read = file.tensor(entry.name), written = entry.tensor.to(at::kCPU, entry.dtype).contiguous();
    require(read.scalar_type() == written.scalar_type() && read.sizes() == written.sizes() &&
                std::memcmp(read.data_ptr(), written.data_ptr(), written.nbytes()) == 0,
            "{}: tensor '{}' was not written as it is in memory; the disk or file system is not to be trusted", path.string(), entry.name);
  }
}

}  // namespace

void CausalLM::save(const std::filesystem::path& directory, const SaveOptions& options) const {
  const at::NoGradGuard no_grad;
  require(std::filesystem::is_directory(directory), "cannot save the model: {} is not a directory", directory.string());
  require(options.max_shard_bytes > 0, "cannot save the model: max_shard_bytes is {}, but must be above 0", options.max_shard_bytes);
  OrderedJson config = state_->config.to_json();
  config["dtype"] = config_dtype(options.dtype);

  std::vector<nn::CheckpointTensor> tensors;
  collect_checkpoint("", tensors);
  const std::vector<Shard> shards = split(tensors, options);
  OrderedJson weight_map = OrderedJson::object();
  std::int64_t total_bytes = 0;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string name =
        shards.size() == 1 ? std::string(single_file_name) : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    write_tensors(directory / name, shards[i]);
    read_back(directory / name, shards[i]);
    for (const TensorToWrite& entry : shards[i]) {
      weight_map[entry.name] = name;
      total_bytes += entry.tensor.numel() * static_cast<std::int64_t>(c10::elementSize(entry.dtype));
    }
  }
  if (shards.size() > 1) {
    const OrderedJson index = {{"metadata", {{"total_size", total_bytes}}}, {"weight_map", weight_map}};
    write_file_atomically(directory / index_file_name, index.dump(2) + "\n");
  }
  const OrderedJson generation = state_->config.generation_json();
  if (!generation.is_null()) write_file_atomically(directory / "generation_config.json", generation.dump(2) + "\n");
  // Last: a directory with config.json is complete.
  write_file_atomically(directory / "config.json", config.dump(2) + "\n");
}

}  // namespace fathom::model
