#!/usr/bin/env python3
"""SQuAD as page search: pages, clicks and judged queries.

  python3 bench/squad_pages.py SQUAD_DIR OUT [--pages articles|paragraphs]

SQUAD_DIR holds train-v1.1.json.xz and dev-v1.1*.json.xz (questions of SQuAD 1.1; "n_occurrences" of an answer says how often its text stands in
the paragraph), nqg-split/doclist-test.txt (44 article titles). A page is an article, or each paragraph under its article's title. The question is the
query, the sentence in which its answer begins is the clicked one: people did not click, so this is a substitute for a log. Questions whose answer
stands in the paragraph more than once are dropped.

OUT gets
  train.pages.jsonl    pages of 398 train articles: what a model may see
  examples.jsonl       their questions but for one in 20 (by a hash of the question)
  pages.jsonl          all pages, those of the 44 other train articles and of the dev articles included: what is searched
  queries.jsonl        "seen": the questions held out of the 398 articles; "unseen": those of the other articles
  qrels.tsv
  seen.clicks.jsonl, unseen.clicks.jsonl   their clicked sentences
"""
import argparse
import hashlib
import json
import lzma
import pathlib


def articles(path):
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)["data"]


def fraction(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def one_line(text):
    return text.replace("\n", " ").replace("\r", " ")


def pages_of(article, kind):
    """Pages of an article, and for each question its page's number and the byte of the page's text at which its answer begins."""
    title = article["title"].replace("_", " ")
    pages, clicks, text = [], [], ""
    for number, paragraph in enumerate(article["paragraphs"]):
        if kind == "paragraphs":
            text = ""
        begin = len(text.encode())
        context = one_line(paragraph["context"])
        text += context + "\n"
        if kind == "paragraphs":
            pages.append({"id": f"{article['title']}#{number}", "title": title, "text": text})
        for question in paragraph["qas"]:
            answer = question["answers"][0]
            if answer["n_occurrences"] == 1:
                offset = begin + len(context[: answer["answer_start"]].encode())
                clicks.append((question, number if kind == "paragraphs" else 0, offset))
    if kind == "articles":
        pages.append({"id": article["title"], "title": title, "text": text})
    return pages, clicks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("squad", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--pages", choices=["articles", "paragraphs"], default="articles")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    held_out = set((options.squad / "nqg-split/doclist-test.txt").read_text(encoding="utf-8").split())
    train = articles(options.squad / "train-v1.1.json.xz")
    dev = articles(next(options.squad.glob("dev-v1.1*.json.xz")))

    files = {name: open(options.out / name, "w", encoding="utf-8") for name in
             ("train.pages.jsonl", "examples.jsonl", "pages.jsonl", "queries.jsonl", "qrels.tsv",
              "seen.clicks.jsonl", "unseen.clicks.jsonl")}

    def write(name, record):
        files[name].write(json.dumps(record, ensure_ascii=False) + "\n")

    counts = {"pages": 0, "examples": 0, "seen": 0, "unseen": 0}
    for number, article in enumerate(train + dev):
        seen = number < len(train) and article["title"] not in held_out
        pages, clicks = pages_of(article, options.pages)
        for page in pages:
            counts["pages"] += 1
            write("pages.jsonl", page)
            if seen:
                write("train.pages.jsonl", page)
        for question, place, offset in clicks:
            page = pages[place]["id"]
            text = one_line(question["question"]).strip()
            click = {"query": text, "page": page, "offset": offset}
            if seen and fraction(question["id"]) >= 0.05:
                counts["examples"] += 1
                write("examples.jsonl", click)
                continue
            group = "seen" if seen else "unseen"
            write(f"{group}.clicks.jsonl", click)
            counts[group] += 1
            write("queries.jsonl", {"id": question["id"], "query": text, "group": group})
            files["qrels.tsv"].write(f"{question['id']} 0 {page} 1\n")
    for file in files.values():
        file.close()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
