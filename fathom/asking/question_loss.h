// What a question generator is trained on.
#pragma once

#include <ATen/ATen.h>

#include "fathom/asking/question_model.h"

namespace fathom::asking {

struct LossWeights {
  double type = 0.5;      // of the type's cross-entropy
  double language = 0.3;  // β of arXiv 1908.11813
  double coverage = 0.0;  // of attention that falls where it has fallen before (See et al. 2017 §2.3)
};

struct QuestionLoss {
  at::Tensor total;           // scalar, differentiable
  at::Tensor generation;      // scalar: mean -log p of the questions' words and ends
  at::Tensor type, language;  // scalars: of the second tasks; undefined where there are none
  at::Tensor types_right;     // scalar: types predicted right; undefined without question types
};

// Words that can neither be generated nor copied count as the unknown word.
QuestionLoss question_loss(const QuestionModel& model, const QuestionBatch& batch, double dropout, const LossWeights& weights);

}  // namespace fathom::asking
