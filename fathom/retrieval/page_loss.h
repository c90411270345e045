// What the training of a page encoder minimises.
#pragma once

#include <ATen/ATen.h>

#include "fathom/retrieval/page_model.h"

namespace fathom::retrieval {

struct PageLosses {
  at::Tensor pages;  // scalars
  at::Tensor sentences;
  at::Tensor clicks;
};

// targets [queries] int64: the page of each query among the batch's. sentences [queries] int64: the clicked sentence among all of the
// batch's. weights [queries] fp32. Each loss is the mean over the queries by their weights of
//   pages: −log softmax over the batch's pages of score/temperature, where the score of a page is the soft maximum
//   (`interaction_temperature`; 0: the maximum) over its vectors of their inner product with the query's vector: the sentence-level
//   interaction of query and page; sentences: the same over the vectors b of all sentences of the batch; clicks: −log softmax of the
//   summariser's click logits over the sentences of the page.
PageLosses page_losses(const PageModel& model, const PageBatch& batch, const EncodedPages& encoded, const PageVectors& vectors,
                       const at::Tensor& targets, const at::Tensor& sentences, const at::Tensor& weights, double interaction_temperature);

}  // namespace fathom::retrieval
