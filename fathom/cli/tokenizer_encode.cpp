// fathom tokenizer encode, decode: text to token ids and back.
//   echo "Hello" | fathom tokenizer encode --tokenizer tokenizer/ | fathom tokenizer decode --tokenizer tokenizer/
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/cli/tokenizer_commands.h"
#include "fathom/data/records.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

constexpr const char* standard_input = "/dev/stdin";

struct CodeOptions {
  std::string tokenizer, input = standard_input, text_field = "text";
  bool json_lines = false, no_special = false, skip_special = false;
};

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
