// The report for a terminal, and as a page.
#include <algorithm>
#include <cmath>

#include "fathom/clicks/click_report.h"
#include "fathom/metrics/svg_chart.h"

namespace fathom::clicks {
namespace {

constexpr std::size_t most_positions = 20;  // that a table shows
constexpr std::size_t bar_width = 30;

// Eighths of a character are drawn, too.
std::string bar(double share) {
  constexpr const char* eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto filled = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * bar_width * 8));
  std::string text;
  for (std::size_t i = 0; i < filled / 8; ++i) text += "█";
  return text + eighths[filled % 8];
}

const ModelFindings* find(const ClickFindings& findings, std::string_view name) {
  const auto found = std::find_if(findings.models.begin(), findings.models.end(), [&](const auto& model) { return model.model == name; });
  return found == findings.models.end() ? nullptr : &*found;
}

std::string value_at(const std::vector<double>& values, std::size_t i) {
  return i < values.size() ? fmt::format("{:.3f}", values[i]) : std::string("–");
}

std::string interval(const metrics::Interval& bounds) { return fmt::format("{:.4f} to {:.4f}", bounds.low, bounds.high); }

// Rows of cells; the first row is the header.
using Table = std::vector<std::vector<std::string>>;

Table position_table(const ClickFindings& findings) {
  Table table = {{"position", "shown", "clicked", "rate", "relative"}};
  for (const char* const name : {"pbm", "cascade", "dbn"}) table[0].emplace_back(name);
  if (!findings.truth.model.empty()) table[0].push_back("true");
  for (std::size_t i = 0; i < std::min(findings.log.positions.size(), most_positions); ++i) {
    const PositionCounts& at = findings.log.positions[i];
    std::vector<std::string> row = {fmt::format("{}", i + 1), fmt::format("{}", at.shown), fmt::format("{}", at.clicked),
                                    fmt::format("{:.3f}", static_cast<double>(at.clicked) / static_cast<double>(at.shown)),
                                    value_at(findings.relative_click_rate, i)};
    for (const char* const name : {"pbm", "cascade", "dbn"}) row.push_back(value_at(find(findings, name)->examination, i));
    if (!findings.truth.model.empty()) row.push_back(value_at(findings.truth.examination, i));
    table.push_back(std::move(row));
  }
  return table;
}

Table prediction_table(const ClickFindings& findings) {
  Table table = {{"model", "log-likelihood", "over position-rate", "perplexity", "at 1", "at 2", "at 3", "at 5", "at 10"}};
  for (const ModelFindings& model : findings.models) {
    if (model.held_out.log_likelihood.empty()) continue;
    std::vector<std::string> row = {model.model, fmt::format("{:.4f}", model.held_out.mean_log_likelihood()),
                                    model.model == "position-rate" ? std::string("–")
                                                                   : fmt::format("{:+.4f} ({:+.4f} to {:+.4f})", model.gain.difference,
                                                                                 model.gain.interval.low, model.gain.interval.high),
                                    fmt::format("{:.4f}", model.held_out.perplexity)};
    for (const std::size_t position : {1U, 2U, 3U, 5U, 10U}) row.push_back(value_at(model.held_out.perplexity_by_position, position - 1));
    table.push_back(std::move(row));
  }
  return table;
}

Table counterfactual_table(const ClickFindings& findings) {
  const CounterfactualReport& other = *findings.counterfactual;
  Table table = {{"clicks a search", "estimate", "95% interval"}};
  const auto add = [&](const char* name, const Estimate& estimate) {
    table.push_back({name, fmt::format("{:.4f}", estimate.value), interval(estimate.interval)});
  };
  add("the log, as shown", other.logged);
  add("new ranking, IPS", other.ips);
  add("new ranking, SNIPS", other.snips);
  table.push_back({"new ranking, by the model", fmt::format("{:.4f}", other.model), "–"});
  return table;
}

Table judged_table(const ClickFindings& findings) {
  Table table = {{fmt::format("nDCG@{}", findings.judged_depth), "mean", "95% interval", "judged lists", "not judged"}};
  const auto add = [&](const char* name, const JudgedFindings& found) {
    table.push_back({name, fmt::format("{:.4f}", found.ndcg), interval(found.interval), fmt::format("{}", found.judged),
                     fmt::format("{}", found.not_judged)});
  };
  add("the log, as shown", *findings.judged_log);
  if (findings.judged_new) add("new ranking", *findings.judged_new);
  return table;
}

std::size_t width_of(const std::string& text) {  // in characters
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Columns aligned to the right, but the first; a bar behind each row where there are some.
std::string as_text(const Table& table, const std::vector<std::string>& bars = {}) {
  std::vector<std::size_t> widths(table[0].size(), 0);
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (std::size_t r = 0; r < table.size(); ++r) {
    text += " ";
    for (std::size_t i = 0; i < table[r].size(); ++i) {
      const std::string padding(widths[i] - width_of(table[r][i]), ' ');
      text += i == 0 ? " " + table[r][i] + padding : "  " + padding + table[r][i];
    }
    if (r < bars.size() && !bars[r].empty()) text += "  " + bars[r];
    text += "\n";
  }
  return text;
}

std::string as_html(const Table& table) {
  std::string html = "<div class=\"scroll\"><table>\n";
  for (std::size_t r = 0; r < table.size(); ++r) {
    html += "<tr>";
    for (std::size_t i = 0; i < table[r].size(); ++i)
      html += fmt::format("<{0}{1}>{2}</{0}>", r == 0 ? "th" : "td", i == 0 ? "" : " class=\"num\"", metrics::escape_html(table[r][i]));
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string summary(const ClickFindings& findings) {
  const ClickLogReport& log = findings.log;
  return fmt::format("{} searches ({} with clicks, {} without results), {} results, {} clicks; {} queries, {} (query, page) pairs",
                     log.searches, log.with_clicks, log.without_results, log.results, log.clicks, findings.queries, findings.pairs);
}

// What limits the models' word, in plain sentences.
std::vector<std::string> warnings(const ClickFindings& findings) {
  std::vector<std::string> lines;
  if (findings.log.bad_records > 0) lines.push_back(fmt::format("{} bad records were passed over.", findings.log.bad_records));
  if (findings.log.unmatched_clicks > 0)
    lines.push_back(fmt::format("{} lines with clicks belong to no search of the log.", findings.log.unmatched_clicks));
  if (findings.at_several_positions < 0.5)
    lines.push_back(fmt::format(
        "Only {:.1f}% of the results are of a (query, page) that was shown at several positions: the position-based model can hardly tell "
        "examination from relevance here, and its curve falls with both (prior of {:g} impressions).",
        100 * findings.at_several_positions, findings.relevance_prior));
  if (const auto& other = findings.counterfactual) {
    if (other->coverage < 0.9)
      lines.push_back(
          fmt::format("The log has shown only {:.1f}% (by examination) of what the new ranking shows: IPS is too low by the rest, SNIPS "
                      "takes it for average.",
                      100 * other->coverage));
    if (other->clipped > 0) lines.push_back(fmt::format("{} weights of the estimate were clipped.", other->clipped));
    if (other->without_ranking > 0)
      lines.push_back(fmt::format("{} searches have no new ranking and are left out of the estimate.", other->without_ranking));
  }
  return lines;
}

std::string counterfactual_note(const ClickFindings& findings) {
  const CounterfactualReport& other = *findings.counterfactual;
  return fmt::format("Examination by {}; {} searches, effective sample size {:.0f} results, coverage {:.1f}%.",
                     findings.counterfactual_model, other.searches, other.effective_size, 100 * other.coverage);
}

constexpr const char* style = R"css(
:root { --page:#f6f7f9; --card:#ffffff; --ink:#1b2430; --muted:#667085; --line:#e3e7ee; --grid:#e8ebf1;
  --series-1:#1b2430; --series-2:#2f6fde; --series-3:#d9662b; --series-4:#1a7f52; --series-5:#9aa3b2 }
@media (prefers-color-scheme: dark) {
  :root { --page:#11151c; --card:#1a202a; --ink:#e6eaf1; --muted:#98a2b3; --line:#2b3442; --grid:#2a323f;
    --series-1:#e6eaf1; --series-2:#74a5ff; --series-3:#f2955d; --series-4:#5fce9a; --series-5:#69748a } }
* { box-sizing:border-box }
body { margin:0; background:var(--page); color:var(--ink); font:16px/1.55 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif }
main { max-width:980px; margin:0 auto; padding:40px 22px 60px }
h1 { font-size:28px; margin:0 0 8px } h2 { font-size:20px; margin:38px 0 12px } .muted { color:var(--muted) }
figure, .scroll { background:var(--card); border:1px solid var(--line); border-radius:12px; margin:0 }
figure { padding:16px 18px; max-width:720px } figcaption { font-weight:600; margin-bottom:8px } .scroll { overflow-x:auto; margin-top:14px }
table { border-collapse:collapse; width:100%; font-size:15px } th, td { padding:7px 14px; text-align:left; border-bottom:1px solid var(--line) }
tr:last-child td { border-bottom:0 } th { color:var(--muted); font-weight:550; font-size:13.5px }
.num { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap }
)css";

std::string examination_chart(const ClickFindings& findings) {
  metrics::Chart chart{"Examination by position, relative to the first", "position", {}, 0, 1, true};
  const auto add = [&](const std::string& name, const std::vector<double>& values) {
    metrics::ChartSeries& series = chart.series.emplace_back();
    series.name = name;
    for (std::size_t i = 0; i < std::min(values.size(), most_positions); ++i) {
      series.x.push_back(static_cast<double>(i) + 1);
      series.y.push_back(values[i]);
    }
  };
  if (!findings.truth.model.empty()) add("true (" + findings.truth.model + " users)", findings.truth.examination);
  for (const char* const name : {"pbm", "cascade", "dbn"}) add(name, find(findings, name)->examination);
  add("click rate", findings.relative_click_rate);
  return render_chart(chart);
}

}  // namespace

std::string findings_text(const ClickFindings& findings) {
  const Table positions = position_table(findings);
  std::vector<std::string> bars = {"examination by pbm"};
  for (std::size_t i = 0; i + 1 < positions.size(); ++i) bars.push_back(bar(find(findings, "pbm")->examination[i]));
  std::string text = summary(findings) + "\n";
  for (const std::string& line : warnings(findings)) text += "note: " + line + "\n";
  text += "\nexamination by position (relative: click rate over the first position's)\n" + as_text(positions, bars);
  if (findings.log.positions.size() > most_positions)
    text += fmt::format("  … {} more positions (--json has them)\n", findings.log.positions.size() - most_positions);
  text += "\nheld-out clicks (log-likelihood in nats a search; perplexity 1 is perfect, 2 a coin)\n" + as_text(prediction_table(findings));
  if (findings.counterfactual)
    text += "\nanother ranking, estimated from this log. " + counterfactual_note(findings) + "\n" + as_text(counterfactual_table(findings));
  if (findings.judged_log) text += "\njudged quality, which knows nothing of clicks\n" + as_text(judged_table(findings));
  return text;
}

std::string findings_html(const ClickFindings& findings) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Click log report</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{}{}</style></head><body><main>\n"
      "<h1>Click log report</h1>\n<p>{}</p>\n",
      style, metrics::chart_css, metrics::escape_html(summary(findings)));
  for (const std::string& line : warnings(findings)) html += fmt::format("<p class=\"muted\">{}</p>\n", metrics::escape_html(line));
  html += "<h2>Examination by position</h2>\n" + examination_chart(findings) + as_html(position_table(findings));
  html +=
      "<h2>Prediction of held-out clicks</h2>\n<p class=\"muted\">Log-likelihood in nats a search; perplexity 1 is perfect, 2 a "
      "coin.</p>\n" +
      as_html(prediction_table(findings));
  if (findings.counterfactual)
    html += "<h2>Another ranking, estimated from this log</h2>\n<p class=\"muted\">" + metrics::escape_html(counterfactual_note(findings)) +
            "</p>\n" + as_html(counterfactual_table(findings));
  if (findings.judged_log) html += "<h2>Judged quality</h2>\n" + as_html(judged_table(findings));
  return html + "</main></body></html>\n";
}

}  // namespace fathom::clicks
