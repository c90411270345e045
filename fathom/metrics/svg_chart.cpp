#include "fathom/metrics/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace fathom::metrics {

namespace {

constexpr double width = 460, height = 250, left = 50, right = 14, top = 12, bottom = 40;

struct Range {
  double low = 0, high = 1;
  double place(double value, double from, double to) const { return from + (value - low) / (high - low) * (to - from); }
};

// The next of 1, 2, 5 · 10^n at or above `value`.
double nice_step(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= value * 0.999) return factor * power;
  return 10 * power;
}

std::vector<double> ticks(const Range& range, int wanted) {
  const double step = nice_step((range.high - range.low) / wanted);
  std::vector<double> result;
  for (double value = std::ceil(range.low / step - 1e-9) * step; value <= range.high + 1e-9 * step; value += step)
    result.push_back(std::abs(value) < 1e-9 * step ? 0.0 : value);
  return result;
}

std::string number(double value, bool percent) {
  if (percent) return fmt::format("{:g}%", std::round(value * 1000) / 10);
  if (std::abs(value) >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (std::abs(value) >= 10000) return fmt::format("{:g}k", value / 1e3);
  return fmt::format("{:g}", value);
}

// Mean of a window of about a tenth of the points around each.
std::vector<double> running_mean(const std::vector<double>& values) {
  const auto count = static_cast<std::ptrdiff_t>(values.size());
  const std::ptrdiff_t reach = std::max<std::ptrdiff_t>(1, count / 20);
  std::vector<double> means;
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const auto begin = values.begin() + std::max<std::ptrdiff_t>(0, i - reach), end = values.begin() + std::min(count, i + reach + 1);
    means.push_back(std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin));
  }
  return means;
}

std::string line(const std::vector<double>& x, const std::vector<double>& y, const Range& xs, const Range& ys,
                 const std::string& css_class) {
  std::string points;
  // More points than pixels would only make the page heavy.
  const std::size_t stride = std::max<std::size_t>(1, x.size() / 800);
  for (std::size_t i = 0; i < x.size(); i += stride) {
    if (!std::isfinite(y[i])) continue;
    points += fmt::format("{:.1f},{:.1f} ", xs.place(x[i], left, width - right),
                          ys.place(std::clamp(y[i], ys.low, ys.high), height - bottom, top));
  }
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", css_class, points);
}

Range range_of(const std::vector<ChartSeries>& series, bool of_x) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const ChartSeries& s : series)
    for (const double value : of_x ? s.x : s.y)
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
  if (!(low <= high)) return {0, 1};
  if (low == high) return {low - 0.5, high + 0.5};
  return {low, high};
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string render_chart(const Chart& chart) {
  std::vector<ChartSeries> series;
  for (const ChartSeries& s : chart.series)
    if (!s.x.empty()) series.push_back(s);
  std::string html = fmt::format("<figure><figcaption>{}</figcaption>\n", escape_html(chart.title));
  if (series.empty()) return html + "<p class=\"muted\">No values were recorded.</p></figure>\n";

  const Range xs = range_of(series, true);
  Range ys = range_of(series, false);
  if (chart.y_min != chart.y_max) {
    ys = {chart.y_min, chart.y_max};
  } else {
    // To the next tick on both ends, from 0 where that is near.
    if (ys.low > 0 && ys.low < 0.4 * ys.high) ys.low = 0;
    const double step = nice_step((ys.high - ys.low) / 5);
    ys = {std::floor(ys.low / step + 1e-9) * step, std::ceil(ys.high / step - 1e-9) * step};
  }

  html += fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", width, height, escape_html(chart.title));
  for (const double tick : ticks(ys, 5)) {
    const double y = ys.place(tick, height - bottom, top);
    html += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text class=\"tick\" x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>\n",
        left, width - right, y, y, left - 7, y + 4, number(tick, chart.percent));
  }
  for (const double tick : ticks(xs, 6)) {
    html += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                        xs.place(tick, left, width - right), height - bottom + 17, number(tick, false));
  }
  html += fmt::format("<text class=\"axis\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2, height - 5,
                      escape_html(chart.x_label));
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::string color = fmt::format("series s{}", i + 1);
    if (series[i].smooth && series[i].y.size() > 8) {
      html += line(series[i].x, series[i].y, xs, ys, color + " faint");
      html += line(series[i].x, running_mean(series[i].y), xs, ys, color);
    } else {
      html += line(series[i].x, series[i].y, xs, ys, color);
    }
  }
  html += "</svg>\n";
  if (series.size() > 1) {
    html += "<p class=\"legend\">";
    for (std::size_t i = 0; i < series.size(); ++i)
      html += fmt::format("<span class=\"key k{}\"></span>{} ", i + 1, escape_html(series[i].name));
    html += "</p>\n";
  }
  return html + "</figure>\n";
}

}  // namespace fathom::metrics
