#!/usr/bin/env python3
"""One-thread encoding speed of Hugging Face's `tokenizers` and OpenAI's `tiktoken` on the text and documents of tokenizer_bench.

    python3 bench/tokenizer_peers.py TOKENIZER_DIRECTORY TEXT_FILE [ROUNDS]

tiktoken gets ranks made of tokenizer.json's vocabulary in the order of ids, and the pattern of the pre-tokenizer where that is a single
one (GPT-2, Llama 3, Qwen2)."""
import json
import lzma
import os
import statistics
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

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


def measure(name, encode, documents, size, rounds):
    cpu, wall, ids = [], [], 0
    for _ in range(rounds):
        begin, cpu_begin = time.perf_counter(), time.process_time()
        ids = sum(len(encode(document)) for document in documents)
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - cpu_begin)
    print(f"{name} 1 thread: {size / 1e6 / statistics.median(wall):.1f} MB/s ({size / 1e6 / statistics.median(cpu):.1f} MB a CPU second), {ids} ids, median of {rounds}")


def main():
    directory, path = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        data = file.read()
    documents = documents_of(data)
    file_name = os.path.join(directory, "tokenizer.json")
    tokenizer = tokenizers.Tokenizer.from_file(file_name)
    measure("tokenizers " + tokenizers.__version__, lambda text: tokenizer.encode(text, add_special_tokens=False).ids, documents, len(data), rounds)
    fast = getattr(tokenizer, "encode_batch_fast", None)
    if fast:
        measure("tokenizers, encode_batch_fast", lambda text: fast([text], add_special_tokens=False)[0].ids, documents, len(data), rounds)
    with open(file_name) as file:
        encoding = tiktoken_encoding(json.load(file))
    if encoding is None:
        print("tiktoken: this pre-tokenizer has several steps; not measured")
    else:
        measure("tiktoken " + getattr(tiktoken, "__version__", "?"), lambda text: encoding.encode(text, allowed_special="all"), documents, len(data), rounds)


if __name__ == "__main__":
    main()
