// fathom tokenizer encode, decode: text to token ids and back.
//   fathom tokenizer encode --model model/ --input texts.jsonl --add-special-tokens
//   echo "Hello" | fathom tokenizer encode --model model/ | fathom tokenizer decode --model model/
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/ordered_parallel.h"
#include "fathom/cli/tokenizer_commands.h"
#include "fathom/cli/tokenizer_records.h"
#include "fathom/data/records.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

constexpr const char* standard_input = "/dev/stdin";

struct CodeOptions {
  std::string tokenizer, input = standard_input, text_field = "text";
  bool json_lines = false, no_special = false, skip_special = false, add_special_tokens = false, quiet = false;
  int threads = 0;
};

constexpr std::size_t block_bytes = 1 << 20;  // of a plain text, worked on at a time

bool is_json_lines(const CodeOptions& options) { return options.json_lines || data::is_record_file(options.input); }

void append_ids(const std::vector<text::TokenId>& ids, std::string_view separator, std::string& out) {
  for (const text::TokenId id : ids) {
    if (!out.empty()) out += separator;
    const fmt::format_int digits(id);
    out.append(digits.data(), digits.size());
  }
}

// One text, however long: cut only where no id depends on it, or not at all.
void encode_plain_text(const text::Tokenizer& tokenizer, const CodeOptions& options) {
  Progress progress = progress_through(options.input, "Encoding", options.quiet);
  struct Ids {
    std::string text;
    std::size_t bytes = 0;
  };
  std::int64_t bytes = 0;
  bool first = true;
  const auto print = [&first](std::string_view ids) {
    if (ids.empty()) return;
    if (!first) std::fputc(' ', stdout);
    first = false;
    std::fwrite(ids.data(), 1, ids.size(), stdout);
  };
  const auto print_special = [&](const std::vector<text::TokenId>& ids) {
    std::string text;
    if (options.add_special_tokens) append_ids(ids, " ", text);
    print(text);
  };
  OrderedParallel<std::string, Ids> workers(
      threads_or_all(options.threads),
      [&](const std::string& block) {
        Ids ids{.text = {}, .bytes = block.size()};
        append_ids(tokenizer.encode(block, !options.no_special), " ", ids.text);
        return ids;
      },
      [&](const Ids& ids) {
        print(ids.text);
        bytes += static_cast<std::int64_t>(ids.bytes);
        progress.update(bytes);
      });

  print_special(tokenizer.ids_before_text());
  const std::unique_ptr<ByteReader> reader = open_reader(options.input);
  std::string pending;
  std::size_t wanted = block_bytes;  // grows while no place to cut is found
  std::vector<char> buffer(1 << 16);
  while (const std::size_t count = reader->read(buffer.data(), buffer.size())) {
    pending.append(buffer.data(), count);
    if (pending.size() <= wanted) continue;
    const std::size_t cut = tokenizer.cut_position(pending, pending.size() - 1);
    wanted = cut > 0 ? block_bytes : 2 * pending.size();
    if (cut == 0) continue;
    std::string block = pending.substr(0, cut);
    pending.erase(0, cut);
    workers.push(std::move(block));
  }
  workers.push(std::move(pending));
  workers.finish();
  print_special(tokenizer.ids_behind_text());
  std::fputc('\n', stdout);
  progress.finish();
}

int run_encode(const CodeOptions& options) {
  const text::Tokenizer tokenizer = text::Tokenizer::load(options.tokenizer);
  if (!is_json_lines(options)) {
    encode_plain_text(tokenizer, options);
    return 0;
  }
  print_line_for_each_record({.input = options.input, .label = "Encoding", .threads = options.threads, .quiet = options.quiet},
                             [&](const Json& record, const std::string& position) {
                               const auto text = json_get<std::string>(record, options.text_field, position);
                               std::string ids;
                               append_ids(options.add_special_tokens ? tokenizer.encode_with_special_tokens(text, !options.no_special)
                                                                     : tokenizer.encode(text, !options.no_special),
                                          ", ", ids);
                               return "{\"ids\": [" + ids + "]}";
                             });
  return 0;
}

constexpr std::string_view id_separators = " \t\r\n,";

// Ids in decimal, apart by white space or commas.
std::vector<text::TokenId> parse_ids(std::string_view text, const std::string& origin) {
  std::vector<text::TokenId> ids;
  for (std::size_t begin = text.find_first_not_of(id_separators); begin != std::string_view::npos;
       begin = text.find_first_not_of(id_separators, begin)) {
    const std::size_t end = std::min(text.find_first_of(id_separators, begin), text.size());
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
    print_line_for_each_record({.input = options.input, .label = "Decoding", .threads = options.threads, .quiet = options.quiet},
                               [&](const Json& record, const std::string& position) {
                                 const auto ids = json_get<std::vector<text::TokenId>>(record, "ids", position);
                                 const Json decoded = {{"text", tokenizer.decode(ids, options.skip_special)}};
                                 return decoded.dump(-1, ' ', false, Json::error_handler_t::replace);
                               });
    return 0;
  }
  // In blocks of whole numbers, so that memory does not grow with the file.
  const std::unique_ptr<ByteReader> reader = open_reader(options.input);
  std::string pending;
  const auto print = [&](std::string_view numbers) {
    const std::string text = tokenizer.decode(parse_ids(numbers, options.input), options.skip_special);
    std::fwrite(text.data(), 1, text.size(), stdout);
  };
  std::vector<char> buffer(1 << 16);
  while (const std::size_t count = reader->read(buffer.data(), buffer.size())) {
    pending.append(buffer.data(), count);
    if (pending.size() < block_bytes) continue;
    const std::size_t last = pending.find_last_of(id_separators);
    if (last == std::string::npos) continue;
    print(std::string_view(pending).substr(0, last));
    pending.erase(0, last);
  }
  print(pending);
  return 0;
}

void add_code_options(CLI::App& app, CodeOptions& options) {
  app.add_option("--model,--tokenizer", options.tokenizer,
                 "Directory with tokenizer.json (or vocab.json and merges.txt), or the file itself")
      ->required();
  app.add_option("--input", options.input, "File to read, plain or compressed (-, the default: standard input)")
      ->transform([](std::string file) { return file == "-" ? standard_input : file; });
  app.add_flag("--jsonl", options.json_lines, "The input is JSON lines (files named .jsonl, .ndjson or .json are anyway)");
  app.add_option("--threads", options.threads, "Threads to work on (0: one a core); the output is the same")->check(check_threads);
  app.add_flag("--quiet", options.quiet, "No progress");
}

void set_up_encode(CLI::App& app, CodeOptions& options) {
  app.description("Print the token ids of a text");
  add_code_options(app, options);
  app.add_option("--text-field", options.text_field, "Key of the text in JSONL records")->capture_default_str();
  app.add_flag("--add-special-tokens", options.add_special_tokens, "Put the special tokens around each text that tokenizer.json asks for");
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

Runner set_up_tokenizer_encode(CLI::App& app) {
  auto options = std::make_shared<CodeOptions>();
  set_up_encode(app, *options);
  return [options] { return run_encode(*options); };
}

Runner set_up_tokenizer_decode(CLI::App& app) {
  auto options = std::make_shared<CodeOptions>();
  set_up_decode(app, *options);
  return [options] { return run_decode(*options); };
}

}  // namespace fathom::cli
