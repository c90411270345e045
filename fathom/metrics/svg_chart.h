// Line charts as inline SVG. Colours are CSS variables of the page (--series-1 … --series-5, --grid, --muted), so that charts follow light
// and dark.
#pragma once

#include <string>
#include <vector>

namespace fathom::metrics {

// The rules that a page with charts has in its style, beside the variables.
constexpr const char* chart_css = R"css(
svg { width:100%; height:auto; display:block }
.grid { stroke:var(--grid); stroke-width:1 } .tick { fill:var(--muted); font-size:12px } .axis { fill:var(--muted); font-size:12.5px }
.series { fill:none; stroke-width:2.2; stroke-linejoin:round; stroke-linecap:round } .faint { stroke-width:1; opacity:.35 }
.s1 { stroke:var(--series-1) } .s2 { stroke:var(--series-2) } .s3 { stroke:var(--series-3) } .s4 { stroke:var(--series-4) }
.s5 { stroke:var(--series-5) }
.legend { margin:6px 0 0; font-size:13px; color:var(--muted) } .key { display:inline-block; width:14px; height:3px; border-radius:2px; margin:0 6px 3px 12px }
.k1 { background:var(--series-1) } .k2 { background:var(--series-2) } .k3 { background:var(--series-3) } .k4 { background:var(--series-4) }
.k5 { background:var(--series-5) }
)css";

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

}  // namespace fathom::metrics
