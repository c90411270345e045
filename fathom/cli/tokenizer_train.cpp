// fathom tokenizer train: learns a byte-level BPE vocabulary from text files.
//   fathom tokenizer train --input corpus/ --vocab-size 4096 --out tokenizer/
//   fathom tokenizer train --input corpus/ --vocab-size 100015 --reserved-tokens 10 --pad-vocab-to-multiple 4096 --out tokenizer/
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/output_lock.h"
#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/tokenizer_commands.h"
#include "fathom/cli/tokenizer_records.h"
#include "fathom/data/documents.h"
#include "fathom/data/parallel_documents.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/text/fim_markers.h"
#include "fathom/text/pre_tokenizer_recipes.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

constexpr const char* default_pre_tokenizer = "deepseek-llm";

struct TrainOptions {
  std::vector<std::string> inputs, special_tokens;
  text::BpeTrainerOptions trainer;
  std::string out, text_field = "text", pre_tokenizer, scratch;
  std::int64_t reserved_tokens = 0;
  int threads = 0;
  std::uint64_t memory_bytes = std::uint64_t{2} << 30;
  bool merge_digits = false, fim = false, quiet = false;
};

// A known name, or a tokenizer.json whose pre-tokenizer is taken.
Json pre_tokenizer_of(const TrainOptions& options) {
  const std::string& name = options.pre_tokenizer;
  if (options.merge_digits) {
    if (!name.empty())
      fail_usage("--merge-digits stands for --pre-tokenizer gpt2; give one of the two, not --pre-tokenizer {} as well", name);
    return text::pre_tokenizer_recipe("gpt2");
  }
  return text::pre_tokenizer_recipe(name.empty() ? default_pre_tokenizer : name);
}

text::BpeTrainerOptions trainer_options(const TrainOptions& options) {
  text::BpeTrainerOptions result = options.trainer;
  result.pre_tokenizer = pre_tokenizer_of(options);
  std::vector<std::string>& special = result.special_tokens;
  if (options.fim) special.insert(special.end(), {text::fim_begin_marker, text::fim_hole_marker, text::fim_end_marker});
  special.insert(special.end(), options.special_tokens.begin(), options.special_tokens.end());
  for (std::int64_t i = 0; i < options.reserved_tokens; ++i) special.push_back(fmt::format("<|reserved_{}|>", i));
  result.threads = threads_or_all(options.threads);
  result.memory_bytes = static_cast<std::int64_t>(options.memory_bytes);
  result.scratch_directory = options.scratch;
  return result;
}

// Counts the words of all files; returns the bytes of their text.
std::int64_t count_words(const TrainOptions& options, text::BpeTrainer& trainer) {
  data::DocumentOptions documents;
  documents.text_field = options.text_field;
  const std::vector<std::filesystem::path> files = data::expand_paths(options.inputs);
  std::int64_t bytes = 0;
  const std::int64_t size = data::bytes_on_disk(files);
  Progress progress("Counting words", size, "byte", options.quiet);
  data::for_each_document_in_parallel(
      files, documents, threads_or_all(options.threads), [&](std::string_view document) { trainer.add(document); },
      [&](const data::ReadingProgress& reading) {
        bytes = reading.text_bytes;
        const std::int64_t done = reading.finished ? size : std::min(reading.file_bytes, size - 1);
        progress.update(done,
                        fmt::format("{}/{} files, {} of text", reading.files, files.size(), format_bytes(static_cast<double>(bytes))));
      });
  progress.finish();
  return bytes;
}

text::Tokenizer learn_merges(const TrainOptions& options, const text::BpeTrainer& trainer) {
  Progress progress("Merging pairs", options.trainer.vocab_size, "token", options.quiet);
  text::Tokenizer tokenizer = trainer.train([&](const text::BpeTrainer::Progress& now) {
    if (now.tokens % 16 == 0 || now.tokens == now.vocab_size) progress.update(now.tokens);
  });
  progress.finish();
  return tokenizer;
}

void print_result(const TrainOptions& options, const text::Tokenizer& tokenizer, const text::BpeTrainer::Statistics& statistics,
                  std::int64_t bytes, double seconds) {
  if (statistics.runs > 0 || statistics.learned_on_disk) {
    fmt::print(stderr, "Kept to --memory: {} runs of counts on disk; words and pairs took {} {}\n", statistics.runs,
               format_bytes(static_cast<double>(statistics.learning_bytes)), statistics.learned_on_disk ? "on disk" : "in memory");
  }
  fmt::print(stderr, "Learned {} tokens from {} of text ({} different words) in {} ({:.1f} MB/s)\n", tokenizer.vocab_size(),
             format_bytes(static_cast<double>(bytes)), statistics.words, format_duration(seconds),
             static_cast<double>(bytes) / 1e6 / seconds);
  if (tokenizer.model_vocab_size() > tokenizer.vocab_size()) {
    fmt::print(stderr, "A model for it has {} token ids\n", tokenizer.model_vocab_size());
  }
  if (tokenizer.vocab_size() < options.trainer.vocab_size) {
    fmt::print(stderr, "The text has no more pairs that occur {} times: the vocabulary is smaller than the {} asked for\n",
               options.trainer.min_frequency, options.trainer.vocab_size);
  }
}

int run_train(const TrainOptions& options) {
  require_replaceable(options.out, {"tokenizer.json", "tokenizer_config.json"});
  text::BpeTrainer trainer(trainer_options(options));
  const FileLock lock = lock_output(options.out);
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t bytes = count_words(options, trainer);
  const text::Tokenizer tokenizer = learn_merges(options, trainer);
  AtomicDirectory directory(options.out);
  tokenizer.save(directory.path());
  directory.commit();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!options.quiet) print_result(options, tokenizer, trainer.statistics(), bytes, seconds);
  fmt::print("{}\n", (std::filesystem::path(options.out) / "tokenizer.json").string());
  return 0;
}

void add_vocabulary_options(CLI::App& app, TrainOptions& options) {
  app.add_option("--vocab-size", options.trainer.vocab_size, "Tokens in all: special ones, 256 bytes, and merges")->capture_default_str();
  app.add_option("--pre-tokenizer", options.pre_tokenizer,
                 fmt::format("How text is cut into words: {}; or a tokenizer.json, for the one that it has",
                             fmt::join(text::pre_tokenizer_names(), ", ")))
      ->default_str(default_pre_tokenizer);
  app.add_flag("--merge-digits", options.merge_digits, "GPT-2's pre-tokenizer, by which numbers can become tokens");
  app.add_option("--min-frequency", options.trainer.min_frequency, "A pair must occur this often to become a token")
      ->check(check_positive)
      ->capture_default_str();
  app.add_option("--max-token-bytes", options.trainer.max_token_bytes, "Make no longer tokens (default: any length)")
      ->check(CLI::Range(2, 1 << 20));
  app.add_option("--special-token", options.special_tokens, "A further special token; may be repeated");
  app.add_flag("--fim", options.fim, "Special tokens for fill-in-the-middle: <|fim_begin|>, <|fim_hole|>, <|fim_end|>");
  app.add_option("--reserved-tokens", options.reserved_tokens, "So many special tokens for later use: <|reserved_0|>, …")
      ->check(CLI::Range(0, 1 << 20));
  app.add_option("--pad-vocab-to-multiple", options.trainer.model_vocab_multiple,
                 "Round the number of token ids of a model for this tokenizer up to a multiple of this")
      ->check(CLI::Range(1, 1 << 20));
}

void set_up_train(CLI::App& app, TrainOptions& options) {
  app.description("Learn a byte-level BPE vocabulary from text files");
  app.add_option("--input", options.inputs, "Text or JSONL files, or directories; plain, gzip, xz or zstd")->required()->expected(1, -1);
  app.add_option("--out", options.out, "Directory to write tokenizer.json and tokenizer_config.json to")->required();
  add_vocabulary_options(app, options);
  app.add_option("--text-field", options.text_field, "Key of the text in JSONL records")->capture_default_str();
  app.add_option("--threads", options.threads, "Threads that read and count (0: one a core); the result does not depend on them")
      ->check(check_threads)
      ->capture_default_str();
  app.add_option("--memory", options.memory_bytes,
                 "Memory for counting, and then for learning, as 512MiB; what is more lies on disk. 0: no limit")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("2GiB");
  app.add_option("--scratch", options.scratch, "Directory for what does not fit into --memory (default: the system's for temporary files)");
  app.add_flag("--quiet", options.quiet, "No progress");
}

}  // namespace

Runner set_up_tokenizer_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  set_up_train(app, *options);
  return [options] { return run_train(*options); };
}

}  // namespace fathom::cli
