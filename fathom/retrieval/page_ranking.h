// All pages of a collection as vectors, and the pages nearest to queries: for validation and for mining hard negatives.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/retrieval/page_model.h"

namespace fathom::retrieval {

struct EncodedCollection {
  at::Tensor vectors;                 // [vectors, width] on the device
  std::vector<std::int32_t> page_of;  // [vectors]
};

EncodedCollection encode_collection(const PageModel& model, const PageTrainingText& text, std::int64_t most_vectors, at::Device device);

// For each click its query's nearest pages, best first: those of the `most_vectors` nearest vectors.
std::vector<std::vector<std::int32_t>> nearest_pages(const PageModel& model, const PageTrainingText& text,
                                                     const EncodedCollection& collection, const std::vector<PageClick>& clicks,
                                                     std::int64_t most_vectors, at::Device device);

// Mean of 1/rank of the clicked pages, as far as they are among the pages listed.
double mean_reciprocal_rank(const std::vector<std::vector<std::int32_t>>& ranked, const std::vector<PageClick>& clicks);

// For each page the pages that stand highest for the queries that were meant for it, the most frequent confusions first.
std::vector<std::vector<std::int32_t>> confused_pages(const std::vector<std::vector<std::int32_t>>& ranked,
                                                      const std::vector<PageClick>& clicks, std::int64_t pages, std::int64_t most);

}  // namespace fathom::retrieval
