#!/usr/bin/env python3
"""The closed loop with simulated users: search, clicks, training, a gate, better search.

  python3 bench/closed_loop.py FATHOM SQUAD_DIR WORK [--users pbm|cascade|dbn] [--rounds 3] [--trainer FATHOM]

Pages are the paragraphs of some of SQuAD's training articles (bench/squad_pages.py has the directory's layout). Their questions are dealt out by a hash:
what users search for, what decides about promotion, and what is only reported ("seen"); some articles are asked about by no user ("unseen").
Users find a result attractive by whether it is the paragraph that answers (0.7), in the snippet too (1), or not (0); they look and click as
the model of --users says, whose truth is known. SQuAD's questions were written by people who saw the paragraph: they share more words with it
than what people type.

Each round: the index's own rankings are shown to users (fathom log simulate; in the last round the users ask a running fathom serve, over
HTTP) -> log import -> log examples (position taken out by the click model) -> index train -> index promote (judged quality decides) -> log report.
The fusion is learnt from clicks on other queries than the encoder. Then what the last round's clicks would have taught without the correction,
what perfect knowledge would have taught, and an encoder trained on clicks dealt to wrong pages, which the gate has to refuse.

WORK gets loop.json and report.html, and everything in between. A result is a function of the options, at the same number of threads.
"""
import argparse
import collections
import json
import pathlib
import random
import shutil
import subprocess
import time
import urllib.request

from closed_loop_report import write_report
from squad_pages import articles, fraction, one_line, pages_of

ROLES = (("users", 0.6), ("tune", 0.7), ("gate", 0.85), ("seen", 1.0))  # share of the questions up to here


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_lines(path, records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


class Questions:
    """Pages and questions of SQuAD: WORK/pages.jsonl, and judged queries by role."""

    def __init__(self, squad, work, seen_articles, unseen_articles, most_judged):
        pages, self.by_role, self.answer, known = [], collections.defaultdict(dict), {}, set()
        for number, article in enumerate(articles(squad / "train-v1.1.json.xz")[: seen_articles + unseen_articles]):
            found, clicks = pages_of(article, "paragraphs")
            pages += found
            for question, place, offset in clicks:
                text = " ".join(one_line(question["question"]).split())
                if text.lower() in known:  # a log takes them for one query
                    continue
                known.add(text.lower())
                share = fraction(question["id"])
                role = "unseen" if number >= seen_articles else next(name for name, end in ROLES if share < end)
                self.by_role[role][text] = question["id"]
                self.answer[text] = (found[place]["id"], offset)
        for role in ("gate", "seen", "unseen"):  # any of them, whatever article they are on
            chosen = sorted(self.by_role[role], key=lambda text: fraction("judged " + text))[:most_judged]
            self.by_role[role] = {text: self.by_role[role][text] for text in chosen}
        self.pages = work / "pages.jsonl"
        write_lines(self.pages, pages)
        for role, queries in self.by_role.items():
            write_lines(work / f"{role}.jsonl", [{"id": key, "query": text} for text, key in queries.items()])
            (work / f"{role}.tsv").write_text("".join(f"{key} 0 {self.answer[text][0]} 1\n" for text, key in queries.items()))
        self.counts = {"pages": len(pages)} | {role: len(queries) for role, queries in self.by_role.items()}

    def relevance(self, query, result):
        page, offset = self.answer[query]
        if result["id"] != page:
            return 0.0
        sentence = result["sentence"]
        return 1.0 if sentence["begin"] <= offset < sentence["end"] else 0.7

    def asked(self):
        return [text for role in ("users", "tune") for text in self.by_role[role]]


class User:
    """The users of `fathom log simulate`, for those who ask a server."""

    def __init__(self, model, seed):
        self.model, self.random = model, random.Random(seed)

    def clicks(self, relevance):
        for place, value in enumerate(relevance):
            attracted = self.random.random() < 0.05 + 0.55 * value
            if self.model == "pbm":
                if attracted and self.random.random() < 1 / (place + 1):
                    yield place
                continue
            if attracted:
                yield place
                if self.model == "cascade" or self.random.random() < 0.2 + 0.6 * value:
                    return
            if self.model == "dbn" and self.random.random() >= 0.9:
                return


class Loop:
    def __init__(self, options):
        self.options, self.work = options, options.work
        self.index = self.work / "index"
        self.questions = Questions(options.squad, self.work, options.articles, options.unseen_articles, options.judged)
        self.log = self.work / "log.jsonl"  # of all rounds so far

    def fathom(self, *words, program=None, codes=(0,), stdin=None):
        command = [str(program or self.options.fathom), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, input=stdin, check=False)
        if done.returncode not in codes:
            raise SystemExit(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{done.stderr}")
        return done

    def build(self):
        self.fathom("index", "build", "--input", self.questions.pages, "--out", self.index, "--vector-width", self.options.width, "--quiet")

    def quality(self, index=None):
        """Judged, on queries that nothing was learnt from."""
        result = {}
        for role in ("seen", "unseen"):
            scores = json.loads(self.fathom("index", "eval", "--index", index or self.index, "--queries", self.work / f"{role}.jsonl", "--qrels",
                                            self.work / f"{role}.tsv", "--json").stdout)
            result[role] = {mode: {measure: scores[mode][measure] for measure in ("ndcg@10", "mrr@10", "recall@10")}
                            for mode in ("bm25", "vectors", "hybrid")}
            result[role]["vector_weight"] = scores["ranking"]["vector_weight"]
        return result

    def rankings(self, path):
        """What the index shows for each query of the users, with what they think of it."""
        queries = self.questions.asked()
        found = self.fathom("search", "--index", self.index, "--json", "--k", 10, stdin="\n".join(queries) + "\n").stdout.splitlines()
        records = []
        for query, line in zip(queries, found, strict=True):
            results = [{"page": hit["id"], "sentence": max(0, hit["sentence"]["ordinal"]), "relevance": self.questions.relevance(query, hit)}
                       for hit in json.loads(line)["results"]]
            records.append({"query": query, "results": results})
        write_lines(path, records)

    def simulated_round(self, number, folder):
        self.rankings(folder / "rankings.jsonl")
        self.fathom("log", "simulate", "--rankings", folder / "rankings.jsonl", "--model", self.options.users, "--searches", self.options.searches,
                    "--seed", self.options.seed + number, "--out", folder / "raw.jsonl", "--truth", folder / "truth.json")
        return {"through": "log simulate", "searches": self.options.searches}

    def served_round(self, number, folder):
        """The users ask a server on the loopback address; what it records is the log."""
        raw = folder / "raw.jsonl"
        raw.unlink(missing_ok=True)
        server = subprocess.Popen([self.options.fathom, "serve", "--index", self.index, "--port", "0", "--click-log", raw],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            address = server.stdout.readline().strip().rstrip("/")
            user, queries = User(self.options.users, self.options.seed + number), self.questions.asked()
            for _ in range(self.options.served_searches):
                query = user.random.choice(queries)
                found = self.ask(address, "/search", {"q": query, "k": 10})
                relevance = [self.questions.relevance(query, hit) for hit in found["results"]]
                for place in user.clicks(relevance):
                    self.ask(address, "/click", {"search_id": found["search_id"], "page": found["results"][place]["id"]})
        finally:
            server.terminate()
            server.wait(30)
        return {"through": "serve", "searches": self.options.served_searches}

    @staticmethod
    def ask(address, path, body):
        request = urllib.request.Request(address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read() or b"{}")

    def examples(self, folder):
        """Clicks without position, in two parts by their query: for the encoder, and for the fusion."""
        said = self.fathom("log", "examples", "--input", self.log, "--model", self.options.users, "--min-attractiveness",
                           self.options.min_attractiveness, "--out", folder / "examples.jsonl").stdout
        return said.splitlines()[0].split(": ", 1)[1], lines(folder / "examples.jsonl")

    def part(self, examples, role, path):
        write_lines(path, [example for example in examples if example["query"] in self.questions.by_role[role]])
        return path

    def train(self, examples, out):
        started = time.monotonic()
        self.fathom("index", "train", "--pages", self.questions.pages, "--examples", examples, "--out", out, "--quiet", "--threads",
                    self.options.threads, "--set", f"model.width={self.options.width}", "--set", f"train.epochs={self.options.epochs}",
                    "--set", f"train.seed={self.options.seed}", program=self.options.trainer)
        return time.monotonic() - started

    def promote(self, encoder, folder, name):
        report = folder / f"{name}.json"
        done = self.fathom("index", "promote", "--index", self.index, "--encoder", encoder, "--queries", self.work / "gate.jsonl", "--qrels",
                           self.work / "gate.tsv", "--clicks", self.log, "--model", self.options.users, "--examples", folder / "tune.jsonl",
                           "--report", report, "--quiet", codes=(0, 1))
        result = json.loads(report.read_text())
        assert result["promoted"] == (done.returncode == 0)
        return result

    def generation(self):
        return json.loads(self.fathom("index", "info", "--index", self.index, "--json").stdout)["generation"]

    def round(self, number, before):
        folder = self.work / f"round-{number}"
        folder.mkdir()
        served = number == self.options.rounds
        entry = {"round": number} | (self.served_round if served else self.simulated_round)(number, folder)
        self.fathom("log", "import", "--input", folder / "raw.jsonl", "--index", self.index, "--out", folder / "log.jsonl")
        with open(self.log, "a", encoding="utf-8") as log:
            log.write((folder / "log.jsonl").read_text(encoding="utf-8"))
        report = json.loads(self.fathom("log", "report", "--input", folder / "log.jsonl", "--model", self.options.users, "--html",
                                        folder / "clicks.html", "--json", *([] if served else ["--truth", folder / "truth.json"])).stdout)
        entry["clicks_a_search"] = report["clicks"] / report["searches"]
        entry["held_out"] = {model["model"]: model["held_out"]["log_likelihood"] for model in report["models"]}
        entry["examples"], examples = self.examples(folder)
        entry["training_seconds"] = self.train(self.part(examples, "users", folder / "train.jsonl"), folder / "encoder")
        self.part(examples, "tune", folder / "tune.jsonl")
        entry["promotion"] = self.promote(folder / "encoder", folder, "promotion")
        entry["judged"] = self.quality() if entry["promotion"]["promoted"] else before
        return entry, folder

    def compare(self, name, examples, folder):
        """Quality of an encoder trained on other examples, in a copy of the first index, with the same clicks for the fusion."""
        index = self.work / f"index-{name}"
        shutil.copytree(self.work / "index-0", index)
        write_lines(folder / f"{name}.jsonl", examples)
        self.train(folder / f"{name}.jsonl", folder / f"encoder-{name}")
        self.fathom("index", "encode", "--index", index, "--encoder", folder / f"encoder-{name}", "--examples", folder / "tune.jsonl", "--quiet")
        return {"name": name, "examples": len(examples), "judged": self.quality(index)}

    def raw_examples(self):
        """Every click counts the same, wherever it was."""
        counts = collections.Counter()
        for search in lines(self.log):
            if search["query"] not in self.questions.by_role["users"]:
                continue
            sentences = {shown["page"]: shown.get("sentence", -1) for shown in search["shown"] if isinstance(shown, dict)}
            for click in search["clicked"]:
                click = click["page"] if isinstance(click, dict) else click
                page = click if isinstance(click, str) else search["shown"][click - 1]["page"]
                counts[search["query"], page, sentences.get(page, -1)] += 1
        mean = sum(counts.values()) / len(counts)
        return [{"query": query, "page": page, "sentence": sentence, "weight": count / mean} for (query, page, sentence), count in counts.items()]

    def run(self):
        started = time.monotonic()
        self.build()
        shutil.copytree(self.index, self.work / "index-0")
        result = {"options": {key: str(value) for key, value in vars(self.options).items()}, "data": self.questions.counts,
                  "first": self.quality(), "rounds": []}
        for number in range(1, self.options.rounds + 1):
            entry, folder = self.round(number, (result["rounds"] or [{"judged": result["first"]}])[-1]["judged"])
            result["rounds"].append(entry)
            print(json.dumps({"round": number, "promoted": entry["promotion"]["promoted"], "hybrid": entry["judged"]["seen"]["hybrid"]["ndcg@10"]}), flush=True)
        corrected = lines(folder / "train.jsonl")
        perfect = [{"query": query, "page": self.questions.answer[query][0], "offset": self.questions.answer[query][1]}
                   for query in self.questions.by_role["users"]]
        clicked = [{key: value for key, value in example.items() if key != "sentence"} for example in corrected]
        result["taught_by"] = [self.compare("corrected", corrected, folder), self.compare("corrected, sentence unknown", clicked, folder),
                               self.compare("raw clicks", self.raw_examples(), folder), self.compare("perfect knowledge", perfect, folder)]
        wrong = [example["page"] for example in corrected]
        random.Random(self.options.seed).shuffle(wrong)
        write_lines(folder / "bad.jsonl", [{"query": example["query"], "page": page} for example, page in zip(corrected, wrong)])
        self.train(folder / "bad.jsonl", folder / "encoder-bad")
        before = self.generation()
        bad = self.promote(folder / "encoder-bad", folder, "bad")
        result["bad"] = bad | {"generation_before": before, "generation_after": self.generation()}
        result["seconds"] = time.monotonic() - started
        (self.work / "loop.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        write_report(result, self.work / "report.html")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fathom", type=pathlib.Path)
    parser.add_argument("squad", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path, help="a directory that does not exist")
    parser.add_argument("--trainer", type=pathlib.Path, help="the program that trains, where another one is to")
    parser.add_argument("--users", choices=["pbm", "cascade", "dbn"], default="pbm")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--searches", type=int, default=20000, help="of a simulated round")
    parser.add_argument("--served-searches", type=int, default=5000, help="of the round through the server")
    parser.add_argument("--articles", type=int, default=36)
    parser.add_argument("--unseen-articles", type=int, default=8)
    parser.add_argument("--judged", type=int, default=500, help="at most so many questions decide, and so many of each kind are reported on")
    parser.add_argument("--min-attractiveness", type=float, default=0.15)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.trainer = options.trainer or options.fathom
    options.work.mkdir(parents=True)
    Loop(options).run()


if __name__ == "__main__":
    main()
