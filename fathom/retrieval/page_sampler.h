// Which pages and clicks make up the steps of an epoch.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/retrieval/page_training_text.h"

namespace fathom::retrieval {

// Pages none twice; each click's page by its place among them.
struct PageStep {
  std::vector<std::int32_t> pages;
  std::vector<std::int64_t> clicks;   // indices into PageTrainingText::clicks
  std::vector<std::int64_t> targets;  // of each click
};

struct SamplerOptions {
  std::int64_t batch_pages = 64, page_queries = 4, hard_group = 4;
};

class PageSampler {
 public:
  PageSampler(const PageTrainingText& text, const SamplerOptions& options);
  // Pages that the model confuses with each page, nearest first; empty: none known. They become each other's negatives in a step.
  void set_neighbours(std::vector<std::vector<std::int32_t>> neighbours) { neighbours_ = std::move(neighbours); }
  std::int64_t steps_per_epoch() const;  // the same for every epoch
  // Every click once, in an order that `rng` decides.
  std::vector<PageStep> epoch(Rng& rng) const;

 private:
  const SamplerOptions options_;
  std::vector<std::vector<std::int64_t>> clicks_of_;  // by page
  std::vector<std::vector<std::int32_t>> neighbours_;
};

}  // namespace fathom::retrieval
