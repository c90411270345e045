// The page of fathom/data/corpus_inspection.h.
#include <algorithm>
#include <string>
#include <string_view>

#include "fathom/base/progress.h"
#include "fathom/data/corpus_inspection.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --ink: #1c2024; --dim: #60646c; --paper: #fcfcfd; --card: #ffffff; --line: #d9d9e0; --mark: #3b6fd4;
        --loss: #c4532d; --soft: #eef1f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #edeef0; --dim: #a3a8b0; --paper: #111315; --card: #1a1d20; --line: #343a40; --mark: #7aa2f7; --loss: #ee8a63; --soft: #22272c; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
       font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
p.sub, .dim { color: var(--dim); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin-top: 1.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
.card b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; font-weight: 600; }
.card span { color: var(--dim); font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--dim); font-weight: 500; font-size: .85rem; }
th:first-child, td:first-child { text-align: left; }
td.bar { width: 38%; min-width: 8rem; }
.fill { height: .8rem; border-radius: 2px; background: var(--mark); }
.fill.loss { background: var(--loss); }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .9rem; }
summary:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
.body { padding: 0 .9rem .9rem; }
.place { color: var(--dim); font-size: .85rem; overflow-wrap: anywhere; margin: .6rem 0 .25rem; }
pre { margin: 0; padding: .6rem .75rem; background: var(--soft); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere;
      font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace; max-height: 22rem; overflow-y: auto; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
@media (max-width: 44rem) { .pair { grid-template-columns: 1fr; } }
)css";

// Text for HTML: marks escaped, bytes that are no UTF-8 and control characters shown as a replacement character.
std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t length = text::character_length(text.substr(position));
    const char c = text[position];
    const auto byte = static_cast<unsigned char>(c);
    if (length == 0 || (length == 1 && (byte < 0x20 || byte == 0x7F) && c != '\n' && c != '\t')) {
      out += "\xEF\xBF\xBD";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += text.substr(position, length);
    }
    position += std::max<std::size_t>(1, length);
  }
  return out;
}

std::string bytes(std::int64_t count) { return format_bytes(static_cast<double>(count)); }
std::string count(std::int64_t number) { return format_count(static_cast<double>(number)); }
double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string bar(double part, bool loss = false) {
  return fmt::format("<td class=\"bar\"><div class=\"fill{}\" style=\"width:{:.2f}%\"></div></td>", loss ? " loss" : "",
                     100 * std::clamp(part, 0.0, 1.0));
}

std::string card(const std::string& value, const std::string& label) {
  return fmt::format("<div class=\"card\"><b>{}</b><span>{}</span></div>\n", escaped(value), escaped(label));
}

std::string histogram(const std::vector<std::int64_t>& bins) {
  const std::int64_t most = bins.empty() ? 0 : *std::max_element(bins.begin(), bins.end());
  std::string html = "<h2>Documents by length</h2>\n<div class=\"scroll\"><table><tr><th>tokens</th><th>documents</th><th></th></tr>\n";
  for (std::size_t bin = 0; bin < bins.size(); ++bin) {
    if (bins[bin] == 0) continue;
    html += fmt::format("<tr><td>{}</td><td>{}</td>{}</tr>\n", length_range(bin), bins[bin],
                        bar(share(static_cast<double>(bins[bin]), static_cast<double>(most))));
  }
  return html + "</table></div>\n";
}

std::string stages(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  const auto whole = static_cast<double>(total.read.bytes);
  std::string html =
      "<h2>What each stage took away</h2>\n<div class=\"scroll\"><table><tr><th>stage</th><th>documents</th><th>text</th><th>of what was "
      "read</th><th></th></tr>\n";
  const auto row = [&](const std::string& name, const std::string& documents, std::int64_t amount, bool loss) {
    const double part = share(static_cast<double>(amount), whole);
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.1f}%</td>{}</tr>\n", escaped(name), documents, bytes(amount),
                        100 * part, bar(part, loss));
  };
  row("read", count(total.read.documents), total.read.bytes, false);
  for (const StageLoss& loss : stage_losses(manifest)) {
    row(loss.rule + (loss.change ? " (parts)" : ""), (loss.change ? "in " : "−") + count(loss.amount.documents), loss.amount.bytes, true);
  }
  row("kept", count(total.kept.documents), total.kept.bytes, false);
  return html + "</table></div>\n";
}

std::string sources(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  std::string html =
      "<h2>Sources</h2>\n<div class=\"scroll\"><table><tr><th>source</th><th>read</th><th>text</th><th>kept</th><th>text</th>"
      "<th>tokens</th><th>bytes a token</th><th>repeated</th><th>training tokens</th><th>share</th></tr>\n";
  for (const SourceReport& source : manifest.sources) {
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2f}</td><td>{:.2f}×</td><td>{}</td><td>{:.1f}%"
        "</td></tr>\n",
        escaped(source.name), count(source.read.documents), bytes(source.read.bytes), count(source.kept.documents),
        bytes(source.kept.bytes), count(source.tokens), share(static_cast<double>(source.kept.bytes), static_cast<double>(source.tokens)),
        source.repeat, count(source.train_tokens),
        100 * share(static_cast<double>(source.train_tokens), static_cast<double>(total.train_tokens)));
  }
  return html + "</table></div>\n";
}

std::string languages(const CorpusManifest& manifest) {
  const SourceReport total = manifest.total();
  if (total.languages.empty()) return "";
  std::vector<std::pair<std::string, Amount>> sorted(total.languages.begin(), total.languages.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  double all = 0;
  for (const auto& [code, amount] : sorted) all += static_cast<double>(amount.bytes);
  std::string html =
      "<h2>Languages</h2>\n<div class=\"scroll\"><table><tr><th>language</th><th>documents</th><th>text</th><th></th></tr>\n";
  for (const auto& [code, amount] : sorted) {
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>{}</tr>\n", escaped(code), count(amount.documents), bytes(amount.bytes),
                        bar(share(static_cast<double>(amount.bytes), all)));
  }
  return html + "</table></div>\n";
}

std::string samples(const CorpusInspection& inspection) {
  std::string html = "<h2>Documents</h2>\n<p class=\"dim\">From all over the training split, each from its beginning.</p>\n";
  for (const InspectedDocument& sample : inspection.samples) {
    html += fmt::format(
        "<details{}><summary>Document {} <span class=\"dim\">{}{} tokens, {}{}</span></summary><div "
        "class=\"body\"><pre>{}</pre></div></details>\n",
        &sample == &inspection.samples.front() ? " open" : "", sample.number, sample.source.empty() ? "" : escaped(sample.source) + " · ",
        sample.tokens, bytes(sample.text_bytes), sample.fim ? " · fill-in-the-middle, shown in reading order" : "", escaped(sample.text));
  }
  return html;
}

std::string rejected(const CorpusInspection& inspection) {
  if (inspection.rejected.empty()) return "";
  const SourceReport total = inspection.manifest->total();
  std::string duplicates, others;
  for (const auto& [rule, list] : inspection.rejected) {
    const bool pairs = rule.ends_with("_duplicate");
    const auto amount = total.rejected.find(rule), changed = total.changed.find(rule);
    const std::int64_t documents =
        (amount == total.rejected.end() ? 0 : amount->second.documents) + (changed == total.changed.end() ? 0 : changed->second.documents);
    std::string& html = pairs ? duplicates : others;
    html += fmt::format("<details><summary>{} <span class=\"dim\">{} documents · {} shown</span></summary><div class=\"body\">\n",
                        escaped(rule), documents, list.size());
    for (const RejectionSample& sample : list) {
      if (pairs) {
        html += fmt::format(
            "<p class=\"place\">{}</p><div class=\"pair\"><div><p class=\"place\">left out: {}</p><pre>{}</pre></div><div><p "
            "class=\"place\">kept: "
            "{}</p><pre>{}</pre></div></div>\n",
            escaped(sample.value), escaped(sample.place), escaped(sample.text), escaped(sample.other_place), escaped(sample.other_text));
      } else {
        html += fmt::format("<p class=\"place\"><b>{}</b> · {}</p><pre>{}</pre>\n", escaped(sample.value), escaped(sample.place),
                            escaped(sample.text));
      }
    }
    html += "</div></details>\n";
  }
  if (!duplicates.empty()) duplicates = "<h2>Duplicates</h2>\n" + duplicates;
  if (!others.empty()) others = "<h2>Left out, by rule</h2>\n" + others;
  return duplicates + others;
}

}  // namespace

std::string inspection_html(const CorpusInspection& inspection) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p class=\"sub\">Tokenizer {2:016x}, "
      "vocabulary of {3}</p>\n",
      escaped(inspection.path), style, inspection.fingerprint, inspection.vocab_size);
  html += "<div class=\"cards\">\n" + card(count(inspection.documents), "documents") + card(count(inspection.tokens), "tokens") +
          card(bytes(inspection.text_bytes), "text") +
          card(fmt::format("{:.2f}", share(static_cast<double>(inspection.text_bytes), static_cast<double>(inspection.tokens))),
               "bytes a token");
  if (inspection.manifest) {
    const SourceReport total = inspection.manifest->total();
    html += card(fmt::format("{:.1f}%", 100 * share(static_cast<double>(total.kept.bytes), static_cast<double>(total.read.bytes))),
                 "of the text read was kept") +
            card(count(total.validation_tokens), "validation tokens");
  }
  html += "</div>\n";
  if (inspection.manifest) html += stages(*inspection.manifest) + sources(*inspection.manifest);
  html += histogram(inspection.length_histogram);
  if (inspection.manifest) html += languages(*inspection.manifest);
  if (!inspection.samples.empty()) html += samples(inspection);
  html += rejected(inspection);
  return html + "</body>\n</html>\n";
}

}  // namespace fathom::data
