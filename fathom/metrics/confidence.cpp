#include "fathom/metrics/confidence.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"

namespace fathom::metrics {

std::vector<RiskPoint> risk_coverage(const std::vector<Answered>& answers) {
  require(!answers.empty(), "a risk-coverage curve needs at least one answer");
  std::vector<Answered> sorted = answers;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Answered& a, const Answered& b) { return a.confidence > b.confidence; });
  std::vector<RiskPoint> curve;
  double wrong = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (!sorted[i].correct) wrong += 1.0;
    if (i + 1 < sorted.size() && sorted[i + 1].confidence == sorted[i].confidence) continue;
    const double given = static_cast<double>(i + 1);
    curve.push_back({sorted[i].confidence, given / static_cast<double>(sorted.size()), wrong / given});
  }
  return curve;
}

double area_under_risk_coverage(const std::vector<Answered>& answers) {
  double area = 0.0, before = 0.0;
  for (const RiskPoint& point : risk_coverage(answers)) {
    area += point.risk * (point.coverage - before);
    before = point.coverage;
  }
  return area;
}

double calibration_error(const std::vector<Answered>& answers, std::int64_t bins) {
  require(!answers.empty() && bins >= 1, "a calibration error needs at least one answer and one bin");
  struct Bin {
    double confidence = 0.0, correct = 0.0;
  };
  std::vector<Bin> sums(static_cast<std::size_t>(bins));
  for (const Answered& answer : answers) {
    require(answer.confidence >= 0.0 && answer.confidence <= 1.0, "a confidence of {} is no probability", answer.confidence);
    const auto bin = std::min<std::int64_t>(bins - 1, static_cast<std::int64_t>(answer.confidence * static_cast<double>(bins)));
    sums[static_cast<std::size_t>(bin)].confidence += answer.confidence;
    sums[static_cast<std::size_t>(bin)].correct += answer.correct ? 1.0 : 0.0;
  }
  double error = 0.0;
  for (const Bin& bin : sums) error += std::abs(bin.confidence - bin.correct);
  return error / static_cast<double>(answers.size());
}

}  // namespace fathom::metrics
