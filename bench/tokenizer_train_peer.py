#!/usr/bin/env python3
"""How long Hugging Face's `tokenizers` takes to train a vocabulary on the files that `fathom tokenizer train --input` gets.

    python3 bench/tokenizer_train_peer.py DIRECTORY PRE_TOKENIZER THREADS [VOCAB_SIZE]

PRE_TOKENIZER is a name of tests/fixtures/bpe_trainer/pre_tokenizers.json. Only training is timed, with the texts in memory (in pieces of 1 MiB, so
that threads have work); starting Python and reading the files is not. tiktoken has no trainer for use, only one for teaching."""
import os
import sys
import time
from pathlib import Path

directory, recipe, threads = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
os.environ["TOKENIZERS_PARALLELISM"] = "true" if int(threads) > 1 else "false"
os.environ["RAYON_NUM_THREADS"] = threads
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/fixtures"))
from make_bpe_trainer_oracle import tokenizers, train  # noqa: E402 (reads the environment)

texts = []
for path in sorted(directory.iterdir()):
    text = path.read_text(encoding="utf-8")
    texts += [text[i:i + (1 << 20)] for i in range(0, len(text), 1 << 20)]
size = sum(len(text.encode("utf-8")) for text in texts) / 1e6
begin = time.perf_counter()
train(recipe, texts, int(sys.argv[4]) if len(sys.argv) > 4 else 32000)
seconds = time.perf_counter() - begin
print(f"tokenizers {tokenizers.__version__}, {recipe}, threads {threads}: {seconds:.2f} s for {size:.1f} MB ({size / seconds:.1f} MB/s)")
