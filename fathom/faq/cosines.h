// Inner products of short lists of rows: what soft alignment spends its time on. Private to the room.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::faq {

// out[i * b.size() + j] = Σ a[i][k] · b[j][k], k < width. A null row gives 0.
void row_products(const std::vector<const float*>& a, const std::vector<const float*>& b, std::int64_t width, float* out);

}  // namespace fathom::faq
