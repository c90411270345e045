#include "fathom/metrics/svg_chart.h"

#include <gtest/gtest.h>

#include <limits>

namespace fathom::metrics {
namespace {

TEST(Chart, SurvivesOddData) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(render_chart({"t", "x", {}}).find("No values"), std::string::npos);
  for (const std::vector<double>& y : {std::vector<double>{1}, {2, 2, 2}, {nan, 1, 2}, {-1e9, 1e9}, {0, 0}, {1e-12, 2e-12}}) {
    std::vector<double> x(y.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    const std::string svg = render_chart({"t", "x", {{"s", x, y, true}}});
    EXPECT_NE(svg.find("polyline"), std::string::npos);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
  }
}

}  // namespace
}  // namespace fathom::metrics
