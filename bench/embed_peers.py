#!/usr/bin/env python3
"""The mean-max attention autoencoder in plain PyTorch, beside fathom's.

  python3 bench/embed_peers.py FATHOM MODEL_DIR [--device cuda] [--seconds 8]

MODEL_DIR is an encoder directory of the architecture mean_max (fathom embed train). Checks that `fathom embed encode` gives the vectors that
this rewrite computes from the same weights, then measures encoding (sentences a second) and training (tokens a second, same sizes, batches of
64 equal sentences, fused Adam, bf16 autocast on CUDA) of the rewrite. fathom's training rate is "tokens_per_second" of its summary.json.
Needs torch and safetensors.
"""
import argparse
import json
import os
import random
import re
import subprocess
import tempfile
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


class Attention(torch.nn.Module):
    def __init__(self, query, memory, width, heads):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (torch.nn.Linear(n, width) for n in (query, memory, memory))
        self.heads = heads

    def forward(self, x, memory, causal, dropout):
        split = lambda t: t.view(t.shape[0], t.shape[1], self.heads, -1).transpose(1, 2)
        q, k, v = split(F.relu(self.q_proj(x))), split(F.relu(self.k_proj(memory))), split(F.relu(self.v_proj(memory)))
        out = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=causal)
        return out.transpose(1, 2).flatten(2)


class Inner(torch.nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.up_proj, self.down_proj = torch.nn.Linear(width, inner), torch.nn.Linear(inner, width)

    def forward(self, x):
        return self.down_proj(F.relu(self.up_proj(x)))


class Block(torch.nn.Module):
    def __init__(self, c, cross):
        super().__init__()
        width, eps = c["width"], c["layer_norm_eps"]
        self.self_attn = Attention(c["embedding_width"], c["embedding_width"], width, c["heads"])
        self.self_attn_layer_norm = torch.nn.LayerNorm(width, eps)
        if cross:
            self.cross_attn = Attention(width, width, width, c["heads"])
            self.cross_attn_layer_norm = torch.nn.LayerNorm(width, eps)
        self.mlp = Inner(width, c["inner_width"])
        self.mlp_layer_norm = torch.nn.LayerNorm(width, eps)

    def forward(self, x, context, dropout):
        causal = context is not None
        y = self.self_attn_layer_norm(self.self_attn(x, x, causal, dropout))
        if causal:
            y = self.cross_attn_layer_norm(y + self.cross_attn(y, context, False, dropout))
        return self.mlp_layer_norm(y + self.mlp(y))


class Encoder(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = torch.nn.Embedding(c["vocab_size"], c["embedding_width"])
        self.embed_positions = torch.nn.Embedding(c["max_length"] + 2, c["embedding_width"])
        self.layers = torch.nn.ModuleList([Block(c, False)])

    def forward(self, ids, dropout=0.0):
        x = F.dropout(self.embed_tokens(ids) + self.embed_positions.weight[: ids.shape[1]], dropout)
        x = self.layers[0](x, None, dropout)
        return torch.stack([x.mean(1), x.amax(1)], 1)


class Decoder(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_positions = torch.nn.Embedding(c["max_length"] + 2, c["embedding_width"])
        self.layers = torch.nn.ModuleList([Block(c, True)])
        self.output = torch.nn.Linear(c["width"], c["vocab_size"])

    def forward(self, embedded, context, dropout):
        x = F.dropout(embedded + self.embed_positions.weight[: embedded.shape[1]], dropout)
        return self.output(self.layers[0](x, context, dropout))


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def check_and_encode(fathom, directory, config, device):
    words = [line.rstrip("\n") for line in open(os.path.join(directory, "vocabulary.txt"), encoding="utf-8")]
    plain = [i for i, word in enumerate(words) if i >= 2 and re.fullmatch("[a-z]{3,}", word)]  # words that are split as they stand
    draw = random.Random(1)
    sentences = [[draw.choice(plain) for _ in range(draw.randint(4, min(30, config["max_length"])))] for _ in range(20000)]
    encoder = Encoder(config)
    encoder.load_state_dict({k: v.float() for k, v in load_file(os.path.join(directory, "model.safetensors")).items()})
    encoder = encoder.to(device).eval()

    def run():
        vectors = [None] * len(sentences)
        by_length = {}
        for i, sentence in enumerate(sentences):
            by_length.setdefault(len(sentence), []).append(i)
        for rows in by_length.values():
            for first in range(0, len(rows), 2048):
                part = rows[first : first + 2048]
                pooled = encoder(torch.tensor([sentences[i] + [1] for i in part], device=device))
                for i, vector in zip(part, F.normalize(pooled, dim=2).flatten(1).cpu()):
                    vectors[i] = vector
        return torch.stack(vectors)

    with torch.no_grad():
        run()
        begin = time.time()
        expected = run()
        seconds = time.time() - begin
    with tempfile.TemporaryDirectory() as scratch:
        text, out = os.path.join(scratch, "sentences.txt"), os.path.join(scratch, "out.safetensors")
        with open(text, "w", encoding="utf-8") as file:
            file.write("".join(" ".join(words[i] for i in sentence) + "\n" for sentence in sentences))
        command = [fathom, "embed", "encode", "--model", directory, "--input", text, "--out", out, "--device", device]
        note = subprocess.run(command, check=True, capture_output=True, text=True).stderr.strip()
        found = load_file(out)["embeddings"]
    print(json.dumps({
        "sentences": len(sentences), "device": device,
        "largest_difference": (found - expected).abs().max().item(),
        "lowest_cosine": (F.cosine_similarity(found, expected)).min().item(),
        "pytorch_sentences_per_second_without_tokenising": len(sentences) / seconds, "fathom": note}))


def train(config, device, seconds, compiled):
    torch.manual_seed(1)
    encoder, decoder = Encoder(config).to(device), Decoder(config).to(device)
    encoder.embed_tokens.weight.requires_grad_(False)
    parameters = [p for module in (encoder, decoder) for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=2e-4, betas=(0.9, 0.98), eps=1e-8, fused=device == "cuda")

    def loss_of(ids):
        ended = torch.cat([ids, torch.ones_like(ids[:, :1])], 1)
        started = torch.cat([torch.zeros_like(ids[:, :1]), ids], 1)
        logits = decoder(encoder.embed_tokens(started), encoder(ended, 0.5), 0.5)
        return F.cross_entropy(logits.flatten(0, 1).float(), ended.flatten(), label_smoothing=0.1)

    if compiled:
        loss_of = torch.compile(loss_of, dynamic=True)
    draw = random.Random(2)

    def step():
        ids = torch.randint(2, config["vocab_size"], (64, draw.randint(4, 30)), device=device)
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            loss = loss_of(ids)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return ids.shape[0] * (ids.shape[1] + 1)

    for _ in range(10 if device == "cuda" else 1):
        step()
    synchronize(device)
    begin, tokens = time.time(), 0
    while time.time() - begin < seconds:
        for _ in range(5 if device == "cuda" else 1):
            tokens += step()
        synchronize(device)
    print(json.dumps({"pytorch": torch.__version__, "compiled": compiled, "device": device, "training_tokens_per_second": tokens / (time.time() - begin)}))


def sentence_transformers_speed(vocabulary, device):
    """sentence-transformers with a random BERT of one layer that multiplies as often a token as the default encoder (18.9 M to 18.6 M)."""
    import sentence_transformers
    import transformers
    from sentence_transformers import models

    words = [word for word in vocabulary if re.fullmatch("[a-z]{3,}", word)]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words) + "\n")
        tokenizer = transformers.BertTokenizerFast(vocab=os.path.join(folder, "vocab.txt"), do_lower_case=True)
        config = transformers.BertConfig(vocab_size=len(tokenizer), hidden_size=1536, num_hidden_layers=1, num_attention_heads=12, intermediate_size=3072,
                                         max_position_embeddings=64)
        transformers.BertModel(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        body = models.Transformer(folder, max_seq_length=34)
        pooling = models.Pooling(config.hidden_size, pooling_mode_mean_tokens=True, pooling_mode_max_tokens=True)
        model = sentence_transformers.SentenceTransformer(modules=[body, pooling], device=device)
        draw = random.Random(1)
        count = 20000 if device == "cuda" else 4000
        sentences = [" ".join(draw.choice(words) for _ in range(draw.randint(4, 30))) for _ in range(count)]
        encode = lambda: model.encode(sentences, batch_size=256, show_progress_bar=False)
        encode()
        begin = time.time()
        encode()
        print(json.dumps({"sentence_transformers": sentence_transformers.__version__, "device": device, "threads": torch.get_num_threads(),
                          "sentences_per_second_with_tokenising": count / (time.time() - begin)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fathom")
    parser.add_argument("model")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--sentence-transformers", action="store_true", help="also measure sentence-transformers with a model of equal size")
    parser.add_argument("--compile", action="store_true", help="also measure torch.compile (takes a minute to warm up)")
    options = parser.parse_args()
    with open(os.path.join(options.model, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if config["architecture"] != "mean_max" or config["layers"] != 1 or config["decoder_layers"] != 1:
        raise SystemExit("an encoder of the architecture mean_max with one layer is expected")
    check_and_encode(options.fathom, options.model, config, options.device)
    if options.sentence_transformers:
        with open(os.path.join(options.model, "vocabulary.txt"), encoding="utf-8") as file:
            sentence_transformers_speed([line.rstrip("\n") for line in file], options.device)
    train(config, options.device, options.seconds, False)
    if options.compile:
        train(config, options.device, options.seconds, True)


if __name__ == "__main__":
    main()
