#include "fathom/quickstart/report.h"

#include <fmt/format.h>

#include <utility>

#include "fathom/align/response_parts.h"
#include "fathom/base/progress.h"
#include "fathom/metrics/svg_chart.h"

namespace fathom::quickstart {

namespace {

using metrics::Chart;
using metrics::ChartSeries;
using metrics::escape_html;

constexpr const char* style = R"css(
:root { --page:#f6f7f9; --card:#ffffff; --ink:#1b2430; --muted:#667085; --line:#e3e7ee; --grid:#e8ebf1;
  --series-1:#2f6fde; --series-2:#d9662b; --good:#1a7f52; --good-bg:#e4f5ec; --bad:#b3363e; --bad-bg:#fbe9ea; --think:#f1f4fb; }
@media (prefers-color-scheme: dark) {
  :root { --page:#11151c; --card:#1a202a; --ink:#e6eaf1; --muted:#98a2b3; --line:#2b3442; --grid:#2a323f;
    --series-1:#74a5ff; --series-2:#f2955d; --good:#5fce9a; --good-bg:#173528; --bad:#f08b92; --bad-bg:#3b1f23; --think:#222b3a; } }
* { box-sizing:border-box }
body { margin:0; background:var(--page); color:var(--ink); font:16px/1.55 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif }
main { max-width:1040px; margin:0 auto; padding:40px 22px 60px }
h1 { font-size:30px; line-height:1.2; margin:0 0 8px; letter-spacing:-.01em }
h2 { font-size:20px; margin:44px 0 14px }
p { margin:0 0 12px } .lead { font-size:18px; max-width:760px } .muted { color:var(--muted) }
.cards { display:grid; grid-template-columns:repeat(auto-fit,minmax(215px,1fr)); gap:14px; margin:26px 0 }
.card, figure { background:var(--card); border:1px solid var(--line); border-radius:12px; padding:16px 18px; margin:0 }
.card .label { color:var(--muted); font-size:14px } .card .value { font-size:24px; font-weight:650; letter-spacing:-.02em; white-space:nowrap }
.card .value .from { color:var(--muted); font-weight:450 } .card .sub { color:var(--muted); font-size:13px }
.charts { display:grid; grid-template-columns:repeat(auto-fit,minmax(330px,1fr)); gap:14px }
figcaption { font-weight:600; margin-bottom:8px }
.scroll { overflow-x:auto; background:var(--card); border:1px solid var(--line); border-radius:12px }
table { border-collapse:collapse; width:100%; min-width:680px; font-size:15px } th, td { padding:9px 16px; text-align:left; border-bottom:1px solid var(--line); vertical-align:top }
tr:last-child td { border-bottom:0 } th { color:var(--muted); font-weight:550; font-size:13.5px } .num { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap }
code, .response { font:14px/1.5 ui-monospace,"Cascadia Mono","DejaVu Sans Mono",monospace }
.response { display:block; overflow-wrap:anywhere } .thought { background:var(--think); border-radius:5px; padding:2px 5px; color:var(--muted) }
.verdict { display:inline-block; font-size:12px; font-weight:600; border-radius:20px; padding:1px 9px; margin-bottom:4px }
.right { color:var(--good); background:var(--good-bg) } .wrong { color:var(--bad); background:var(--bad-bg) }
pre { background:var(--card); border:1px solid var(--line); border-radius:12px; padding:14px 18px; white-space:pre-wrap; overflow-wrap:anywhere; margin:0 0 16px }
li { margin-bottom:6px } footer { margin-top:44px; color:var(--muted); font-size:14px }
)css";

std::string percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

std::string card(const std::string& label, const std::string& from, const std::string& to, const std::string& sub) {
  const std::string before = from.empty() ? "" : fmt::format("<span class=\"from\">{} →</span> ", from);
  return fmt::format("<div class=\"card\"><div class=\"label\">{}</div><div class=\"value\">{}{}</div><div class=\"sub\">{}</div></div>\n",
                     label, before, to, sub);
}

// The values of `key` over `x_key`, where both are there.
ChartSeries series(const std::vector<Json>& records, const std::string& name, const std::string& x_key, const std::string& key,
                   bool smooth) {
  ChartSeries result;
  result.name = name;
  result.smooth = smooth;
  for (const Json& record : records) {
    const auto x = record.find(x_key), y = record.find(key);
    if (x == record.end() || y == record.end() || !x->is_number() || !y->is_number()) continue;
    result.x.push_back(x->get<double>());
    result.y.push_back(y->get<double>());
  }
  return result;
}

std::string charts(const Findings& f) {
  const std::vector<Json>& g = f.grpo_metrics;
  Chart loss{"Pre-training: loss (nats a token)", "step", {series(f.pretrain_metrics, "loss", "step", "loss", false)}};
  Chart accuracy{"GRPO: right answers among the samples", "step", {series(g, "right", "step", "correct_share", true)}, 0, 1, true};
  Chart length{"GRPO: mean response length (tokens)", "step", {series(g, "tokens", "step", "response_mean", true)}};
  Chart thinking{
      "GRPO: samples that think before they answer", "step", {series(g, "thinking", "step", "thinking_share", true)}, 0, 1, true};
  Chart entropy{"GRPO: entropy of the next token (nats)", "step", {series(g, "entropy", "step", "entropy", true)}};
  Chart kl{"GRPO: distance from the base model (KL, nats)", "step", {series(g, "kl", "step", "kl", true)}};
  std::string html = "<div class=\"charts\">\n";
  for (const Chart& chart : {accuracy, length, thinking, loss, entropy, kl}) html += render_chart(chart);
  return html + "</div>\n";
}

// A response with its reasoning set apart; an empty one is shown as such.
std::string render_response(const std::string& text, bool right) {
  const std::string verdict = fmt::format("<span class=\"verdict {0}\">{0}</span>", right ? "right" : "wrong");
  const std::size_t open = text.find(align::think_open), close = text.find(align::think_close);
  if (open != 0 || close == std::string::npos) return fmt::format("{}<span class=\"response\">{}</span>", verdict, escape_html(text));
  const std::size_t begin = open + align::think_open.size();
  const std::string thought(align::trim(std::string_view(text).substr(begin, close - begin)));
  const std::string shown = thought.empty() ? "(answers at once)" : escape_html(thought);
  return fmt::format("{}<span class=\"response\"><span class=\"thought\">{}</span>{}</span>", verdict, shown,
                     escape_html(text.substr(close + align::think_close.size())));
}

std::string samples_table(const std::vector<Sample>& samples) {
  std::string html =
      "<div class=\"scroll\"><table><tr><th>Question</th><th>Right answer</th><th>Base model</th><th>After reinforcement "
      "learning</th></tr>\n";
  for (const Sample& s : samples) {
    html += fmt::format("<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n", escape_html(s.question),
                        escape_html(s.answer), render_response(s.before, s.before_right), render_response(s.after, s.after_right));
  }
  return html + "</table></div>\n";
}

std::string stages_table(const std::vector<Stage>& stages) {
  std::string html =
      "<div class=\"scroll\"><table><tr><th>Stage</th><th class=\"num\">Time</th><th class=\"num\">Tokens</th><th "
      "class=\"num\">Tokens/s</th>"
      "<th>Result</th></tr>\n";
  for (const Stage& s : stages) {
    html += fmt::format("<tr><td>{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td>{}</td></tr>\n",
                        escape_html(s.title), format_duration(s.seconds), s.tokens > 0 ? format_count(static_cast<double>(s.tokens)) : "–",
                        s.tokens > 0 ? format_count(s.tokens_per_second()) : "–", escape_html(s.note));
  }
  return html + "</table></div>\n";
}

std::string lead(const Findings& f) {
  const std::string numbers =
      fmt::format("Accuracy on {} problems that it had never seen went from {} to {}, and its responses from {:.1f} to {:.1f} tokens.",
                  f.heldout_problems, percent(f.base.accuracy), percent(f.rl.accuracy), f.base.mean_tokens, f.rl.mean_tokens);
  if (f.thinking_paid) {
    return "A small model learned to add from examples, most of which answer at once. Then it was only told whether its answers were "
           "right, and "
           "found out by itself that thinking first pays. " +
           numbers;
  }
  return "A small model learned to add from examples, and was then only told whether its answers were right. " + numbers +
         " In this run the effect of reinforcement learning is small; give it more steps (a larger --scale).";
}

}  // namespace

OrderedJson summary_json(const Findings& f) {
  const auto interval = [](const Evaluation& e) { return OrderedJson::array({e.accuracy_low, e.accuracy_high}); };
  OrderedJson stages;
  for (const Stage& s : f.stages)
    stages[s.key] = {{"tokens", s.tokens}, {"seconds", s.seconds}, {"tokens_per_second", s.tokens_per_second()}, {"note", s.note}};
  return {{"base_accuracy", f.base.accuracy},
          {"rl_accuracy", f.rl.accuracy},
          {"base_mean_tokens", f.base.mean_tokens},
          {"rl_mean_tokens", f.rl.mean_tokens},
          {"heldout_problems", f.heldout_problems},
          {"seconds", f.seconds},
          {"stages", stages},
          {"samples_per_problem", f.samples_per_problem},
          {"base_accuracy_interval", interval(f.base)},
          {"rl_accuracy_interval", interval(f.rl)},
          {"base_thinking_share", f.base.thinking_share},
          {"rl_thinking_share", f.rl.thinking_share},
          {"parameters", f.parameters},
          {"active_parameters", f.active_parameters},
          {"largest_log_prob_gap", f.largest_log_prob_gap},
          {"seed", f.seed},
          {"threads", f.threads}};
}

std::string render_report(const Findings& f) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>fathom quickstart</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{}{}</style></head><body><main>\n",
      style, metrics::chart_css);
  html += fmt::format("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", f.thinking_paid ? "Thinking pays" : "From nothing to a model that adds",
                      lead(f));
  html += "<div class=\"cards\">\n";
  html += card("Right answers, held-out", percent(f.base.accuracy), percent(f.rl.accuracy),
               fmt::format("95% interval {} – {}", percent(f.rl.accuracy_low), percent(f.rl.accuracy_high)));
  html += card("Tokens of a response", fmt::format("{:.1f}", f.base.mean_tokens), fmt::format("{:.1f}", f.rl.mean_tokens), "mean");
  html += card("Responses that think first", percent(f.base.thinking_share), percent(f.rl.thinking_share), "nobody asked for it");
  html += card("Time on this machine", "", format_duration(f.seconds), fmt::format("{} CPU threads", f.threads));
  html += "</div>\n<h2>How it went</h2>\n" + charts(f);
  html += "<h2>The same questions, before and after</h2>\n" + samples_table(f.samples);
  html += "<h2>Stages</h2>\n" + stages_table(f.stages);
  html += fmt::format("<h2>The model</h2>\n<p>{}</p>\n", escape_html(f.architecture));
  html += "<h2>What to try next</h2>\n<pre>";
  for (const std::string& command : f.next_commands) html += escape_html(command) + "\n";
  html += "</pre>\n<ul>\n";
  for (const std::string& idea : f.next_ideas) html += fmt::format("<li>{}</li>\n", escape_html(idea));
  html += fmt::format(
      "</ul>\n<footer>Seed {}. {} samples of each held-out problem at temperature 1. Largest difference between the log-probabilities "
      "of sampling and of training: {:.1e}. Every number of this page is in summary.json and the metrics files beside it.</footer>\n"
      "</main></body></html>\n",
      f.seed, f.samples_per_problem, f.largest_log_prob_gap);
  return html;
}

}  // namespace fathom::quickstart
