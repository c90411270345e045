#!/usr/bin/env python3
"""Encoding speed of Hugging Face's `tokenizers` and OpenAI's `tiktoken` on the text and documents of tokenizer_bench.

    python3 bench/tokenizer_peers.py TOKENIZER_DIRECTORY TEXT_FILE [ROUNDS [THREADS]]

With one thread (the default) each document is a call, and of `tokenizers` the batch call for one document is measured, too; with more, the batch
calls get all documents.

tiktoken gets ranks made of tokenizer.json's vocabulary in the order of ids, and the pattern of the pre-tokenizer where that is a single
one (GPT-2, Llama 3, Qwen2)."""
import json
import lzma
import os
import statistics
import sys
import time

THREADS = int(sys.argv[4]) if len(sys.argv) > 4 else 1
os.environ["TOKENIZERS_PARALLELISM"] = "true" if THREADS > 1 else "false"
os.environ["RAYON_NUM_THREADS"] = str(THREADS)

import tiktoken  # noqa: E402
import tokenizers  # noqa: E402

DOCUMENT_BYTES = 10_000
GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def documents_of(data):
    documents, begin = [], 0
    while begin < len(data):
        line_end = data.find(b"\n", begin + DOCUMENT_BYTES)
        end = len(data) if line_end < 0 else line_end + 1
        documents.append(data[begin:end].decode("utf-8"))
        begin = end
    return documents


def byte_of_character():
    own = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    table = {chr(b): b for b in own}
    for i, b in enumerate(b for b in range(256) if b not in own):
        table[chr(0x100 + i)] = b
    return table


def tiktoken_encoding(document):
    pre_tokenizer = document["pre_tokenizer"]
    if pre_tokenizer["type"] == "ByteLevel":
        pattern = GPT2_PATTERN
    else:
        splits = [step for step in pre_tokenizer["pretokenizers"] if step["type"] == "Split"]
        if len(splits) != 1:
            return None
        pattern = splits[0]["pattern"]["Regex"]
    table = byte_of_character()
    added = {token["content"] for token in document["added_tokens"]}
    ranks = {}
    for token, rank in document["model"]["vocab"].items():
        if token not in added:
            ranks[bytes(table[c] for c in token)] = rank
    special = {token["content"]: token["id"] for token in document["added_tokens"] if token["special"]}
    return tiktoken.Encoding("bench", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)


def one_by_one(encode):
    return lambda documents: sum(len(encode(document)) for document in documents)


def measure(name, count_ids, documents, size, rounds):
    cpu, wall, ids = [], [], 0
    for _ in range(rounds):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        ids = count_ids(documents)
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - cpu_begin)
    print(f"{name} {THREADS} thread{'s' * (THREADS > 1)}: {size / 1e6 / statistics.median(wall):.1f} MB/s ({size / 1e6 / statistics.median(cpu):.1f} MB a CPU second), {ids} ids, median of {rounds}")


def main():
    directory, path = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        data = file.read()
    documents = documents_of(data)
    file_name = os.path.join(directory, "tokenizer.json")
    tokenizer = tokenizers.Tokenizer.from_file(file_name)
    batch = lambda call: lambda texts: sum(len(encoded.ids) for encoded in call(texts, add_special_tokens=False))
    fast = getattr(tokenizer, "encode_batch_fast", tokenizer.encode_batch)
    with open(file_name) as file:
        encoding = tiktoken_encoding(json.load(file))
    if THREADS > 1:
        measure("tokenizers, encode_batch_fast", batch(fast), documents, len(data), rounds)
        if encoding:
            measure("tiktoken, encode_batch", lambda texts: sum(map(len, encoding.encode_batch(texts, num_threads=THREADS, allowed_special="all"))),
                    documents, len(data), rounds)
        return
    measure("tokenizers " + tokenizers.__version__, one_by_one(lambda text: tokenizer.encode(text, add_special_tokens=False).ids), documents, len(data), rounds)
    measure("tokenizers, encode_batch_fast", one_by_one(lambda text: fast([text], add_special_tokens=False)[0].ids), documents, len(data), rounds)
    if encoding:
        measure("tiktoken " + getattr(tiktoken, "__version__", "?"), one_by_one(lambda text: encoding.encode(text, allowed_special="all")), documents,
                len(data), rounds)
    else:
        print("tiktoken: this pre-tokenizer has several steps; not measured")


if __name__ == "__main__":
    main()
