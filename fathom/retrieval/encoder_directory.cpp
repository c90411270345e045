// Reading and writing the directory of a sentence encoder.
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/sha256.h"
#include "fathom/model/module_file.h"
#include "fathom/retrieval/sentence_encoder.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr const char *config_name = "config.json", *weights_name = "model.safetensors", *record_name = "training.json";
constexpr const char* digests_key = "sha256";  // in config.json: of the files that it belongs with

// Of the weights, and of the files that hold the vocabulary.
OrderedJson digests_of(const fs::path& directory) {
  OrderedJson digests = OrderedJson::object();
  for (const char* name : {weights_name, "vocabulary.txt", "tokenizer.json"})
    if (fs::exists(directory / name)) digests[name] = sha256_of_file(directory / name);
  return digests;
}

// Sizes alone would let damaged weights and a shuffled vocabulary pass. Encoders of earlier versions have no digests.
void check_digests(const Json& config, const fs::path& directory) {
  if (!config.contains(digests_key)) return;
  const std::string origin = (directory / config_name).string();
  const Json digests = json_get<Json>(config, digests_key, origin);
  for (const auto& [name, digest] : digests.items()) {
    const fs::path file = directory / name;
    require(digest.is_string() && sha256_of_file(file) == digest.get<std::string>(),
            "{}: the file is not the one that was saved with {}; restore it, or train the encoder again", file.string(), origin);
  }
}

}  // namespace

void save_encoder_files(const fs::path& directory, const MeanMaxEncoder& model, const EncoderVocabulary& vocabulary,
                        const OrderedJson& record, at::ScalarType dtype) {
  model::save_module(directory / weights_name, model, dtype);
  vocabulary.save(directory);
  OrderedJson config = model.config().to_json();
  config[digests_key] = digests_of(directory);
  write_file_atomically(directory / config_name, config.dump(2) + "\n");
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
  const Json stored = read_json(config_file);
  const EncoderConfig config = EncoderConfig::from_json(stored, config_file.string());
  EncoderVocabulary vocabulary = EncoderVocabulary::load(directory);
  require(vocabulary.size() == config.vocab_size, "{}: the vocabulary has {} entries with <s> and </s>, but config.json states {}",
          directory.string(), vocabulary.size(), config.vocab_size);
  MeanMaxEncoder model(config, at::TensorOptions().dtype(at::kFloat).device(options.device));
  model::load_module(directory / weights_name, model);
  check_digests(stored, directory);
  const fs::path record_file = directory / record_name;
  return std::make_unique<MeanMaxSentenceEncoder>(std::move(model), std::move(vocabulary),
                                                  fs::exists(record_file) ? read_json(record_file) : Json::object(), options);
}

}  // namespace fathom::retrieval
