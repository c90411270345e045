#include "fathom/faq/calibration.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"

namespace fathom::faq {
namespace {

constexpr std::size_t features = Calibration::features, fewest_samples = 8;
constexpr std::array<const char*, features> names = {"mismatch_query", "mismatch_question", "alignment_query", "alignment_question",
                                                     "shared"};
constexpr std::array<double, features> signs = {-1.0, -1.0, 1.0, 1.0, 1.0};
constexpr double shrinkage = 1e-2, most_weight = 1e6;

using Row = std::array<double, features>;

Row row_of(const Match& match) {
  return {match.mismatch_query, match.mismatch_candidate, match.alignment_query, match.alignment_candidate, match.shared};
}

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// Solves the symmetric positive definite system A x = b of `n` unknowns by Cholesky's decomposition; false when it is none.
constexpr std::size_t unknowns = features + 1;
bool solve(std::array<std::array<double, unknowns>, unknowns> a, std::array<double, unknowns> b, std::array<double, unknowns>& x) {
  for (std::size_t j = 0; j < unknowns; ++j) {
    for (std::size_t k = 0; k < j; ++k) a[j][j] -= a[j][k] * a[j][k];
    if (!(a[j][j] > 1e-12)) return false;
    a[j][j] = std::sqrt(a[j][j]);
    for (std::size_t i = j + 1; i < unknowns; ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
  }
  for (std::size_t i = 0; i < unknowns; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = unknowns; i-- > 0;) {
    for (std::size_t k = i + 1; k < unknowns; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  x = b;
  return true;
}

// Weights of the standardised features that are in `used`, and the offset behind them.
std::optional<std::array<double, unknowns>> newton(const std::vector<std::pair<Row, bool>>& rows, const std::array<bool, features>& used) {
  std::array<double, unknowns> w{}, step{};
  for (int iteration = 0; iteration < 50; ++iteration) {
    std::array<double, unknowns> gradient{};
    std::array<std::array<double, unknowns>, unknowns> hessian{};
    for (std::size_t i = 0; i < features; ++i) {
      gradient[i] = -shrinkage * w[i];
      hessian[i][i] = shrinkage;
    }
    hessian[features][features] = 1e-6;
    for (const auto& [row, right] : rows) {
      std::array<double, unknowns> x{};
      double score = w[features];
      for (std::size_t i = 0; i < features; ++i) {
        x[i] = used[i] ? row[i] : 0.0;
        score += w[i] * x[i];
      }
      x[features] = 1.0;
      const double p = logistic(score), spread = p * (1.0 - p), error = (right ? 1.0 : 0.0) - p;
      for (std::size_t i = 0; i < unknowns; ++i) {
        gradient[i] += error * x[i];
        for (std::size_t j = 0; j < unknowns; ++j) hessian[i][j] += spread * x[i] * x[j];
      }
    }
    if (!solve(hessian, gradient, step)) return std::nullopt;
    double length = 0.0;
    for (const double value : step) length = std::max(length, std::abs(value));
    // Well separated samples make for long steps; parts of them arrive as well.
    const double scale = length > 5.0 ? 5.0 / length : 1.0;
    for (std::size_t i = 0; i < unknowns; ++i) w[i] += scale * step[i];
    if (length < 1e-9) break;
  }
  return w;
}

}  // namespace

double Calibration::log_odds(const Match& match) const {
  const Row row = row_of(match);
  double sum = offset;
  for (std::size_t i = 0; i < features; ++i) sum += weights[i] * row[i];
  return sum;
}

double Calibration::probability(const Match& match) const { return logistic(log_odds(match)); }

OrderedJson Calibration::to_json() const {
  OrderedJson json = OrderedJson::object();
  for (std::size_t i = 0; i < features; ++i) json[names[i]] = weights[i];
  json["offset"] = offset;
  return json;
}

Calibration Calibration::from_json(const Json& json, const std::string& origin) {
  Calibration out;
  const auto number = [&](const char* key) {
    const auto value = json_get<double>(json, key, origin);
    require(std::abs(value) <= most_weight, "{}: calibration '{}' is {}, which is no sensible number; build the FAQ again", origin, key,
            value);
    return value;
  };
  for (std::size_t i = 0; i < features; ++i) {
    out.weights[i] = number(names[i]);
    require(out.weights[i] * signs[i] >= 0.0, "{}: calibration '{}' is {}, which has the wrong sign; build the FAQ again", origin, names[i],
            out.weights[i]);
  }
  out.offset = number("offset");
  return out;
}

std::optional<Calibration> fit_calibration(const std::vector<std::pair<Match, bool>>& samples) {
  if (samples.size() < fewest_samples) return std::nullopt;
  const auto right = std::count_if(samples.begin(), samples.end(), [](const auto& sample) { return sample.second; });
  if (right == 0 || static_cast<std::size_t>(right) == samples.size()) return std::nullopt;
  const auto count = static_cast<double>(samples.size());
  Row mean{}, deviation{};
  for (const auto& [match, unused] : samples)
    for (std::size_t i = 0; i < features; ++i) mean[i] += row_of(match)[i] / count;
  for (const auto& [match, unused] : samples)
    for (std::size_t i = 0; i < features; ++i) deviation[i] += std::pow(row_of(match)[i] - mean[i], 2) / count;
  std::array<bool, features> used{};
  for (std::size_t i = 0; i < features; ++i) {
    deviation[i] = std::sqrt(deviation[i]);
    used[i] = deviation[i] > 1e-9;
  }
  std::vector<std::pair<Row, bool>> rows;
  for (const auto& [match, is_right] : samples) {
    Row row = row_of(match);
    for (std::size_t i = 0; i < features; ++i) row[i] = used[i] ? (row[i] - mean[i]) / deviation[i] : 0.0;
    rows.emplace_back(row, is_right);
  }
  while (std::find(used.begin(), used.end(), true) != used.end()) {
    const auto fitted = newton(rows, used);
    if (!fitted) return std::nullopt;
    bool changed = false;
    for (std::size_t i = 0; i < features; ++i) {
      if (!used[i] || (*fitted)[i] * signs[i] >= 0.0) continue;
      used[i] = false;
      changed = true;
    }
    if (changed) continue;
    Calibration out;
    out.offset = (*fitted)[features];
    for (std::size_t i = 0; i < features; ++i) {
      out.weights[i] = used[i] ? (*fitted)[i] / deviation[i] : 0.0;
      out.offset -= out.weights[i] * mean[i];
    }
    return out;
  }
  return std::nullopt;
}

std::optional<Calibration> rescale(const Calibration& calibration, const std::vector<std::pair<Match, bool>>& samples) {
  // A fit with one feature, the log-odds, in a place where more of it must not say less.
  std::vector<std::pair<Match, bool>> one_feature;
  for (const auto& [match, right] : samples) {
    Match place;
    place.shared = calibration.log_odds(match);
    one_feature.emplace_back(place, right);
  }
  const auto fitted = fit_calibration(one_feature);
  if (!fitted) return std::nullopt;
  const double slope = fitted->weights.back();
  Calibration out = calibration;
  for (double& weight : out.weights) weight *= slope;
  out.offset = slope * calibration.offset + fitted->offset;
  return out;
}

}  // namespace fathom::faq
