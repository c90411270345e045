#include "fathom/data/prepare_corpus.h"

#include <algorithm>
#include <sstream>
#include <thread>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/prepare/run_directory.h"
#include "fathom/data/prepare/run_state.h"
#include "fathom/data/prepare/selection.h"
#include "fathom/data/prepare/shard_packing.h"
#include "fathom/data/prepare/tokenization.h"
#include "fathom/data/token_file_writer.h"

namespace fathom::data {
namespace {

// The first line in which two recipes differ: "validation.fraction = 0.01, now 0.1".
std::string difference(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string line_a, line_b;
  while (true) {
    const bool more_a = static_cast<bool>(std::getline(a, line_a)), more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return "they are equal";
    if (!more_a) line_a = "nothing";
    if (!more_b) line_b = "nothing";
    if (line_a != line_b) return fmt::format("{}; now {}", line_a, line_b);
  }
}

void check_same(const std::string& recipe_before, const std::string& recipe_now, std::uint64_t tokenizer_before,
                std::uint64_t tokenizer_now, const std::filesystem::path& out) {
  if (recipe_before != recipe_now) {
    fail_usage("{} was begun with another recipe ({}); use that one, or another directory", out.string(),
               difference(recipe_before, recipe_now));
  }
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

// The run that the journal belongs to is this one: recipe, tokenizer, and every file that was read or begun.
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

CorpusManifest manifest_of(const PrepareRun& run) {
  CorpusManifest manifest;
  manifest.program = FATHOM_VERSION;
  manifest.fingerprint = run.tokenizer.fingerprint();
  manifest.vocab_size = run.tokenizer.vocab_size();
  manifest.recipe = run.recipe.resolved;
  manifest.inputs = run.report.inputs;
  manifest.sources = run.report.sources;
  for (const auto& [split, shards] : run.state.shards)
    if (!shards.empty()) manifest.splits[split] = shards;
  manifest.length_histogram = run.report.length_histogram;
  manifest.fim_documents = run.report.fim_documents;
  manifest.split_candidates = run.report.split_candidates;
  manifest.split_tokens = run.report.split_tokens;
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
  separator_of(tokenizer);
  RunDirectory directory(settings.out, settings.resume);
  if (directory.complete()) {
    const CorpusManifest manifest = CorpusManifest::load(settings.out);
    check_same(manifest.recipe, recipe.resolved, manifest.fingerprint, tokenizer.fingerprint(), settings.out);
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
    fail("{}\nWhat is done so far is kept in {}; --resume goes on there", error.what(), settings.out.string());
  }
}

}  // namespace fathom::data
