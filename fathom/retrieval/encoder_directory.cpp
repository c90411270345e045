// Reading and writing the directory of a sentence encoder.
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/model/module_file.h"
#include "fathom/retrieval/sentence_encoder.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr const char *config_name = "config.json", *weights_name = "model.safetensors", *record_name = "training.json";

}  // namespace

void save_encoder_files(const fs::path& directory, const MeanMaxEncoder& model, const EncoderVocabulary& vocabulary,
                        const OrderedJson& record, at::ScalarType dtype) {
  write_file_atomically(directory / config_name, model.config().to_json().dump(2) + "\n");
  model::save_module(directory / weights_name, model, dtype);
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
  model::load_module(directory / weights_name, model);
  const fs::path record_file = directory / record_name;
  return std::make_unique<MeanMaxSentenceEncoder>(std::move(model), std::move(vocabulary),
                                                  fs::exists(record_file) ? read_json(record_file) : Json::object(), options);
}

}  // namespace fathom::retrieval
