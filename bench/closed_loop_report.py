"""The report of bench/closed_loop.py: one page that needs nothing else. Clicks, estimates and judged quality stand apart."""
import html
import math

STYLE = """
:root { --page:#f6f7f9; --card:#fff; --ink:#1b2430; --muted:#667085; --line:#e3e7ee; --s1:#2f6fde; --s2:#d9662b; --s3:#1a7f52; --s4:#9aa3b2 }
@media (prefers-color-scheme: dark) { :root { --page:#11151c; --card:#1a202a; --ink:#e6eaf1; --muted:#98a2b3; --line:#2b3442;
  --s1:#74a5ff; --s2:#f2955d; --s3:#5fce9a; --s4:#69748a } }
* { box-sizing:border-box } body { margin:0; background:var(--page); color:var(--ink); font:16px/1.55 system-ui,"DejaVu Sans",sans-serif }
main { max-width:980px; margin:0 auto; padding:40px 22px 60px } h1 { font-size:28px; margin:0 0 8px } h2 { font-size:20px; margin:38px 0 8px }
.muted { color:var(--muted) } .row { display:flex; flex-wrap:wrap; gap:16px } figure, .scroll { background:var(--card); border:1px solid var(--line);
border-radius:12px; margin:0 } figure { padding:14px 16px; flex:1 1 420px; max-width:480px } figcaption { font-weight:600 } .scroll { overflow-x:auto; margin-top:14px }
table { border-collapse:collapse; width:100%; font-size:14px } th, td { padding:7px 9px; text-align:right; border-bottom:1px solid var(--line);
white-space:nowrap } th:first-child, td:first-child { text-align:left } th { color:var(--muted); font-weight:550 } tr:last-child td { border:0 }
svg { width:100%; height:auto; display:block } text { fill:var(--muted); font-size:12px } .key { display:inline-block; width:14px; height:3px; margin:0 6px 4px 12px }
"""
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 460, 230, 52, 28, 12


def chart(title, series, labels):
    """A line a series: (name, values); None leaves a gap. `series` may have four."""
    values = [value for _, points in series for value in points if value is not None]
    low, high = min(values), max(values)
    pad = (high - low) * 0.12 or 0.01
    low, high = low - pad, high + pad

    def x(i):
        return LEFT + 14 + i * (WIDTH - LEFT - 60) / max(1, len(labels) - 1)

    def y(value):
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    step = 10 ** math.floor(math.log10((high - low) / 3))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    parts, tick = [], math.ceil(low / step) * step
    while tick <= high:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 6}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="var(--line)"/>'
                     f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.3g}</text>')
        tick += step
    parts += [f'<text x="{x(i):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(label)}</text>' for i, label in enumerate(labels)]
    for number, (_, points) in enumerate(series, 1):
        known = [(x(i), y(value)) for i, value in enumerate(points) if value is not None]
        parts.append(f'<polyline fill="none" stroke="var(--s{number})" stroke-width="2.2" points="'
                     + " ".join(f"{a:.1f},{b:.1f}" for a, b in known) + '"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.4" fill="var(--s{number})"/>' for a, b in known]
    legend = "".join(f'<span class="key" style="background:var(--s{number})"></span>{html.escape(name)}'
                     for number, (name, _) in enumerate(series, 1))
    return (f'<figure><figcaption>{html.escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">'
            + "".join(parts) + f'</svg><div class="muted">{legend}</div></figure>')


def table(rows):
    cells = [["th" if not number else "td", row] for number, row in enumerate(rows)]
    body = "".join("<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in row) + "</tr>\n" for tag, row in cells)
    return f'<div class="scroll"><table>{body}</table></div>\n'


def number(value, digits=4):
    return "–" if value is None else f"{value:.{digits}f}"


def quality_row(name, judged):
    return [name] + [number(judged[role][mode][measure]) for role in ("seen", "unseen")
                     for mode, measure in (("bm25", "ndcg@10"), ("vectors", "ndcg@10"), ("hybrid", "ndcg@10"), ("hybrid", "mrr@10"))] + \
        [number(judged["seen"]["vector_weight"], 2)]


QUALITY_HEAD = ["", "seen: BM25", "vectors", "hybrid", "MRR@10", "unseen: BM25", "vectors", "hybrid", "MRR@10", "weight of vectors"]


def write_report(result, path):
    rounds, labels = result["rounds"], ["first"] + [f"round {entry['round']}" for entry in result["rounds"]]
    judged = [result["first"]] + [entry["judged"] for entry in rounds]
    users = result["options"]["users"]

    def line(role, mode):
        return [scores[role][mode]["ndcg@10"] for scores in judged]

    clicks = [[""] + ["through", "searches", "clicks a search", "position-rate", "pbm", "cascade", "dbn", "examples"]]
    estimates = [["", "log: clicks a search", "present: IPS", "SNIPS (95%)", "new: IPS", "SNIPS (95%)", "coverage of new"]]
    gate = [["", "present nDCG@10", "new", "difference (95%)", "p", "vectors alone", ""]]

    def snips(side):
        low, high = side["snips"]["interval"]
        return f"{side['snips']['value']:.4f} ({low:.4f}–{high:.4f})"

    def add_promotion(name, promotion):
        found, scores = promotion["clicks"], promotion["judged"]
        estimates.append([name, number(found["clicks_a_search"]), number(found["present"]["ips"]["value"]), snips(found["present"]),
                          number(found["new"]["ips"]["value"]), snips(found["new"]), f"{100 * found['new']['coverage']:.1f}%"])
        low, high = scores["interval"]
        gate.append([name, number(scores["present"]["ndcg@10"]), number(scores["new"]["ndcg@10"]),
                     f"{scores['ndcg@10_difference']:+.4f} ({low:+.4f} to {high:+.4f})", number(scores["p_value"]),
                     f"{scores['vectors']['present']:.3f} → {scores['vectors']['new']:.3f}",
                     "taken" if promotion["promoted"] else "refused"])

    for entry in rounds:
        held_out = entry["held_out"]
        clicks.append([f"round {entry['round']}", entry["through"], entry["searches"], number(entry["clicks_a_search"], 3)]
                      + [number(held_out[model]) for model in ("position-rate", "pbm", "cascade", "dbn")] + [entry["examples"].split(" of ")[0]])
        add_promotion(f"round {entry['round']}", entry["promotion"])
    add_promotion("trained on wrong pages", result["bad"])
    parts = [
        f"<h1>Search that learns from clicks: {html.escape(users)} users</h1>",
        f"<p>{result['data']['pages']} paragraphs of SQuAD; users ask {result['data']['users'] + result['data']['tune']} questions, "
        f"{result['data']['gate']} others decide about promotion. Quality is of {result['data']['seen']} further questions on the same articles "
        f"(seen) and {result['data']['unseen']} on articles that no user asked about (unseen). Simulated users; {result['seconds']:.0f} s in all.</p>",
        "<h2>Judged quality</h2><p class=\"muted\">By judgements that no training and no gate has seen; of the index after each round.</p><div class=\"row\">",
        chart("nDCG@10, seen articles", [(mode, line("seen", mode)) for mode in ("hybrid", "vectors", "bm25")], labels),
        chart("nDCG@10, unseen articles", [(mode, line("unseen", mode)) for mode in ("hybrid", "vectors", "bm25")], labels), "</div>",
        table([QUALITY_HEAD] + [quality_row(label, scores) for label, scores in zip(labels, judged)]),
        "<h2>Clicks of each round</h2><p class=\"muted\">Held-out log-likelihood in nats a search, by model; higher is better. Logs of different "
        "rounds have different clicks to predict: compare models, not rounds.</p>", table(clicks),
        "<h2>Clicks that each ranking would get</h2><p class=\"muted\">Estimated from all clicks so far, examination by the users' model; IPS is too low by "
        "what the log has not shown. The clicks were the training's, so the new ranking is flattered.</p><div class=\"row\">",
        chart("Clicks a search (SNIPS)", [(side, [entry["promotion"]["clicks"][side]["snips"]["value"] for entry in rounds])
                                          for side in ("present", "new")], labels[1:]), "</div>", table(estimates),
        "<h2>The gate</h2><p class=\"muted\">An encoder is taken if judged nDCG@10 does not fall and a fall by more than the margin is ruled out.</p>",
        table(gate),
        f"<p>After the refusal the index has generation {result['bad']['generation_after']}, before it {result['bad']['generation_before']}.</p>",
        "<h2>What taught the encoder</h2><p class=\"muted\">The first index with an encoder trained on other examples of the same queries: each of the same "
        "recipe, the fusion learnt from the same clicks.</p>",
        table([QUALITY_HEAD] + [quality_row(entry["name"], entry["judged"]) for entry in result["taught_by"]])]
    path.write_text(f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Closed loop</title>'
                    f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>\n'
                    + "\n".join(parts) + "\n</main></body></html>\n", encoding="utf-8")
