// fathom index build: files and folders become a page index (docs/search.md).
#include <fmt/format.h>

#include <memory>

#include "fathom/cli/common_options.h"
#include "fathom/cli/index_commands.h"

namespace fathom::cli {
namespace {

struct BuildOptions {
  search::IndexBuildOptions build;
  IndexWorkOptions work;
  std::string out, vector_search = "auto";
  ReplaceOption replace;
  bool no_stemming = false;
};

int run_build(const BuildOptions& options) {
  options.replace.check(options.out);
  search::IndexBuildOptions build = options.build;
  options.work.apply(build);
  build.settings.stems = !options.no_stemming;
  build.ranking.seed = build.seed;
  build.settings.vector_search = index::vector_search_of(options.vector_search);
  const search::IndexReport report = search::build_index(build, options.out);
  report_reading(report, options.work.quiet);
  fmt::print("{}\n", options.out);
  return 0;
}

}  // namespace

Runner set_up_index_build(CLI::App& app) {
  auto options = std::make_shared<BuildOptions>();
  search::IndexBuildOptions& build = options->build;
  app.description("Make an index of pages: text, vectors and metadata");
  app.add_option("--input", build.inputs, "HTML, Markdown, text and JSONL files, or folders of them; plain, gzip, xz or zstd")
      ->required()
      ->expected(1, -1);
  app.add_option("--out", options->out, "Directory to write")->required();
  options->replace.add_to(app);
  app.add_option("--vectors", build.settings.most_vectors, "At most so many vectors a page")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  add_vector_search_option(app, options->vector_search);
  app.add_option("--encoder", build.encoder, "Directory of a trained page encoder; without it, one of word vectors is made here");
  app.add_option("--word-vectors", build.word_vectors.word_vectors,
                 "Word vectors to use instead of training them: a directory, GloVe or word2vec text");
  app.add_option("--vector-width", build.word_vectors.width, "Width of word vectors trained here")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--queries", build.ranking.queries,
                 "Judged queries to learn the ranking from (JSONL); without them it is learnt from the pages");
  app.add_option("--qrels", build.ranking.judgements, "Their judgements (TREC or BEIR)");
  app.add_flag("--no-stemming", options->no_stemming, "BM25 takes words as they are, English endings too");
  app.add_option("--seed", build.seed, "Seed of word vectors and pseudo queries")->capture_default_str();
  options->work.add_to(app);
  return [options] { return run_build(*options); };
}

}  // namespace fathom::cli
