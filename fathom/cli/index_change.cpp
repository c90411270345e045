// fathom index add, remove, compact, repair, tune: changing an index in place while others search it.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/cli/index_commands.h"

namespace fathom::cli {
namespace {

struct ChangeOptions {
  std::string index;
  std::vector<std::string> inputs, ids;
  std::string vector_search;
  search::RankingSource ranking;
  bool ignore_missing = false;
  IndexWorkOptions work;
};

std::shared_ptr<ChangeOptions> with_index(CLI::App& app) {
  auto options = std::make_shared<ChangeOptions>();
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  return options;
}

int run_add(const ChangeOptions& options) {
  search::IndexWork work;
  options.work.apply(work);
  report_reading(search::add_to_index(options.index, options.inputs, work), options.work.quiet);
  return 0;
}

int run_remove(const ChangeOptions& options) {
  std::vector<std::string> ids = options.ids;
  if (ids.size() == 1 && ids.front() == "-") {
    ids.clear();
    for (std::string line; std::getline(std::cin, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) ids.push_back(line);
    }
  }
  const search::IndexReport report = search::remove_from_index(options.index, ids, options.ignore_missing);
  fmt::print("{} pages removed; {} pages in the index\n", report.removed, report.pages);
  return 0;
}

int run_compact(const ChangeOptions& options) {
  const search::OpenIndex open = search::open_for_writing(options.index);
  if (!options.vector_search.empty()) open.writer->set_vector_search(index::vector_search_of(options.vector_search));
  open.writer->compact();
  fmt::print("{} pages in the index\n", open.writer->state().pages);
  return 0;
}

int run_repair(const ChangeOptions& options) {
  const search::OpenIndex open = search::open_for_writing(options.index);
  const index::PageWriter::Repair repair = open.writer->repair();
  if (repair.full_text) fmt::print("full text, word counts and SQLite's indexes made again\n");
  fmt::print("{} damaged segments and {} damaged files of cells made again\n", repair.segments, repair.cells);
  require(repair.beyond_help.empty(), "what cannot be made again:\n  {}", fmt::join(repair.beyond_help, "\n  "));
  return 0;
}

int run_tune(const ChangeOptions& options) {
  options.ranking.check();
  const search::OpenIndex open = search::open_for_writing(options.index);
  search::Searcher searcher(options.index);
  const auto learnt = search::learn_ranking(searcher, options.ranking);
  require(learnt.has_value(), "{}: there are too few pages to learn from", options.index);
  open.writer->set_ranking(learnt->ranking.to_json().dump());
  open.writer->commit();
  fmt::print("{}\n", learnt->to_json().dump(2));
  return 0;
}

}  // namespace

Runner set_up_index_add(CLI::App& app) {
  app.description("Add pages in one commit; a page whose id is there already takes its place");
  auto options = with_index(app);
  app.add_option("--input", options->inputs, "Files or folders, as for build")->required()->expected(1, -1);
  options->work.add_to(app);
  return [options] { return run_add(*options); };
}

Runner set_up_index_remove(CLI::App& app) {
  app.description("Remove pages in one commit");
  auto options = with_index(app);
  app.add_option("ids", options->ids, "Ids of pages; - reads them from standard input, one a line")->required()->expected(1, -1);
  app.add_flag("--ignore-missing", options->ignore_missing, "Ids that are not there are no error");
  return [options] { return run_remove(*options); };
}

Runner set_up_index_compact(CLI::App& app) {
  app.description("Merge all segments into one and drop what was removed");
  auto options = with_index(app);
  add_vector_search_option(app, options->vector_search);
  return [options] { return run_compact(*options); };
}

Runner set_up_index_repair(CLI::App& app) {
  app.description("Check everything and make again from the text what is damaged; say what cannot be");
  auto options = with_index(app);
  return [options] { return run_repair(*options); };
}

Runner set_up_index_tune(CLI::App& app) {
  app.description("Learn anew how scores are fused and calibrated; prints what was learnt");
  auto options = with_index(app);
  app.add_option("--queries", options->ranking.queries, "Judged queries (JSONL); without them pseudo queries are made of the pages");
  app.add_option("--qrels", options->ranking.judgements, "Their judgements (TREC or BEIR)");
  app.add_option("--examples", options->ranking.clicks,
                 "Clicks (fathom log examples) in place of judged queries; a fifth of the queries is held out");
  app.add_option("--seed", options->ranking.seed, "Seed of pseudo queries, and of which clicks are held out")->capture_default_str();
  return [options] { return run_tune(*options); };
}

}  // namespace fathom::cli
