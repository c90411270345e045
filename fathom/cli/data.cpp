// fathom data: text into token files, and what a token file holds.
//   fathom data prepare --input corpus/ --tokenizer tokenizer/ --out corpus.safetensors
//   fathom data inspect corpus.safetensors --tokenizer tokenizer/
//   fathom data html page.html --main
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/cli/command.h"
#include "fathom/cli/data_duplicates.h"
#include "fathom/cli/data_html.h"
#include "fathom/data/token_file.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

struct PrepareOptions {
  std::vector<std::string> inputs;
  std::string tokenizer, out, text_field = "text";
  bool quiet = false;
};

struct InspectOptions {
  std::string file, tokenizer;
  std::int64_t show = 3;
  bool json = false;
};

constexpr std::int64_t shown_tokens = 48;  // of a document

int run_prepare(const PrepareOptions& options) {
  const text::Tokenizer tokenizer = text::Tokenizer::load(options.tokenizer);
  const data::PrepareResult result = data::prepare_token_file(options.inputs, tokenizer, options.out, options.text_field, options.quiet);
  if (!options.quiet) {
    fmt::print(stderr, "{} documents, {} tokens, {} of text ({:.2f} bytes a token)\n", result.documents, result.tokens,
               format_bytes(static_cast<double>(result.text_bytes)),
               static_cast<double>(result.text_bytes) / static_cast<double>(result.tokens));
  }
  fmt::print("{}\n", options.out);
  return 0;
}

// The first tokens of a document as text, on one line.
std::string beginning_of(const data::TokenFile& file, std::int64_t document, const text::Tokenizer& tokenizer) {
  const std::int64_t begin = file.document_begin(document), end = file.document_begin(document + 1);
  std::vector<std::int64_t> wide(static_cast<std::size_t>(std::min(end - begin, shown_tokens)));
  file.read(begin, static_cast<std::int64_t>(wide.size()), wide.data());
  const Json text = tokenizer.decode({wide.begin(), wide.end()});
  return text.dump(-1, ' ', false, Json::error_handler_t::replace) + (end - begin > shown_tokens ? " …" : "");
}

int run_inspect(const InspectOptions& options) {
  std::unique_ptr<text::Tokenizer> tokenizer;
  if (!options.tokenizer.empty()) tokenizer = std::make_unique<text::Tokenizer>(text::Tokenizer::load(options.tokenizer));
  const data::TokenFile file = data::TokenFile::open(options.file, tokenizer ? tokenizer->fingerprint() : 0);
  if (options.json) {
    fmt::print("{}\n", OrderedJson{{"documents", file.documents()},
                                   {"tokens", file.size()},
                                   {"text_bytes", file.text_bytes()},
                                   {"vocab_size", file.vocab_size()},
                                   {"tokenizer_fingerprint", fmt::format("{:016x}", file.fingerprint())}}
                           .dump());
    return 0;
  }
  fmt::print("documents   {}\ntokens      {}\ntext        {} ({:.2f} bytes a token)\nvocabulary  {}\ntokenizer   {:016x}\n",
             file.documents(), file.size(), format_bytes(static_cast<double>(file.text_bytes())),
             static_cast<double>(file.text_bytes()) / static_cast<double>(std::max<std::int64_t>(1, file.size())), file.vocab_size(),
             file.fingerprint());
  if (!tokenizer) return 0;
  for (std::int64_t i = 0; i < std::min(options.show, file.documents()); ++i) {
    fmt::print("\ndocument {}: {} tokens\n{}\n", i, file.document_begin(i + 1) - file.document_begin(i), beginning_of(file, i, *tokenizer));
  }
  return 0;
}

}  // namespace

Runner set_up_data(CLI::App& app) {
  app.require_subcommand(1);
  auto prepare = std::make_shared<PrepareOptions>();
  auto inspect = std::make_shared<InspectOptions>();
  CLI::App* prepare_command = app.add_subcommand("prepare", "Tokenise text files into one token file, for several runs on the same text");
  prepare_command->add_option("--input", prepare->inputs, "Text or JSONL files, or directories; plain, gzip, xz or zstd")
      ->required()
      ->expected(1, -1);
  prepare_command->add_option("--tokenizer", prepare->tokenizer, "Directory with tokenizer.json, or the file itself")->required();
  prepare_command->add_option("--out", prepare->out, "The token file to write (.safetensors)")->required();
  prepare_command->add_option("--text-field", prepare->text_field, "Key of the text in JSONL records")->capture_default_str();
  prepare_command->add_flag("--quiet", prepare->quiet, "No progress");
  prepare_command->footer("Train on it with fathom pretrain: data.train = [\"FILE.safetensors\"], tokenizer.path = \"DIR\".");

  CLI::App* inspect_command = app.add_subcommand("inspect", "Show what a token file holds");
  inspect_command->add_option("file", inspect->file, "Token file")->required();
  inspect_command->add_option("--tokenizer", inspect->tokenizer, "Check that it made the file, and show how documents begin");
  inspect_command->add_option("--show", inspect->show, "With --tokenizer: how many documents to show")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  inspect_command->add_flag("--json", inspect->json, "Print one JSON object");
  CLI::App *duplicates_command = nullptr, *html_command = nullptr;
  const Runner run_duplicates = set_up_data_duplicates(app, duplicates_command);
  const Runner run_html = set_up_data_html(app, html_command);
  return [=] {
    if (duplicates_command->parsed()) return run_duplicates();
    if (html_command->parsed()) return run_html();
    return prepare_command->parsed() ? run_prepare(*prepare) : run_inspect(*inspect);
  };
}

}  // namespace fathom::cli
