// Sentences to vectors, whatever makes them: a trained encoder directory, or the untrained baselines that it has to beat.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/retrieval/encoder_vocabulary.h"
#include "fathom/retrieval/mean_max_model.h"

namespace fathom::retrieval {

struct Encoded {
  at::Tensor embeddings;           // [sentences, width] fp32, on the CPU
  std::int64_t without_words = 0;  // sentences of which no word is known: their rows are zero
  std::int64_t cut = 0;            // sentences longer than the encoder's limit: their first words count
};

class SentenceEncoder {
 public:
  virtual ~SentenceEncoder() = default;
  virtual std::int64_t width() const = 0;
  // One row a sentence. Rows do not depend on what else is encoded, but for rounding.
  Encoded encode(const std::vector<std::string>& sentences) const;

 protected:
  virtual const EncoderVocabulary& vocabulary() const = 0;
  virtual std::int64_t max_length() const = 0;  // known words of a sentence that are read
  // ids [batch, length ≥ 1] int64 on the CPU, without start and end → [batch, width] fp32 on any device.
  virtual at::Tensor encode_batch(const at::Tensor& ids) const = 0;
  virtual std::int64_t batch_tokens() const { return 4096; }  // how many tokens a batch should have
};

struct EncoderOptions {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;  // of activations; bf16 on CUDA
};

// A trained encoder. Its directory: config.json (encoder_config.h), model.safetensors (fp32 or fp16), vocabulary.txt or tokenizer.json, and
// training.json (how it was trained).
class MeanMaxSentenceEncoder final : public SentenceEncoder {
 public:
  // Throws Error when the directory is incomplete, of another version, or its parts do not fit each other.
  static std::unique_ptr<MeanMaxSentenceEncoder> load(const std::filesystem::path& directory, const EncoderOptions& options = {});
  MeanMaxSentenceEncoder(MeanMaxEncoder model, EncoderVocabulary vocabulary, Json record, const EncoderOptions& options);

  std::int64_t width() const override { return model_.config().sentence_width(); }
  const MeanMaxEncoder& model() const { return model_; }
  const EncoderVocabulary& vocabulary() const override { return vocabulary_; }
  const Json& record() const { return record_; }

 protected:
  std::int64_t max_length() const override { return model_.config().max_length; }
  at::Tensor encode_batch(const at::Tensor& ids) const override;
  std::int64_t batch_tokens() const override;

 private:
  MeanMaxEncoder model_;
  EncoderVocabulary vocabulary_;
  Json record_;
  EncoderOptions options_;
};

// Fills an existing directory. `dtype`: of the stored weights, fp32 or fp16.
void save_encoder_files(const std::filesystem::path& directory, const MeanMaxEncoder& model, const EncoderVocabulary& vocabulary,
                        const OrderedJson& record, at::ScalarType dtype = at::kFloat);
// The whole directory at once, or nothing.
void save_encoder_directory(const std::filesystem::path& directory, const MeanMaxEncoder& model, const EncoderVocabulary& vocabulary,
                            const OrderedJson& record, at::ScalarType dtype = at::kFloat);

}  // namespace fathom::retrieval
