// Line charts as inline SVG. Colours are CSS variables of the page (--series-1, --grid, --muted), so that charts follow light and dark.
#pragma once

#include <string>
#include <vector>

namespace fathom::quickstart {

struct ChartSeries {
  std::string name;          // shown in the legend when there are several
  std::vector<double> x, y;  // of equal length
  bool smooth = false;       // also draws a running mean, the raw values faint behind it
};

struct Chart {
  std::string title, x_label;
  std::vector<ChartSeries> series;
  double y_min = 0, y_max = 0;  // equal: taken from the data
  bool percent = false;         // y values are shares, shown in percent
};

// Text for HTML content and attributes: & < > " escaped.
std::string escape_html(const std::string& text);

// A <figure> with the chart. Series without points, or points that are not finite, are left out; a chart without any says so.
std::string render_chart(const Chart& chart);

}  // namespace fathom::quickstart
