#include "fathom/retrieval/reconstruction.h"

#include <algorithm>

#include "fathom/ops/cross_entropy.h"
#include "fathom/ops/linear.h"
#include "fathom/retrieval/encoder_vocabulary.h"

namespace fathom::retrieval {
namespace {

at::Tensor column(const at::Tensor& ids, std::int64_t id) { return at::full({ids.size(0), 1}, id, ids.options()); }
at::Tensor with_end(const at::Tensor& ids) { return at::cat({ids, column(ids, end_id)}, 1); }

}  // namespace

at::Tensor reconstruction_loss(const MeanMaxEncoder& encoder, const MeanMaxDecoder& decoder, const at::Tensor& ids, at::ScalarType dtype,
                               double dropout, double label_smoothing) {
  const at::Tensor ended = with_end(ids), started = at::cat({column(ids, start_id), ids}, 1);
  const at::Tensor context = encoder.forward(ended, dtype, dropout);
  const at::Tensor hidden = decoder.forward(encoder.embed(started, dtype), context, dropout).flatten(0, 1);
  const at::Tensor targets = ended.flatten();
  const at::Tensor shares = at::full({targets.size(0)}, 1.0 / static_cast<double>(targets.size(0)),
                                     hidden.options().dtype(hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat));
  return ops::linear_cross_entropy_sum(hidden, decoder.output_weight(), targets, shares, {decoder.output_bias(), label_smoothing});
}

std::vector<std::vector<std::int64_t>> reconstruct(const MeanMaxEncoder& encoder, const MeanMaxDecoder& decoder, const at::Tensor& ids,
                                                   at::ScalarType dtype, std::int64_t most) {
  const at::NoGradGuard no_grad;
  const at::Tensor context = encoder.forward(with_end(ids), dtype);
  at::Tensor written = column(ids, start_id);
  // Sentences are short: the prefix is run again for each word rather than kept in a cache.
  for (std::int64_t step = 0; step <= std::min(most, encoder.config().max_length); ++step) {
    const at::Tensor hidden = decoder.forward(encoder.embed(written, dtype), context).select(1, step);
    const at::Tensor next = ops::linear(hidden.contiguous(), decoder.output_weight(), decoder.output_bias()).argmax(1, /*keepdim=*/true);
    written = at::cat({written, next}, 1);
  }
  const at::Tensor host = written.cpu();
  std::vector<std::vector<std::int64_t>> sentences;
  for (std::int64_t row = 0; row < host.size(0); ++row) {
    const auto* begin = host.data_ptr<std::int64_t>() + row * host.size(1) + 1;
    sentences.emplace_back(begin, std::find(begin, begin + host.size(1) - 1, end_id));
  }
  return sentences;
}

at::Tensor contrastive_loss(const MeanMaxEncoder& encoder, const at::Tensor& ids, at::ScalarType dtype, double dropout,
                            double temperature) {
  const at::Tensor ended = with_end(ids);
  // Both halves of a sentence vector have length one: half the product is the cosine.
  const at::Tensor first = encoder.sentence_vectors(ended, dtype, dropout), second = encoder.sentence_vectors(ended, dtype, dropout);
  const at::Tensor scores = at::matmul(first, second.t()) * (0.5 / temperature);
  return at::log_softmax(scores, 1).diagonal().mean().neg();
}

}  // namespace fathom::retrieval
