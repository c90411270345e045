// Reading and writing the directory of a sentence encoder.
#include <fmt/ranges.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/model/safetensors.h"
#include "fathom/retrieval/sentence_encoder.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr const char *config_name = "config.json", *weights_name = "model.safetensors", *record_name = "training.json";

}  // namespace

void load_tensors(const fs::path& path, const nn::Module& module) {
  const at::NoGradGuard no_grad;
  const model::SafetensorsFile file = model::SafetensorsFile::open(path);
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
  for (nn::CheckpointTensor& tensor : tensors) tensor.view.copy_(file.tensor(tensor.name));
}

void save_tensors(const fs::path& file, const nn::Module& module, at::ScalarType dtype) {
  std::vector<nn::CheckpointTensor> tensors;
  module.collect_checkpoint("", tensors);
  std::vector<model::TensorToWrite> entries;
  for (const nn::CheckpointTensor& tensor : tensors) entries.push_back({tensor.name, tensor.view, dtype});
  model::write_tensors(file, entries);
}

void save_encoder_files(const fs::path& directory, const MeanMaxEncoder& model, const EncoderVocabulary& vocabulary,
                        const OrderedJson& record, at::ScalarType dtype) {
  write_file_atomically(directory / config_name, model.config().to_json().dump(2) + "\n");
  save_tensors(directory / weights_name, model, dtype);
  vocabulary.save(directory);
  write_file_atomically(directory / record_name, record.dump(2) + "\n");
}

void save_encoder_directory(const fs::path& directory, const MeanMaxEncoder& model, const EncoderVocabulary& vocabulary,
                            const OrderedJson& record, at::ScalarType dtype) {
  AtomicDirectory staging(directory);
  save_encoder_files(staging.path(), model, vocabulary, record, dtype);
  staging.commit();
}

std::unique_ptr<MeanMaxSentenceEncoder> MeanMaxSentenceEncoder::load(const fs::path& directory, const EncoderOptions& options) {
  const fs::path config_file = directory / config_name;
  const EncoderConfig config = EncoderConfig::from_json(read_json(config_file), config_file.string());
  EncoderVocabulary vocabulary = EncoderVocabulary::load(directory);
  require(vocabulary.size() == config.vocab_size, "{}: the vocabulary has {} entries with <s> and </s>, but config.json states {}",
          directory.string(), vocabulary.size(), config.vocab_size);
  MeanMaxEncoder model(config, at::TensorOptions().dtype(at::kFloat).device(options.device));
  load_tensors(directory / weights_name, model);
  const fs::path record_file = directory / record_name;
  return std::make_unique<MeanMaxSentenceEncoder>(std::move(model), std::move(vocabulary),
                                                  fs::exists(record_file) ? read_json(record_file) : Json::object(), options);
}

}  // namespace fathom::retrieval
