#include "fathom/data/prepare_corpus.h"

#include <algorithm>
#include <sstream>
#include <thread>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/fill_in_the_middle.h"
#include "fathom/data/prepare/run_directory.h"
#include "fathom/data/prepare/run_state.h"
#include "fathom/data/prepare/selection.h"
#include "fathom/data/prepare/shard_packing.h"
#include "fathom/data/prepare/tokenization.h"
#include "fathom/data/token_file_writer.h"

namespace fathom::data {
namespace {

// The first line in which two recipes differ: "[validation] fraction = 0.01; now fraction = 0.1".
std::string difference(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string line_a, line_b, table;
  while (true) {
    if (line_a.starts_with('[')) table = line_a + " ";
    const bool more_a = static_cast<bool>(std::getline(a, line_a)), more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return "they are equal";
    if (!more_a) line_a = "nothing";
    if (!more_b) line_b = "nothing";
    if (line_a != line_b) return fmt::format("{}{}; now {}", table, line_a, line_b);
  }
}

// Whether bad input is passed over does not change what was made of the good, so a run may go on with another read.on_bad.
std::string without_on_bad(const std::string& recipe) {
  std::istringstream lines(recipe);
  std::string line, rest;
  while (std::getline(lines, line))
    if (!line.starts_with("on_bad = ")) rest += line + "\n";
  return rest;
}

void check_same(const std::string& recipe_before, const std::string& recipe_now, std::uint64_t tokenizer_before,
                std::uint64_t tokenizer_now, const std::filesystem::path& out) {
  const std::string before = without_on_bad(recipe_before), now = without_on_bad(recipe_now);
  if (before != now)
    fail_usage("{} was begun with another recipe ({}); use that one, or another directory", out.string(), difference(before, now));
  if (tokenizer_before != tokenizer_now) {
    fail_usage("{} was begun with another tokenizer (fingerprint {:016x}, now {:016x}); use that one, or another directory", out.string(),
               tokenizer_before, tokenizer_now);
  }
}

OrderedJson begin_entry(const PrepareRun& run, const std::vector<SourceFile>& files) {
  OrderedJson list = OrderedJson::array();
  for (const SourceFile& file : files) list.push_back({file.path, file.bytes, file.modified});
  return {{"kind", "begin"}, {"recipe", run.recipe.resolved}, {"tokenizer", run.tokenizer.fingerprint()}, {"files", std::move(list)}};
}

// The run that the journal belongs to is this one: recipe, tokenizer, and every file that was read or begun. What was not yet read may
// be another: that is how a run that failed on a file goes on when the file is mended.
void check_begin(const Json& begin, const PrepareRun& run, const std::vector<SourceFile>& files, const std::string& origin) {
  check_same(json_get<std::string>(begin, "recipe", origin), run.recipe.resolved, json_get<std::uint64_t>(begin, "tokenizer", origin),
             run.tokenizer.fingerprint(), run.out);
  const Json before = json_get<Json>(begin, "files", origin);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto path = before[i][0].get<std::string>();
    if (i >= files.size() || files[i].path != path) {
      fail_usage("{} was begun when {} was one of the inputs; other files are there now: use another directory", run.out.string(), path);
    }
    const bool touched = static_cast<std::int64_t>(i) < run.state.position.file ||
                         (static_cast<std::int64_t>(i) == run.state.position.file && run.state.position.ordinal > 0);
    if (touched && (files[i].bytes != before[i][1].get<std::int64_t>() || files[i].modified != before[i][2].get<std::int64_t>())) {
      fail_usage("{} has changed since the run in {} read it; prepare the corpus anew", path, run.out.string());
    }
  }
  if (files.size() != before.size()) {
    fail_usage("{} was begun with {} input files, now there are {}; use another directory", run.out.string(), before.size(), files.size());
  }
}

// A finished corpus was made of these files, as far as their names and sizes say.
void check_inputs(const std::vector<InputFile>& before, const CorpusRecipe& recipe, const std::filesystem::path& out) {
  const std::vector<SourceFile> now = list_files(recipe);
  for (std::size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    if (i < before.size() && i < now.size() && before[i].path == now[i].path && before[i].bytes == now[i].bytes) continue;
    fail_usage("{} was made when its inputs were others ({}); prepare the corpus anew in another directory", out.string(),
               i < now.size() ? now[i].path : before[i].path + " is not among them any more");
  }
}

CorpusManifest manifest_of(const PrepareRun& run) {
  CorpusManifest manifest;
  static_cast<CorpusCounts&>(manifest) = run.report;
  manifest.program = FATHOM_VERSION;
  manifest.fingerprint = run.tokenizer.fingerprint();
  manifest.vocab_size = run.tokenizer.vocab_size();
  manifest.recipe = run.recipe.resolved;
  manifest.inputs = run.report.inputs;
  for (const auto& [split, shards] : run.state.shards)
    if (!shards.empty()) manifest.splits[split] = shards;
  return manifest;
}

CorpusManifest run_stages(PrepareRun& run, const std::vector<SourceFile>& files) {
  if (!run.state.selected) select_documents(run, files);
  tokenize_documents(run);
  require(run.report.kept() > 0, "0 documents left: {}", run.report.rejections());
  pack_shards(run);

  run.report.samples.write(run.out / "rejected");
  write_file_atomically(run.out / "recipe.toml", run.recipe.resolved);
  AtomicDirectory tokenizer(run.out / "tokenizer");
  run.tokenizer.save(tokenizer.path());
  tokenizer.commit();
  run.point("results written");
  const CorpusManifest manifest = manifest_of(run);
  write_file_atomically(run.out / manifest_name, manifest.dump());
  run.point("manifest written");
  return manifest;
}

}  // namespace

CorpusManifest prepare_corpus(const CorpusRecipe& recipe, const text::Tokenizer& tokenizer, const PrepareSettings& settings) {
  // What the tokenizer must have shows before anything is read.
  separator_of(tokenizer);
  FillInTheMiddle(recipe.fim_rate, recipe.seed, tokenizer);
  RunDirectory directory(settings.out, settings.resume);
  if (directory.complete()) {
    const CorpusManifest manifest = CorpusManifest::load(settings.out);
    check_same(manifest.recipe, recipe.resolved, manifest.fingerprint, tokenizer.fingerprint(), settings.out);
    check_inputs(manifest.inputs, recipe, settings.out);
    directory.finish();
    return manifest;
  }
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  PrepareRun run{recipe,
                 tokenizer,
                 settings.out,
                 settings.threads > 0 ? settings.threads : cores,
                 settings.quiet,
                 MemoryShares::of(settings.memory_bytes),
                 settings.on_point,
                 {},
                 PrepareReport(recipe)};
  run.state.work = directory.work();
  bool begun = false;  // something is done that a resumed run need not do again
  try {
    const std::vector<SourceFile> files = list_files(recipe);
    Json begin;
    Journal journal(directory.journal(), [&](const Json& entry) {
      if (begin.is_null()) begin = entry;
      restore_entry(entry, directory.journal().string(), run.state, run.report);
    });
    run.journal = &journal;
    begun = run.state.text_chunks() > 0;
    if (journal.empty()) {
      journal.append(begin_entry(run, files));
    } else {
      check_begin(begin, run, files, directory.journal().string());
    }
    CorpusManifest manifest = run_stages(run, files);
    directory.finish();
    return manifest;
  } catch (const UsageError&) {
    if (!begun) directory.discard();
    throw;
  } catch (const Error& error) {
    // Where nothing is left to go on with, nothing stays behind.
    const bool hopeless = run.state.selected && run.state.token_chunks == run.state.text_chunks() && run.report.kept() == 0;
    if (run.state.text_chunks() == 0 || hopeless) {
      directory.discard();
      throw;
    }
    fail("{}\nWhat is done so far is kept in {}; mend that, and --resume goes on there{}", error.what(), settings.out.string(),
         recipe.skip_bad ? "" : ". Bad input is passed over, and counted, with --set read.on_bad=skip");
  }
}

}  // namespace fathom::data
