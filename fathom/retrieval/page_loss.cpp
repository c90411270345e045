#include "fathom/retrieval/page_loss.h"

#include <limits>

namespace fathom::retrieval {
namespace {

constexpr float never = -std::numeric_limits<float>::infinity();

// values [queries, classes] logits.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& weights) {
  const at::Tensor losses = at::logsumexp(logits, 1) - logits.gather(1, targets.unsqueeze(1)).squeeze(1);
  return (losses * weights).sum() / weights.sum().clamp_min(1e-12);
}

at::Tensor page_scores(const at::Tensor& queries, const PageVectors& vectors, double temperature) {
  const std::int64_t pages = vectors.values.size(0), most = vectors.values.size(1);
  const at::Tensor scores = at::matmul(queries, vectors.values.view({pages * most, -1}).t()).view({-1, pages, most});
  if (most == 1) return scores.squeeze(2);
  const at::Tensor masked = scores.masked_fill(vectors.present.logical_not().unsqueeze(0), never);
  if (temperature <= 0) return masked.amax(2);
  return (at::softmax(masked / temperature, 2) * scores).sum(2);
}

}  // namespace

PageLosses page_losses(const PageModel& model, const PageBatch& batch, const EncodedPages& encoded, const PageVectors& vectors,
                       const at::Tensor& targets, const at::Tensor& sentences, const at::Tensor& weights, double interaction_temperature) {
  PageLosses losses;
  const at::Tensor scale = model.scale().squeeze();
  losses.pages =
      cross_entropy(page_scores(model.query_vectors(encoded.queries), vectors, interaction_temperature) * scale, targets, weights);
  losses.sentences = cross_entropy(at::matmul(encoded.queries, encoded.base.t()) * scale, sentences, weights);
  const at::Tensor own = batch.page_of.unsqueeze(0).eq(targets.unsqueeze(1));  // [queries, sentences]
  losses.clicks = cross_entropy(encoded.clicks.unsqueeze(0).expand_as(own).masked_fill(own.logical_not(), never), sentences, weights);
  return losses;
}

}  // namespace fathom::retrieval
