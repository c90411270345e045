// fathom tokenizer train: learns a byte-level BPE vocabulary from text files.
//   fathom tokenizer train --input corpus/ --vocab-size 4096 --out tokenizer/
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/cli/tokenizer_commands.h"
#include "fathom/data/documents.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

struct TrainOptions {
  std::vector<std::string> inputs, special_tokens;
  text::BpeTrainerOptions trainer;
  std::string out, text_field = "text";
  bool merge_digits = false, quiet = false;
};

int run_train(const TrainOptions& options) {
  text::BpeTrainerOptions trainer_options = options.trainer;
  trainer_options.individual_digits = !options.merge_digits;
  for (const std::string& token : options.special_tokens) trainer_options.special_tokens.push_back(token);
  text::BpeTrainer trainer(trainer_options);

  data::DocumentOptions documents;
  documents.text_field = options.text_field;
  const std::vector<std::filesystem::path> files = data::expand_paths(options.inputs);
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t bytes = 0;
  Progress progress("Counting words", static_cast<std::int64_t>(files.size()), "file", options.quiet);
  for (std::size_t i = 0; i < files.size(); ++i) {
    data::for_each_document(files[i], documents, [&](std::string_view document) {
      trainer.add(document);
      bytes += static_cast<std::int64_t>(document.size());
      progress.update(static_cast<std::int64_t>(i), format_bytes(static_cast<double>(bytes)));
    });
    progress.update(static_cast<std::int64_t>(i) + 1, format_bytes(static_cast<double>(bytes)));
  }
  progress.finish();
  if (!options.quiet) fmt::print(stderr, "Merging pairs up to {} tokens\n", trainer_options.vocab_size);
  const text::Tokenizer tokenizer = trainer.train();
  AtomicDirectory directory(options.out);
  tokenizer.save(directory.path());
  directory.commit();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!options.quiet) {
    fmt::print(stderr, "Learned {} tokens from {} of text in {} ({:.1f} MB/s)\n", tokenizer.vocab_size(),
               format_bytes(static_cast<double>(bytes)), format_duration(seconds), static_cast<double>(bytes) / 1e6 / seconds);
    if (tokenizer.vocab_size() < trainer_options.vocab_size) {
      fmt::print(stderr, "The text has no more pairs that occur {} times: the vocabulary is smaller than the {} asked for\n",
                 trainer_options.min_frequency, trainer_options.vocab_size);
    }
  }
  fmt::print("{}\n", (std::filesystem::path(options.out) / "tokenizer.json").string());
  return 0;
}

void set_up_train(CLI::App& app, TrainOptions& options) {
  app.description("Learn a byte-level BPE vocabulary from text files");
  app.add_option("--input", options.inputs, "Text or JSONL files, or directories; plain, gzip, xz or zstd")->required()->expected(1, -1);
  app.add_option("--vocab-size", options.trainer.vocab_size, "Tokens in all: special ones, 256 bytes, and merges")->capture_default_str();
  app.add_option("--out", options.out, "Directory to write tokenizer.json and tokenizer_config.json to")->required();
  app.add_option("--min-frequency", options.trainer.min_frequency, "A pair must occur this often to become a token")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--special-token", options.special_tokens, "A further special token; may be repeated");
  app.add_option("--text-field", options.text_field, "Key of the text in JSONL records")->capture_default_str();
  app.add_flag("--merge-digits", options.merge_digits, "Let numbers become tokens; otherwise every digit is one");
  app.add_flag("--quiet", options.quiet, "No progress");
}

}  // namespace

Runner set_up_tokenizer_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  set_up_train(app, *options);
  return [options] { return run_train(*options); };
}

}  // namespace fathom::cli
