// How far a system's confidence can be trusted: calibration, and what is gained by leaving questions unanswered.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::metrics {

// One answered question: the system's confidence, and whether its answer was right.
struct Answered {
  double confidence = 0.0;
  bool correct = false;
};

struct RiskPoint {
  double threshold = 0.0;  // answers of this confidence or more are given
  double coverage = 0.0;   // share of the questions that are answered
  double risk = 0.0;       // share of the answers that are wrong
};

// One point for each different confidence, from the highest down: equal confidences are answered together, since no threshold parts them.
// Throws Error when there is no answer.
std::vector<RiskPoint> risk_coverage(const std::vector<Answered>& answers);

// Area under the risk-coverage curve: the mean over all answers of the risk at that answer's confidence; lower is better. A system that
// knows nothing of its errors has its error rate here.
double area_under_risk_coverage(const std::vector<Answered>& answers);

// Expected calibration error: answers sorted into `bins` of equal width over [0, 1] by confidence; the mean distance between a bin's
// confidence and its share of right answers, weighted by size. Throws Error for confidences outside [0, 1].
double calibration_error(const std::vector<Answered>& answers, std::int64_t bins = 10);

}  // namespace fathom::metrics
