// fathom tokenizer inspect: what a tokenizer consists of, and how it cuts a text.
//   fathom tokenizer inspect --model model/ --text 'Two fathoms, 12 feet'
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/cli/tokenizer_commands.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/tokenizer_inspection.h"
#include "fathom/text/utf8.h"

namespace fathom::cli {
namespace {

struct InspectOptions {
  std::string tokenizer, text;
  bool json = false, no_special = false;
  std::size_t most_added = 20;
};

// Text for a terminal: control characters, and bytes that are not UTF-8, as escapes.
std::string shown(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = std::max<std::size_t>(1, text::character_length(bytes));
    const auto first = static_cast<unsigned char>(bytes.front());
    const bool is_character = text::character_length(bytes) > 0;
    if (bytes.front() == '\n') {
      out += "\\n";
    } else if (bytes.front() == '\t') {
      out += "\\t";
    } else if (bytes.front() == '\\') {
      out += "\\\\";
    } else if (!is_character || first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<unsigned char>(bytes[1]) < 0xA0)) {
      for (const char byte : bytes.substr(0, length)) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return out;
}

void print_line(std::string_view name, std::string_view value) { fmt::print("{:<16}{}\n", name, value); }

std::string flags_of(const OrderedJson& token) {
  std::string flags;
  for (const char* flag : {"special", "normalized", "single_word", "lstrip", "rstrip"})
    if (token.at(flag).get<bool>()) flags += flags.empty() ? flag : fmt::format(", {}", flag);
  return flags;
}

void print_description(const OrderedJson& description, const text::Tokenizer& tokenizer, std::size_t most_added) {
  const auto number = [&](const char* key) { return description.at(key).get<std::int64_t>(); };
  print_line("vocabulary", fmt::format("{} ids, {} tokens, {} ids unused", number("vocab_size"), number("tokens"), number("unused_ids")));
  print_line("merges",
             fmt::format("{}{}", number("merges"), description.at("ignore_merges").get<bool>() ? ", words that are tokens first" : ""));
  print_line("normalizer", description.at("normalizer").is_null() ? "none" : description.at("normalizer").dump());
  const std::string pattern =
      description.at("word_pattern").is_null() ? "its own pattern" : description.at("word_pattern").get<std::string>();
  print_line("words", pattern);
  int number_of_step = 0;
  for (const auto& step : description.at("pre_tokenizer")) fmt::print("  step {}        {}\n", ++number_of_step, step.get<std::string>());
  const auto frame = [&](const char* key) {
    std::string tokens;
    for (const auto& id : description.at(key))
      tokens += fmt::format("{}{} ({})", tokens.empty() ? "" : ", ", shown(tokenizer.token_bytes(id.get<text::TokenId>())),
                            id.get<text::TokenId>());
    return tokens.empty() ? std::string("nothing") : tokens;
  };
  print_line("special tokens", fmt::format("before a text {}, behind it {}", frame("before_text"), frame("behind_text")));
  for (const auto& [role, id] : description.at("roles").items())
    print_line(role, id.is_null() ? "none"
                                  : fmt::format("{} ({})", shown(tokenizer.token_bytes(id.get<text::TokenId>())), id.get<text::TokenId>()));
  print_line("chat template", description.at("chat_template").get<bool>() ? "yes" : "no");
  const auto& added = description.at("added_tokens");
  print_line("added tokens", std::to_string(added.size()));
  for (std::size_t i = 0; i < std::min(most_added, added.size()); ++i) {
    const std::string flags = flags_of(added[i]);
    fmt::print("  {:<14}{}{}\n", added[i].at("id").get<text::TokenId>(), shown(added[i].at("content").get<std::string>()),
               flags.empty() ? "" : "  (" + flags + ")");
  }
  if (added.size() > most_added) fmt::print("  … {} more; --added-tokens {} shows all\n", added.size() - most_added, added.size());
  print_line("fingerprint", description.at("fingerprint").get<std::string>());
}

void print_pieces(const std::vector<text::TokenizedPiece>& pieces, const text::Tokenizer& tokenizer) {
  std::size_t ids = 0, bytes = 0;
  for (const text::TokenizedPiece& piece : pieces) {
    ids += piece.ids.size();
    bytes += piece.bytes.size();
  }
  fmt::print("\n{} pieces, {} ids, {} bytes\n", pieces.size(), ids, bytes);
  for (const text::TokenizedPiece& piece : pieces) {
    std::string tokens;
    for (const text::TokenId id : piece.ids) tokens += fmt::format("  {} '{}'", id, shown(tokenizer.token_bytes(id)));
    fmt::print("'{}'{}{}\n", shown(piece.bytes), piece.is_added_token ? " (added token)" : "", tokens);
  }
}

OrderedJson as_json(const std::vector<text::TokenizedPiece>& pieces) {
  OrderedJson list = OrderedJson::array();
  for (const text::TokenizedPiece& piece : pieces) {
    std::vector<int> bytes;
    for (const char byte : piece.bytes) bytes.push_back(static_cast<unsigned char>(byte));
    list.push_back({{"text", piece.bytes}, {"bytes", bytes}, {"ids", piece.ids}, {"added_token", piece.is_added_token}});
  }
  return list;
}

int run(const InspectOptions& options) {
  const text::Tokenizer tokenizer = text::Tokenizer::load(options.tokenizer);
  OrderedJson description = text::TokenizerInspection::describe(tokenizer);
  std::vector<text::TokenizedPiece> pieces;
  if (!options.text.empty()) pieces = text::TokenizerInspection::pieces(tokenizer, options.text, !options.no_special);
  if (options.json) {
    if (!options.text.empty()) description["pieces"] = as_json(pieces);
    fmt::print("{}\n", description.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
    return 0;
  }
  print_description(description, tokenizer, options.most_added);
  if (!options.text.empty()) print_pieces(pieces, tokenizer);
  return 0;
}

}  // namespace

Runner set_up_tokenizer_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  app.description("Show what a tokenizer consists of, and how it cuts a text");
  app.add_option("--model,--tokenizer", options->tokenizer,
                 "Directory with tokenizer.json (or vocab.json and merges.txt), or the file itself")
      ->required();
  app.add_option("--text", options->text, "A text to cut: its pieces, their ids and bytes");
  app.add_flag("--no-special", options->no_special, "Take text that spells a special token as text");
  app.add_option("--added-tokens", options->most_added, "How many added tokens to list")->capture_default_str();
  app.add_flag("--json", options->json, "One JSON object, with all added tokens");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
