// fathom tokenizer: trains a vocabulary, encodes and decodes.
//   fathom tokenizer train --input corpus/ --vocab-size 4096 --out tokenizer/
//   echo "Hello" | fathom tokenizer encode --tokenizer tokenizer/ | fathom tokenizer decode --tokenizer tokenizer/
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/cli/command.h"
#include "fathom/data/documents.h"
#include "fathom/data/records.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

constexpr const char* standard_input = "/dev/stdin";

struct TrainOptions {
  std::vector<std::string> inputs, special_tokens;
  text::BpeTrainerOptions trainer;
  std::string out, text_field = "text";
  bool merge_digits = false, quiet = false;
};

struct CodeOptions {
  std::string tokenizer, input = standard_input, text_field = "text";
  bool json_lines = false, no_special = false, skip_special = false;
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

bool is_json_lines(const CodeOptions& options) { return options.json_lines || data::is_record_file(options.input); }

int run_encode(const CodeOptions& options) {
  const text::Tokenizer tokenizer = text::Tokenizer::load(options.tokenizer);
  if (is_json_lines(options)) {
    data::for_each_record(options.input, [&](const Json& record, const std::string& position) {
      const auto text = json_get<std::string>(record, options.text_field, position);
      fmt::print("{{\"ids\": [{}]}}\n", fmt::join(tokenizer.encode(text, !options.no_special), ", "));
    });
  } else {
    fmt::print("{}\n", fmt::join(tokenizer.encode(read_file(options.input), !options.no_special), " "));
  }
  return 0;
}

// Ids in decimal, apart by white space or commas.
std::vector<text::TokenId> parse_ids(std::string_view text, const std::string& origin) {
  constexpr std::string_view separators = " \t\r\n,";
  std::vector<text::TokenId> ids;
  for (std::size_t begin = text.find_first_not_of(separators); begin != std::string_view::npos;
       begin = text.find_first_not_of(separators, begin)) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    const std::string_view number = text.substr(begin, end - begin);
    text::TokenId id = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), id);
    require(error == std::errc() && stop == number.data() + number.size(), "{}: '{}' is no token id", origin, number);
    ids.push_back(id);
    begin = end;
  }
  return ids;
}

int run_decode(const CodeOptions& options) {
  const text::Tokenizer tokenizer = text::Tokenizer::load(options.tokenizer);
  if (is_json_lines(options)) {
    data::for_each_record(options.input, [&](const Json& record, const std::string& position) {
      const auto ids = json_get<std::vector<text::TokenId>>(record, "ids", position);
      const Json decoded = {{"text", tokenizer.decode(ids, options.skip_special)}};
      fmt::print("{}\n", decoded.dump(-1, ' ', false, Json::error_handler_t::replace));
    });
  } else {
    const std::string text = tokenizer.decode(parse_ids(read_file(options.input), options.input), options.skip_special);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return 0;
}

void add_code_options(CLI::App& app, CodeOptions& options) {
  app.add_option("--tokenizer", options.tokenizer, "Directory with tokenizer.json, or the file itself")->required();
  app.add_option("--input", options.input, "File to read, plain or compressed (default: standard input)");
  app.add_flag("--jsonl", options.json_lines, "The input is JSON lines (files named .jsonl, .ndjson or .json are anyway)");
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

void set_up_encode(CLI::App& app, CodeOptions& options) {
  app.description("Print the token ids of a text");
  add_code_options(app, options);
  app.add_option("--text-field", options.text_field, "Key of the text in JSONL records")->capture_default_str();
  app.add_flag("--no-special", options.no_special, "Take text that spells a special token as text");
  app.footer("Plain text: all ids on one line. JSONL: a line {\"ids\": [...]} for each record.");
}

void set_up_decode(CLI::App& app, CodeOptions& options) {
  app.description("Print the text of token ids");
  add_code_options(app, options);
  app.add_flag("--skip-special", options.skip_special, "Leave special tokens out");
  app.footer(
      "Plain input: ids apart by white space or commas; the text is printed as it is. JSONL: {\"ids\": [...]} becomes {\"text\": ...}.");
}

}  // namespace

Runner set_up_tokenizer(CLI::App& app) {
  app.require_subcommand(1);
  app.footer(
      "fathom tokenizer train --input corpus/ --vocab-size 4096 --out tokenizer/\n"
      "fathom tokenizer encode --tokenizer tokenizer/ --input questions.jsonl");
  auto train = std::make_shared<TrainOptions>();
  auto encode = std::make_shared<CodeOptions>(), decode = std::make_shared<CodeOptions>();
  CLI::App* train_command = app.add_subcommand("train");
  CLI::App* encode_command = app.add_subcommand("encode");
  CLI::App* decode_command = app.add_subcommand("decode");
  set_up_train(*train_command, *train);
  set_up_encode(*encode_command, *encode);
  set_up_decode(*decode_command, *decode);
  return [=] {
    if (train_command->parsed()) return run_train(*train);
    if (encode_command->parsed()) return run_encode(*encode);
    return run_decode(*decode);
  };
}

}  // namespace fathom::cli
