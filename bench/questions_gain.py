#!/usr/bin/env python3
"""What generated questions bring to page search, on judged collections.

  python3 bench/questions_gain.py FATHOM MODEL COLLECTIONS WORK [SET…] [--per-page N] [--weight W] [--seconds S] [--device cpu|cuda]

COLLECTIONS: what bench/retrieval_pages.py writes (SET/pages.jsonl, queries.jsonl, qrels.tsv). For each set, questions are generated from the
pages' text alone (`fathom questions generate`); no query or judgement is seen. They enrich one index (BM25 finds pages by them) and train a page
encoder (`fathom index train --synthetic`). Five indexes are then measured on the queries:

  plain        BM25, vectors of word vectors trained on the pages, and their mixture
  enriched     the same with the questions in BM25
  untrained    with the page encoder before its first step
  trained      with the page encoder after training on the questions
  both         the trained encoder, and the questions in BM25

Every mode of each is compared with the same mode of `plain`, the vectors and the mixture of `trained` also with `untrained`: paired over the
queries, 95% bootstrap interval and p of a randomisation test. Results go to WORK/SET/gain.json and, as a table, to standard output. What is in
WORK already is used again. The ranking is learnt from pseudo queries throughout.
"""
import argparse
import json
import pathlib
import subprocess
import sys

MODES = ("bm25", "vectors", "hybrid")
MEASURES = ("ndcg@10", "recall@10", "recall@100")


def run(*arguments):
    print("+", *arguments, file=sys.stderr, flush=True)
    return subprocess.run([str(a) for a in arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def build(fathom, pages, out, *options):
    if not out.exists():
        run(fathom, "index", "build", "--input", pages, "--out", out, "--quiet", *options)


def enrich(fathom, index, questions, weight):
    run(fathom, "index", "enrich", "--index", index, "--questions", questions, "--weight", weight)
    run(fathom, "index", "tune", "--index", index)  # BM25's scores are others now


def train(fathom, work, pages, questions, name, *options):
    out = work / name
    if not out.exists():
        run(fathom, "index", "train", "--pages", pages, "--synthetic", questions, "--out", out, "--quiet", *options)
    return out


def prepare(arguments, work, pages):
    fathom, questions = arguments.fathom, work / "pairs.jsonl"
    if not questions.exists():
        run(fathom, "questions", "generate", "--model", arguments.model, "--input", pages, "--per-page", arguments.per_page, "--out",
            questions, "--device", arguments.device)
    learning = ["--device", arguments.device] + (["--set", f"train.seconds={arguments.seconds}"] if arguments.seconds else [])
    untrained = train(fathom, work, pages, questions, "encoder-untrained", "--set", "train.epochs=0")
    trained = train(fathom, work, pages, questions, "encoder-trained", *learning)
    indexes = {name: work / f"index-{name}" for name in ("plain", "enriched", "untrained", "trained", "both")}
    build(fathom, pages, indexes["plain"])
    build(fathom, pages, indexes["untrained"], "--encoder", untrained)
    build(fathom, pages, indexes["trained"], "--encoder", trained)
    build(fathom, pages, indexes["enriched"])
    build(fathom, pages, indexes["both"], "--encoder", trained)
    for name in ("enriched", "both"):
        enrich(fathom, indexes[name], questions, arguments.weight)
    return indexes, sum(1 for _ in open(questions, encoding="utf-8"))


def measure(fathom, index, collection, baseline=None):
    options = ["--baseline", baseline] if baseline else []
    return json.loads(run(fathom, "index", "eval", "--index", index, "--queries", collection / "queries.jsonl", "--qrels",
                          collection / "qrels.tsv", "--json", *options))


def line(name, mode, scores, test=None):
    text = f"{name:10} {mode:8}" + "".join(f"{scores[mode][m]:12.4f}" for m in MEASURES)
    if test:
        text += f"   nDCG@10 {test['difference']:+.4f} [{test['low']:+.4f}, {test['high']:+.4f}], p {test['p']:.4f}"
    return text


def gain(arguments, name):
    collection, work = arguments.collections / name, arguments.work / name
    work.mkdir(parents=True, exist_ok=True)
    indexes, questions = prepare(arguments, work, collection / "pages.jsonl")
    results = {"set": name, "questions": questions, "weight": arguments.weight, "plain": measure(arguments.fathom, indexes["plain"], collection)}
    print(f"\n{name}: {results['plain']['queries']} queries, {questions} questions")
    print(" " * 19 + "".join(f"{m:>12}" for m in MEASURES) + "   difference to plain")
    for mode in MODES:
        print(line("plain", mode, results["plain"]))
    for index in ("enriched", "untrained", "trained", "both"):
        results[index] = measure(arguments.fathom, indexes[index], collection, indexes["plain"])
        for mode in MODES:
            print(line(index, mode, results[index], results[index]["difference"][mode]["ndcg@10"]))
    against = measure(arguments.fathom, indexes["trained"], collection, indexes["untrained"])["difference"]
    results["trained_against_untrained"] = against
    for mode in ("vectors", "hybrid"):
        test = against[mode]["ndcg@10"]
        print(f"trained against untrained, {mode}: nDCG@10 {test['difference']:+.4f} [{test['low']:+.4f}, {test['high']:+.4f}], p {test['p']:.4f}")
    (work / "gain.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("fathom", "model", "collections", "work"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("sets", nargs="*", default=["cranfield", "cisi", "cacm", "nfcorpus", "scifact"])
    parser.add_argument("--per-page", type=int, default=5)
    parser.add_argument("--weight", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, help="training ends after the epoch in which so many are over")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    for name in arguments.sets:
        if (arguments.collections / name / "pages.jsonl").exists():
            gain(arguments, name)


if __name__ == "__main__":
    main()
