#include "fathom/retrieval/page_sampler.h"

#include <algorithm>
#include <utility>

namespace fathom::retrieval {

PageSampler::PageSampler(const PageTrainingText& text, const SamplerOptions& options) : options_(options), clicks_of_(text.pages.size()) {
  for (std::size_t i = 0; i < text.clicks.size(); ++i)
    clicks_of_[static_cast<std::size_t>(text.clicks[i].page)].push_back(static_cast<std::int64_t>(i));
}

std::int64_t PageSampler::steps_per_epoch() const {
  std::int64_t steps = 0;
  for (std::int64_t taken = 0;; taken += options_.page_queries) {
    const auto left = std::count_if(clicks_of_.begin(), clicks_of_.end(),
                                    [&](const auto& clicks) { return static_cast<std::int64_t>(clicks.size()) > taken; });
    if (left == 0) return steps;
    steps += (left + options_.batch_pages - 1) / options_.batch_pages;
  }
}

std::vector<PageStep> PageSampler::epoch(Rng& rng) const {
  std::vector<std::vector<std::int64_t>> left = clicks_of_;
  for (auto& clicks : left) {
    const std::vector<std::int64_t> order = rng.permutation(static_cast<std::int64_t>(clicks.size()));
    std::vector<std::int64_t> shuffled;
    for (const std::int64_t i : order) shuffled.push_back(clicks[static_cast<std::size_t>(i)]);
    clicks = std::move(shuffled);
  }
  std::vector<PageStep> steps;
  // Passes over the pages that have clicks left; in a pass each page stands in one step.
  for (;;) {
    std::vector<std::int32_t> active;
    for (std::size_t p = 0; p < left.size(); ++p)
      if (!left[p].empty()) active.push_back(static_cast<std::int32_t>(p));
    if (active.empty()) return steps;
    std::vector<bool> waiting(left.size(), false);
    for (const std::int32_t page : active) waiting[static_cast<std::size_t>(page)] = true;
    PageStep step;
    const auto put = [&](std::int32_t page) {
      waiting[static_cast<std::size_t>(page)] = false;
      auto& clicks = left[static_cast<std::size_t>(page)];
      for (std::int64_t i = 0; i < options_.page_queries && !clicks.empty(); ++i) {
        step.clicks.push_back(clicks.back());
        step.targets.push_back(static_cast<std::int64_t>(step.pages.size()));
        clicks.pop_back();
      }
      step.pages.push_back(page);
      if (static_cast<std::int64_t>(step.pages.size()) == options_.batch_pages) steps.push_back(std::exchange(step, {}));
    };
    for (const std::int64_t i : rng.permutation(static_cast<std::int64_t>(active.size()))) {
      const std::int32_t page = active[static_cast<std::size_t>(i)];
      if (!waiting[static_cast<std::size_t>(page)]) continue;
      put(page);
      if (neighbours_.empty()) continue;
      std::int64_t group = 1;
      for (const std::int32_t near : neighbours_[static_cast<std::size_t>(page)]) {
        if (group >= options_.hard_group) break;
        if (!waiting[static_cast<std::size_t>(near)]) continue;
        put(near);
        ++group;
      }
    }
    if (!step.pages.empty()) steps.push_back(std::move(step));
  }
}

}  // namespace fathom::retrieval
