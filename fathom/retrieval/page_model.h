// The page encoder (pages/click_page_encoder.h states its formulas) in tensors, for training; differentiable.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fathom/nn/module.h"
#include "fathom/pages/encoder_config.h"
#include "fathom/retrieval/page_batch.h"

namespace fathom::retrieval {

struct EncodedPages {
  at::Tensor queries;  // [queries, width] of length 1
  at::Tensor base;     // b [sentences, width] of length 1
  at::Tensor context;  // n [sentences, width]
  at::Tensor clicks;   // [sentences] click logits
};

// Vectors of the pages of a batch.
struct PageVectors {
  at::Tensor values;                                 // [pages, most, vector width]; rows without a vector are zero
  at::Tensor present;                                // [pages, most] bool
  std::vector<std::int64_t> counts;                  // [pages]
  std::vector<std::vector<std::int64_t>> sentences;  // of each page: which of its sentences (PageText::sentences) each vector stands for
};

class PageModel {
 public:
  // Random layers that begin as the identity: vectors are at first the weighted means of words. `rows` and `word_weights` as
  // PageTrainingText has them.
  PageModel(const pages::EncoderConfig& config, const at::Tensor& rows, const at::Tensor& word_weights, std::uint64_t seed,
            at::Device device);

  const pages::EncoderConfig& config() const { return config_; }
  // [rows, width]; not among the parameters: only the rows of a step are updated.
  const at::Tensor& table() const { return table_; }
  // All but the table, those that are no part of the encoder (the loss's temperature) included.
  std::vector<nn::Parameter> parameters() const;

  // `rows`: those of the table that batch.rows names [U, width], so that a gradient can be taken of them alone.
  EncodedPages encode(const PageBatch& batch, const at::Tensor& rows) const;
  PageVectors page_vectors(const PageBatch& batch, const EncodedPages& encoded, std::int64_t most) const;
  at::Tensor query_vectors(const at::Tensor& queries) const;  // [queries, width] → [queries, vector width] of length 1

  at::Tensor scale() const;  // 1/temperature of the loss
  void set_temperature(double temperature);

  // model.safetensors of the encoder's directory.
  void save(const std::filesystem::path& file) const;
  // A copy of all values on the CPU, and back: the best epoch's.
  std::map<std::string, at::Tensor> snapshot() const;
  void restore(const std::map<std::string, at::Tensor>& values);

 private:
  const at::Tensor& parameter(const std::string& name) const { return parameters_.at(name); }
  at::Tensor linear(const std::string& name, const at::Tensor& x) const;
  at::Tensor norm(const std::string& name, const at::Tensor& x) const;
  at::Tensor feed_forward(const std::string& prefix, const at::Tensor& x) const;
  at::Tensor transform(const PageBatch& batch, const at::Tensor& titles, const at::Tensor& sentences) const;
  at::Tensor attend(const at::Tensor& qkv, const at::Tensor& absent) const;
  PageVectors several(const PageBatch& batch, const EncodedPages& encoded, std::int64_t most) const;
  PageVectors pooled(const PageBatch& batch, const EncodedPages& encoded) const;
  at::Tensor padded(const PageBatch& batch, const at::Tensor& sentences) const;  // [sentences, n] → [pages, longest, n]

  pages::EncoderConfig config_;
  at::Tensor table_;
  std::map<std::string, at::Tensor> parameters_;
};

}  // namespace fathom::retrieval
