// Training examples from a click log: each click counts by the inverse of the probability that its position was examined
// (inverse-propensity weighting; Joachims, Swaminathan & Schnabel, WSDM 2017), so that what stood low and was clicked all the same counts
// for those who never looked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "fathom/clicks/click_model.h"

namespace fathom::clicks {

struct ExampleOptions {
  double least_propensity = 0.05;  // smaller ones are taken for this: no click counts for more than its inverse (clipping)
  std::int64_t min_clicks = 1;     // of a (query, page, sentence), over the whole log
  double min_attractiveness = 0;   // of the (query, page), as the model has it
  double min_dwell = 0;            // clicks whose known dwell time is shorter do not count
};

struct ExampleReport {
  std::int64_t clicks = 0;                                     // that were weighted
  std::int64_t too_short = 0, unknown_pages = 0, clipped = 0;  // clicks left out by dwell time or for want of a page; clipped ones
  std::int64_t too_few_clicks = 0, not_attractive = 0;         // examples left out
  double largest_weight = 0, effective_size = 0;               // (Σ w)² / Σ w², of the weights of the examples
};

class ExampleCollector {
 public:
  // The model must have been fitted to `data`, which holds the searches that add() is given.
  ExampleCollector(const ClickModel& model, const ClickData& data, ExampleOptions options);
  void add(const SearchRecord& record);
  // One example a (query, page, sentence) in the order of first clicks: Σ over clicks of 1 / propensity, then divided by the mean over the
  // examples (self-normalised), so that the weights' mean is 1 whatever the log's size and the model's scale.
  std::vector<ClickExample> finish();
  const ExampleReport& report() const { return report_; }

 private:
  struct Gathered {
    ClickExample example;
    std::int64_t clicks = 0;
    double attractiveness = 0;
  };
  const ClickModel& model_;
  const ClickData& data_;
  ExampleOptions options_;
  ExampleReport report_;
  std::vector<Gathered> gathered_;
  std::unordered_map<std::string, std::size_t> places_;
};

// JSON lines {"query", "page", "sentence", "weight"}; the sentence is left out where it is unknown. The file appears complete or not at
// all.
void write_click_examples(const std::filesystem::path& path, const std::vector<ClickExample>& examples);
// Throws Error with file:line: a missing key, a weight that is no positive number.
std::vector<ClickExample> read_click_examples(const std::filesystem::path& path);

}  // namespace fathom::clicks
