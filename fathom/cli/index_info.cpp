// fathom index info: what is in an index.
#include <fmt/format.h>

#include <memory>

#include "fathom/base/error.h"
#include "fathom/cli/index_commands.h"
#include "fathom/index/page_reader.h"
#include "fathom/search/index_check.h"

namespace fathom::cli {
namespace {

struct InfoOptions {
  std::string index;
  bool verify = false, json = false;
};

int run_info(const InfoOptions& options) {
  if (options.verify) {
    const std::vector<std::string> findings = search::check_index(options.index);
    require(findings.empty(), "{}: the index is damaged; `fathom index repair` makes again what the text allows\n  {}", options.index,
            fmt::join(findings, "\n  "));
  }
  index::PageReader reader(options.index, {.verify = false});
  const index::PageIndexState& state = reader.state();
  OrderedJson segments = OrderedJson::array();
  OrderedJson cells = OrderedJson::array();
  std::int64_t vectors = 0, bytes = 0, cell_bytes = 0;
  for (const index::CellsRow& row : reader.cells()) {
    cells.push_back({{"segment", row.segment},
                     {"name", row.name},
                     {"cells", row.cells},
                     {"probes", row.probes},
                     {"recall_of_10_best", row.recall_10},
                     {"recall_of_100_best", row.recall_100},
                     {"bytes", row.bytes},
                     {"sha256", row.sha256}});
    cell_bytes += row.bytes;
  }
  for (const index::SegmentRow& segment : reader.segments()) {
    segments.push_back({{"name", segment.name},
                        {"pages", segment.pages},
                        {"vectors", segment.rows},
                        {"bytes", segment.bytes},
                        {"sha256", segment.sha256}});
    vectors += segment.rows;
    bytes += segment.bytes;
  }
  const index::PageReader::QuestionCounts questions = reader.question_counts();
  const std::int64_t database = static_cast<std::int64_t>(std::filesystem::file_size(reader.directory() / index::store_file));
  if (options.json) {
    const OrderedJson result = {
        {"kind", index::pages_kind},
        {"version", state.version},
        {"generation", state.generation},
        {"pages", state.pages},
        {"vectors", vectors},
        {"width", state.width},
        {"vectors_per_page", state.settings.most_vectors},
        {"stemming", state.settings.stems},
        {"encoder", state.encoder},
        {"encoder_fingerprint", state.fingerprint},
        {"questions", {{"count", questions.questions}, {"pages", questions.pages_with_questions}, {"weight", state.question_weight}}},
        {"suggestions", {{"count", questions.suggestions}, {"pages", questions.pages_with_suggestions}}},
        {"database_bytes", database},
        {"vector_bytes", bytes},
        {"segments", segments},
        {"vector_search", index::name_of(state.settings.vector_search)},
        {"cell_bytes", cell_bytes},
        {"cells", cells},
        {"verified", options.verify},
        {"ranking", state.ranking.empty() ? OrderedJson() : OrderedJson::parse(state.ranking)}};
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  fmt::print("{} pages, {} vectors of width {} (at most {} a page) in {} segments, generation {}\n", state.pages, vectors, state.width,
             state.settings.most_vectors, reader.segments().size(), state.generation);
  fmt::print("{} bytes of text and BM25, {} bytes of vectors\n", database, bytes);
  for (const index::CellsRow& row : reader.cells())
    fmt::print(
        "segment {}: {} of {} cells are looked into; on its own vectors they hold {:.3f} of the 10 best pages, {:.3f} of 100; {} bytes\n",
        row.segment, row.probes, row.cells, row.recall_10, row.recall_100, row.bytes);
  fmt::print("encoder {} ({})\n", state.encoder.empty() ? "none" : state.encoder, state.fingerprint.substr(0, 12));
  if (questions.questions > 0)
    fmt::print("{} questions of {} pages are searched with their text, a word counting {:.2f}\n", questions.questions,
               questions.pages_with_questions, state.question_weight);
  if (questions.suggestions > 0)
    fmt::print("{} questions of {} pages are shown beside results\n", questions.suggestions, questions.pages_with_suggestions);
  if (options.verify) fmt::print("all is right: text, full text, vectors, encoder\n");
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

}  // namespace fathom::cli
