// k-means on the sphere: unit vectors (the centres of cells) such that vectors point in the direction of one of them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "fathom/index/sign_codes.h"

namespace fathom::index {

// Centres in a rotated space, packed so that the nearest are found without comparing a vector with each of them.
class CellCentres {
 public:
  // centres [count, width]; of any length.
  CellCentres(std::vector<float> centres, std::int64_t width);
  std::int64_t count() const { return count_; }
  const std::vector<float>& values() const { return centres_; }
  // The centre with the largest inner product with a rotated vector [width]; of equal ones the first.
  std::int64_t nearest(const float* vector) const;

 private:
  std::vector<float> centres_;
  std::int64_t count_, width_;
  std::vector<std::uint8_t> signs_;
  std::vector<float> factors_, errors_;
};

struct CellTrainingOptions {
  std::int64_t cells = 0;
  int rounds = 8;
  std::uint64_t seed = 1;
  int threads = 0;
};

// sample [count, width], rotated. Starts from vectors of the sample; a centre that loses all its vectors takes over a part of the largest
// cell. The same for any number of threads.
CellCentres train_cells(const std::vector<float>& sample, std::int64_t width, const CellTrainingOptions& options);

}  // namespace fathom::index
