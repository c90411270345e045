#!/bin/bash
# The texts of docs/tokenizer.md's table: OUT/train to train a tokenizer on, OUT/held-out to measure its compression with.
#   bench/tokenizer_corpus.sh ../shared/data OUT
# Needs xz and jq. Nothing of held-out is in train: test sets, and the last 5,000 lines of the Chinese news.
set -euo pipefail
data=$1 out=$2
mkdir -p "$out/train" "$out/held-out"

for file in "$data"/lm-english/*.txt.xz; do xz -dc "$file" > "$out/train/$(basename "$file" .xz)"; done
xz -dc "$data/lm-english/c4-sample-300.jsonl.xz" | jq -r .text > "$out/train/c4.txt"
xz -dc "$data/lm-chinese/news-msra.txt.xz" | head -n -5000 > "$out/train/news.txt"
for name in hotel shopping takeaway; do xz -dc "$data/lm-chinese/$name-reviews.tsv.xz" | sed 's/.*\t//' > "$out/train/$name.txt"; done
xz -dc "$data/squad/train-v1.1.json.xz" | jq -r '.data[].paragraphs[].context' > "$out/train/squad.txt"
xz -dc "$data/code/mbpp.jsonl.xz" | jq -r '.text, .code' > "$out/train/mbpp.txt"
xz -dc "$data/math/MATH/train.jsonl.xz" | jq -r '.problem, (.solution // empty)' > "$out/train/math.txt"
xz -dc "$data/math/gsm8k/train.jsonl.xz" | jq -r '.question, .answer' > "$out/train/gsm8k.txt"

xz -dc "$data/lm-english/wikitext-2/test.txt.xz" > "$out/held-out/wikitext-2-test.txt"
xz -dc "$data/lm-chinese/news-msra.txt.xz" | tail -n 5000 > "$out/held-out/news-msra-end.txt"
gzip -dc "$data/code/HumanEval.jsonl.gz" | jq -r '.prompt, .canonical_solution, .test' > "$out/held-out/HumanEval.txt"
xz -dc "$data/math/math500/test.jsonl.xz" | jq -r '.problem, .solution' > "$out/held-out/math500.txt"
