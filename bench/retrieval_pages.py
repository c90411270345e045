#!/usr/bin/env python3
"""Judged collections as page search: pages, queries and judgements in the form that `fathom index compare` reads.

  python3 bench/retrieval_pages.py DATA OUT

DATA has the folders cranfield, cisi, cacm, nfcorpus and scifact with documents (JSONL of id, title, text), queries (JSONL of qid, text) and
judgements, each plain or .xz; sets that are missing are left out. OUT gets SET/pages.jsonl, SET/queries.jsonl, SET/qrels.tsv. Cranfield's codes are
turned round (1, a complete answer, becomes relevance 4; 4 becomes 1; what is of no interest is left out). NFCorpus: its test queries; SciFact: its validation claims.
"""
import json
import lzma
import pathlib
import sys

SETS = {
    "cranfield": ("docs.jsonl", "queries.shared-half.jsonl", "qrels.shared-half.tsv"),
    "cisi": ("docs.jsonl", "queries.jsonl", "qrels.tsv"),
    "cacm": ("docs.jsonl", "queries.jsonl", "qrels.tsv"),
    "nfcorpus": ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"),
    "scifact": ("docs.jsonl", "queries.validation.jsonl", "qrels.validation.tsv"),
}


def lines(path):
    for name, opener in ((path, open), (path.with_name(path.name + ".xz"), lzma.open)):
        if name.exists():
            with opener(name, "rt", encoding="utf-8") as file:
                yield from (line.rstrip("\r\n") for line in file)
            return
    raise FileNotFoundError(path)


def judgements(path, name):
    for line in lines(path):
        fields = line.split()
        if len(fields) == 3:  # BEIR: query, document, relevance, under a header
            if not fields[2].lstrip("-").isdigit():
                continue
            fields.insert(1, "0")
        query, _, document, relevance = fields[:4]
        relevance = int(relevance)
        if name == "cranfield":
            relevance = 5 - relevance if 1 <= relevance <= 4 else 0
        yield query, document, relevance


def main():
    data, out = map(pathlib.Path, sys.argv[1:3])
    for name, (docs, queries, qrels) in SETS.items():
        if not (data / name).is_dir():
            continue
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "pages.jsonl", "w", encoding="utf-8") as file:
            for record in map(json.loads, lines(data / name / docs)):
                page = {"id": record.get("id") or record["_id"], "title": record.get("title", ""), "text": record.get("text", "")}
                if page["title"].strip() or page["text"].strip():
                    file.write(json.dumps(page, ensure_ascii=False) + "\n")
        with open(folder / "queries.jsonl", "w", encoding="utf-8") as file:
            for record in map(json.loads, lines(data / name / queries)):
                query = {"id": record.get("qid") or record["_id"], "query": record["text"], "group": name}
                file.write(json.dumps(query, ensure_ascii=False) + "\n")
        with open(folder / "qrels.tsv", "w", encoding="utf-8") as file:
            for query, document, relevance in judgements(data / name / qrels, name):
                if relevance > 0:
                    file.write(f"{query} 0 {document} {relevance}\n")
        print(name, sum(1 for _ in open(folder / "pages.jsonl")), "pages", sum(1 for _ in open(folder / "queries.jsonl")), "queries")


if __name__ == "__main__":
    main()
