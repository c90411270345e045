// How well the decoder rebuilds sentences from their two vectors: the monitor of the autoencoder's training.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/retrieval/mean_max_model.h"

namespace fathom::retrieval {

// Mean cross-entropy a target (the words and the end), nats: scalar, differentiable. ids [batch, length ≥ 1] int64 without start and end.
at::Tensor reconstruction_loss(const MeanMaxEncoder& encoder, const MeanMaxDecoder& decoder, const at::Tensor& ids, at::ScalarType dtype,
                               double dropout, double label_smoothing);

// The most likely word at each step, without teacher: [batch] lists of ids up to the end, at most `most` words.
std::vector<std::vector<std::int64_t>> reconstruct(const MeanMaxEncoder& encoder, const MeanMaxDecoder& decoder, const at::Tensor& ids,
                                                   at::ScalarType dtype, std::int64_t most);

// SimCSE (arXiv 2104.08821, eq. 1, §3): each sentence is encoded twice under different dropout; the mean over the batch of
// -log softmax(cosine / temperature) at its own second encoding. ids as above, two sentences or more; scalar, differentiable.
at::Tensor contrastive_loss(const MeanMaxEncoder& encoder, const at::Tensor& ids, at::ScalarType dtype, double dropout, double temperature);

}  // namespace fathom::retrieval
