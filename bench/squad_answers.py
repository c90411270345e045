#!/usr/bin/env python3
"""How well `fathom ask` answers SQuAD's questions from whole articles without a language model, and when it should not.

    python3 bench/squad_answers.py eval FATHOM SQUAD_DIRECTORY WORK [QUESTIONS]     a half of the dev articles' questions have no answer in the index
    python3 bench/squad_answers.py fit  FATHOM SQUAD_DIRECTORY WORK [QUESTIONS]     the scale of the weights in fathom/search/answer.cpp, from training articles

SQUAD_DIRECTORY holds train-v1.1.json.xz and dev-v1.1.shared-half.json.xz. A page is an article. Of `eval` every second dev article is in the index
with all training articles; questions of the other articles have no answer there. Of `fit` two thirds of the training articles are in the index.
A sentence is right when it holds an answer's text and is of the question's article. F1 is that of SQuAD's script, of the whole sentence."""
import json
import lzma
import math
import random
import re
import string
import subprocess
import sys
from collections import Counter
from pathlib import Path


def articles(path):
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)["data"]


def questions_of(article):
    return [(q["question"].replace("\n", " "), [a["text"] for a in q["answers"]], article["title"])
            for p in article["paragraphs"] for q in p["qas"] if q["question"].strip()]


def write_pages(path, chosen):
    with open(path, "w", encoding="utf-8") as file:
        for article in chosen:
            page = {"id": article["title"], "title": article["title"].replace("_", " "), "text": "\n\n".join(p["context"] for p in article["paragraphs"])}
            file.write(json.dumps(page, ensure_ascii=False) + "\n")


def normal(text):
    text = re.sub(r"\b(a|an|the)\b", " ", "".join(c for c in text.lower() if c not in string.punctuation))
    return text.split()


def f1(prediction, answers):
    best, words = 0.0, Counter(normal(prediction))
    for answer in answers:
        gold = Counter(normal(answer))
        same = sum((words & gold).values())
        if same:
            precision, recall = same / sum(words.values()), same / sum(gold.values())
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def ask(fathom, index, asked, passages):
    command = [fathom, "ask", "--index", str(index), "--json", "--threshold", "0", "--passages", str(passages)]
    done = subprocess.run(command, input="".join(q + "\n" for q, _, _ in asked), capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def right(passage, question):
    return passage["id"] == question[2] and any(answer in passage["text"] for answer in question[1])


def build(fathom, work, chosen):
    pages, index = work / "pages.jsonl", work / "index"
    write_pages(pages, chosen)
    subprocess.run([fathom, "index", "build", "--input", str(pages), "--out", str(index), "--quiet", "--force"], check=True, stdout=subprocess.DEVNULL)
    return index


def evaluate(fathom, squad, work, most):
    train, dev = articles(squad / "train-v1.1.json.xz"), articles(squad / "dev-v1.1.shared-half.json.xz")
    inside, outside = dev[::2], dev[1::2]
    index = build(fathom, work, train + inside)
    draw = random.Random(1)
    known, unknown = ([q for a in part for q in questions_of(a)] for part in (inside, outside))
    known, unknown = draw.sample(known, min(most, len(known))), draw.sample(unknown, min(most, len(unknown)))
    replies = ask(fathom, index, known + unknown, 5)
    hits = [[right(p, q) for p in r["passages"]] for r, q in zip(replies, known)]
    share = lambda values: sum(values) / len(values)
    print(f"{len(known)} questions with an answer among {len(train) + len(inside)} articles:")
    print(f"  the article is that of the first passage {share([bool(r['passages']) and r['passages'][0]['id'] == q[2] for r, q in zip(replies, known)]):.3f}")
    print(f"  the answer stands in the first passage {share([bool(h) and h[0] for h in hits]):.3f}, in the first five {share([any(h) for h in hits]):.3f}")
    print(f"  F1 of the first passage as a whole {share([f1(r['passages'][0]['text'], q[1]) if r['passages'] else 0.0 for r, q in zip(replies, known)]):.3f}")
    points = [(r["passages"][0]["probability"] if r["passages"] else 0.0, i < len(known) and bool(hits[i]) and hits[i][0]) for i, r in enumerate(replies)]
    print(f"with {len(unknown)} questions of other articles, which have none (risk: share of wrong among the answered):")
    points.sort(reverse=True)
    for threshold in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.0):
        answered = [ok for p, ok in points if p >= threshold]
        refused = sum(1 for r in replies[len(known):] if not r["passages"] or r["passages"][0]["probability"] < threshold)
        if answered:
            print(f"  threshold {threshold:.1f}: coverage {len(answered) / len(points):.3f}, risk {1 - share(answered):.3f}, refused of those without an answer {refused / len(unknown):.3f}")
    bins = {}
    for p, ok in points:
        bins.setdefault(min(9, int(10 * p)), []).append((p, ok))
    error = sum(abs(sum(p for p, _ in b) - sum(ok for _, ok in b)) for b in bins.values()) / len(points)
    print(f"  calibration error {error:.3f}")


def fit(fathom, squad, work, most):
    train = articles(squad / "train-v1.1.json.xz")
    inside, outside = [a for i, a in enumerate(train) if i % 3], train[::3]
    index = build(fathom, work, inside)
    draw = random.Random(2)
    asked = draw.sample([q for a in inside for q in questions_of(a)], most) + draw.sample([q for a in outside for q in questions_of(a)], most)
    rows = []
    for reply, question in zip(ask(fathom, index, asked, 1), asked):
        for passage in reply["passages"]:
            p = min(1 - 1e-9, max(1e-9, passage["probability"]))
            rows.append((math.log(p / (1 - p)), right(passage, question)))
    slope, offset = 1.0, 0.0
    for _ in range(100):  # Newton's method with steps that are not too long
        g0 = g1 = h00 = h01 = h11 = 1e-9
        for x, ok in rows:
            p = 1 / (1 + math.exp(-(slope * x + offset)))
            g0, g1 = g0 + (ok - p), g1 + (ok - p) * x
            h00, h01, h11 = h00 + p * (1 - p), h01 + p * (1 - p) * x, h11 + p * (1 - p) * x * x
        determinant = h00 * h11 - h01 * h01
        d0, d1 = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        scale = min(1.0, 0.5 / max(abs(d0), abs(d1), 1e-12))
        offset, slope = offset + scale * d0, slope + scale * d1
    print(f"{len(rows)} questions, half of them without an answer: multiply every weight by {slope:.3f} and then add {offset:.3f} to the offset")


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6) or sys.argv[1] not in ("eval", "fit"):
        sys.exit(__doc__)
    work = Path(sys.argv[4])
    work.mkdir(parents=True, exist_ok=True)
    (evaluate if sys.argv[1] == "eval" else fit)(sys.argv[2], Path(sys.argv[3]), work, int(sys.argv[5]) if len(sys.argv) > 5 else 1500)
