// Queries and pages of one step as index tensors.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/pages/encoder_config.h"
#include "fathom/retrieval/page_training_text.h"

namespace fathom::retrieval {

// int64 tensors on the device unless said otherwise. T texts: queries, then a title for each page, then all sentences page by page.
struct PageBatch {
  std::int64_t queries = 0, pages = 0, sentences = 0;
  // Words: each entry adds coefficient · exp(word weight) · row to its text.
  at::Tensor rows;          // [U] the rows of the table that are needed, none twice
  at::Tensor entries;       // [E] into rows
  at::Tensor weights;       // [E] columns of word_weights
  at::Tensor coefficients;  // [E] fp32: 1, or 1/√n for the rows of n n-grams
  at::Tensor offsets;       // [T] where each text's entries begin
  // Pages.
  at::Tensor page_of;                // [sentences]
  at::Tensor positions;              // [sentences] position buckets
  std::vector<std::int64_t> begins;  // [pages + 1] on the host: where each page's sentences begin
  at::Tensor page_slots;             // [pages, longest] sentences of a page; `sentences` where there is none
  // The transformer's rows: title, mean, sentences. Slots index [titles, means, sentences, one row of zeros].
  at::Tensor chunk_slots;     // [chunks, length]
  at::Tensor chunk_roles;     // [chunks, length]
  at::Tensor sentence_slots;  // [sentences] flat places in [chunks, length]
};

struct BatchOptions {
  double word_dropout = 0;  // words left out, and as many read by their n-grams; needs rng
  Rng* rng = nullptr;
};

// `queries`: texts. `page_numbers`: none twice, each with sentences.
PageBatch make_page_batch(const PageTrainingText& text, const pages::EncoderConfig& config, const std::vector<std::int64_t>& queries,
                          const std::vector<std::int32_t>& page_numbers, at::Device device, const BatchOptions& options = {});

}  // namespace fathom::retrieval
