// fathom index info and eval: what is in an index, and how good its rankings are.
#include <fmt/format.h>

#include <memory>

#include "fathom/base/error.h"
#include "fathom/cli/index_commands.h"
#include "fathom/index/page_reader.h"
#include "fathom/search/evaluation.h"
#include "fathom/search/index_check.h"

namespace fathom::cli {
namespace {

struct InfoOptions {
  std::string index, queries, judgements;
  bool verify = false, json = false;
};

int run_info(const InfoOptions& options) {
  if (options.verify) {
    const std::vector<std::string> findings = search::check_index(options.index);
    require(findings.empty(), "{}: the index is damaged; `fathom index repair` makes again what the text allows\n  {}", options.index,
            fmt::join(findings, "\n  "));
  }
  const index::PageReader reader(options.index, {.verify = false});
  const index::PageIndexState& state = reader.state();
  OrderedJson segments = OrderedJson::array();
  std::int64_t vectors = 0, bytes = 0;
  for (const index::SegmentRow& segment : reader.segments()) {
    segments.push_back({{"name", segment.name},
                        {"pages", segment.pages},
                        {"vectors", segment.rows},
                        {"bytes", segment.bytes},
                        {"sha256", segment.sha256}});
    vectors += segment.rows;
    bytes += segment.bytes;
  }
  const std::int64_t database = static_cast<std::int64_t>(std::filesystem::file_size(reader.directory() / index::store_file));
  if (options.json) {
    const OrderedJson result = {{"kind", index::pages_kind},
                                {"version", index::page_index_version},
                                {"generation", state.generation},
                                {"pages", state.pages},
                                {"vectors", vectors},
                                {"width", state.width},
                                {"vectors_per_page", state.settings.most_vectors},
                                {"stemming", state.settings.stems},
                                {"encoder", state.encoder},
                                {"encoder_fingerprint", state.fingerprint},
                                {"database_bytes", database},
                                {"vector_bytes", bytes},
                                {"segments", segments},
                                {"verified", options.verify},
                                {"ranking", state.ranking.empty() ? OrderedJson() : OrderedJson::parse(state.ranking)}};
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  fmt::print("{} pages, {} vectors of width {} (at most {} a page) in {} segments, generation {}\n", state.pages, vectors, state.width,
             state.settings.most_vectors, reader.segments().size(), state.generation);
  fmt::print("{} bytes of text and BM25, {} bytes of vectors\n", database, bytes);
  fmt::print("encoder {} ({})\n", state.encoder.empty() ? "none" : state.encoder, state.fingerprint.substr(0, 12));
  if (options.verify) fmt::print("all is right: text, full text, vectors, encoder\n");
  return 0;
}

int run_eval(const InfoOptions& options) {
  search::Searcher searcher(options.index);
  const OrderedJson result = search::evaluate(searcher, search::read_judged_queries(options.queries, options.judgements));
  if (options.json) {
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  fmt::print("{} queries\n{:10}", result.at("queries").get<std::int64_t>(), "");
  for (const auto& [measure, value] : result.at("bm25").items()) fmt::print("{:>11}", measure);
  for (const char* mode : {"bm25", "vectors", "hybrid", "rrf", "min-max"}) {
    fmt::print("\n{:10}", mode);
    for (const auto& [measure, value] : result.at(mode).items()) fmt::print("{:11.4f}", value.get<double>());
  }
  fmt::print("\n");
  return 0;
}

}  // namespace

Runner set_up_index_info(CLI::App& app) {
  auto options = std::make_shared<InfoOptions>();
  app.description("Say what is in an index");
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  app.add_flag("--verify", options->verify,
               "Read every byte: database, texts, full text, vectors and encoder against checksums and counts");
  app.add_flag("--json", options->json, "As JSON");
  return [options] { return run_info(*options); };
}

Runner set_up_index_eval(CLI::App& app) {
  auto options = std::make_shared<InfoOptions>();
  app.description("Measure an index on judged queries: Recall@k, MRR@10 and nDCG@10 of BM25, vectors and their fusions");
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  app.add_option("--queries", options->queries, "JSONL with qid (or _id, id) and text (or query)")->required();
  app.add_option("--qrels", options->judgements, "Judgements, TREC or BEIR")->required();
  app.add_flag("--json", options->json, "As JSON");
  return [options] { return run_eval(*options); };
}

}  // namespace fathom::cli
