// fathom data: text into a prepared corpus, and what is in one.
//   fathom data prepare --config recipes/data.toml --out prepared/
//   fathom data inspect prepared/ --html look.html
//   fathom data stats prepared/
//   fathom data html page.html --main
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/cli/command.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/data_duplicates.h"
#include "fathom/cli/data_html.h"
#include "fathom/data/corpus_inspection.h"
#include "fathom/data/prepare_corpus.h"
#include "fathom/data/token_corpus.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {
namespace {

struct PrepareOptions {
  RunOptions run;
  std::vector<std::string> inputs;
  std::string tokenizer, text_field, memory = "2GiB";
  int threads = 0;
  bool quiet = false, json = false;
};

struct InspectOptions {
  std::string path, tokenizer, html;
  std::int64_t samples = 3;
  bool duplicates = false, verify = false, json = false;
};

struct StatsOptions {
  std::string path;
  bool json = false;
};

// "512MiB", "2GiB", "1.5 GB" as bytes; 0 when it is no amount.
std::int64_t parse_memory(const std::string& text) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    return 0;
  }
  const std::size_t begin = text.find_first_not_of(' ', used);
  const std::string unit = begin == std::string::npos ? "" : text.substr(begin);
  const std::pair<const char*, double> units[] = {{"MiB", 0x1p20}, {"GiB", 0x1p30}, {"MB", 1e6}, {"GB", 1e9}, {"M", 0x1p20}, {"G", 0x1p30}};
  for (const auto& [name, factor] : units)
    if (unit == name && value * factor < 1e15) return static_cast<std::int64_t>(value * factor);
  return 0;
}

std::string check_memory(const std::string& text) {
  constexpr std::int64_t least = std::int64_t{16} << 20;
  if (parse_memory(text) >= least) return "";
  return "an amount of at least 16MiB is expected, as in 512MiB or 4GiB; got " + text;
}

int run_prepare(const PrepareOptions& options) {
  Recipe recipe = options.run.recipe();
  if (!options.inputs.empty()) {
    if (!recipe.tables("sources").empty())
      fail_usage("--input makes a source of its own, but the recipe names sources already; use one of the two");
    recipe.set("sources.text.paths=" + Json(options.inputs).dump());
    if (!options.text_field.empty()) recipe.set("sources.text.text_field=" + Json(options.text_field).dump());
  }
  if (!options.tokenizer.empty()) recipe.set("tokenizer.path=" + Json(options.tokenizer).dump());
  if (options.run.out.ends_with(".safetensors"))
    fail_usage("--out {}: a prepared corpus is a directory (manifest.json and shards); give a name without .safetensors", options.run.out);
  const data::CorpusRecipe corpus = data::CorpusRecipe::from_recipe(recipe);
  if (corpus.tokenizer.empty()) fail_usage("no tokenizer is named; give --tokenizer DIR, or tokenizer.path in the recipe");
  const text::Tokenizer tokenizer = text::Tokenizer::load(corpus.tokenizer);
  data::PrepareSettings settings;
  settings.out = options.run.out;
  settings.resume = options.run.resume;
  settings.threads = options.threads;
  settings.memory_bytes = parse_memory(options.memory);
  settings.quiet = options.quiet;
  const data::CorpusManifest manifest = data::prepare_corpus(corpus, tokenizer, settings);
  if (options.json) {
    fmt::print("{}\n", data::corpus_stats_json(manifest).dump(2));
    return 0;
  }
  if (!options.quiet) fmt::print(stderr, "\n{}", data::corpus_stats_text(manifest));
  fmt::print("{}\n", options.run.out);
  return 0;
}

// A report must not take the place of a part of the corpus that it is about.
void check_report_path(const std::string& report, const std::string& corpus) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path directory = fs::weakly_canonical(fs::path(report).parent_path().empty() ? "." : fs::path(report).parent_path(), error);
  if (fs::is_directory(corpus) && directory == fs::weakly_canonical(corpus, error))
    fail_usage("--html {}: choose a place outside the corpus, whose files it could replace", report);
}

int run_inspect(const InspectOptions& options) {
  if (!options.html.empty()) check_report_path(options.html, options.path);
  data::InspectionOptions wanted;
  // A page has room for more.
  wanted.samples = options.html.empty() ? options.samples : std::max<std::int64_t>(options.samples, 10);
  wanted.tokenizer = options.tokenizer;
  wanted.verify = options.verify;
  const data::CorpusInspection inspection = data::inspect_corpus(options.path, wanted);
  if (!options.html.empty()) write_file_atomically(options.html, data::inspection_html(inspection));
  if (options.json) {
    fmt::print("{}\n", data::inspection_json(inspection).dump(2, ' ', false, OrderedJson::error_handler_t::replace));
  } else if (!options.html.empty()) {
    fmt::print("{}\n", options.html);
  } else {
    fmt::print("{}", data::inspection_text(inspection, options.duplicates));
  }
  return 0;
}

int run_stats(const StatsOptions& options) {
  const data::CorpusManifest manifest = data::CorpusManifest::load(options.path);
  if (options.json) {
    fmt::print("{}\n", data::corpus_stats_json(manifest).dump(2));
  } else {
    fmt::print("{}", data::corpus_stats_text(manifest));
  }
  return 0;
}

void add_prepare(CLI::App& command, PrepareOptions& options) {
  options.run.add_to(command);
  command.add_option("--input", options.inputs, "Text, JSONL or HTML files, or directories: a source without a recipe")->expected(1, -1);
  command.add_option("--tokenizer", options.tokenizer, "Directory with tokenizer.json, or the file itself (tokenizer.path)");
  command.add_option("--text-field", options.text_field, "With --input: key of the text in JSONL records (default: text)");
  command.add_option("--threads", options.threads, "CPU threads (0: one a core)")->check(check_threads)->capture_default_str();
  command.add_option("--memory", options.memory, "Memory for the work, beside program and tokenizer")
      ->check(check_memory)
      ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "No progress and no tables");
  command.add_flag("--json", options.json, "Print the counts as JSON");
  command.footer(
      "  fathom data prepare --input corpus/ --tokenizer tokenizer/ --out prepared/\n"
      "  fathom data prepare --config recipes/data-web.toml --set 'sources.web.paths=[\"crawl/\"]' --out prepared/\n"
      "OUT gets manifest.json, train/ and validation/ (token shards), tokenizer/, rejected/ (examples of what was left out, by rule) and\n"
      "signatures/ (later runs look for duplicates there). Killed: the same command with --resume goes on, to the same bytes.\n"
      "Train on it with fathom pretrain: data.train = [\"prepared/\"]. Keys of the recipe: recipes/data.toml, docs/data.md.");
}

void add_inspect(CLI::App& command, InspectOptions& options) {
  command.add_option("path", options.path, "Prepared corpus (directory) or token file")->required();
  command.add_option("--samples,--show", options.samples, "How many documents to show")->check(check_threads)->capture_default_str();
  command.add_flag("--duplicates", options.duplicates, "Show pairs of duplicates, with both texts");
  command.add_option("--html", options.html, "Write one self-contained page with everything");
  command.add_option("--tokenizer", options.tokenizer, "Of a token file: check that it made the file, and show text");
  command.add_flag("--verify", options.verify, "Compare every shard with the digest in the manifest");
  command.add_flag("--json", options.json, "Print one JSON object");
}

}  // namespace

Runner set_up_data(CLI::App& app) {
  app.require_subcommand(1);
  auto prepare = std::make_shared<PrepareOptions>();
  auto inspect = std::make_shared<InspectOptions>();
  auto stats = std::make_shared<StatsOptions>();
  CLI::App* prepare_command = app.add_subcommand("prepare", "Filter, deduplicate, mix and tokenise text into a corpus for training");
  add_prepare(*prepare_command, *prepare);
  CLI::App* inspect_command = app.add_subcommand("inspect", "Show documents, duplicates, rejections and lengths of a corpus");
  add_inspect(*inspect_command, *inspect);
  CLI::App* stats_command = app.add_subcommand("stats", "Counts of a prepared corpus: sources, stages, lengths, languages");
  stats_command->add_option("path", stats->path, "Prepared corpus (directory)")->required();
  stats_command->add_flag("--json", stats->json, "Print one JSON object");
  CLI::App *html_command = nullptr, *duplicates_command = nullptr;
  const Runner run_html = set_up_data_html(app, html_command);
  const Runner run_duplicates = set_up_data_duplicates(app, duplicates_command);
  return [=] {
    if (duplicates_command->parsed()) return run_duplicates();
    if (html_command->parsed()) return run_html();
    return prepare_command->parsed() ? run_prepare(*prepare) : inspect_command->parsed() ? run_inspect(*inspect) : run_stats(*stats);
  };
}

}  // namespace fathom::cli
