// fathom search: pages that answer a query, the sentence of each that matched, and why it stands where it stands.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/cli/light_commands.h"
#include "fathom/cli/query_lines.h"
#include "fathom/search/response_json.h"
#include "fathom/search/searcher.h"

namespace fathom::cli {
namespace {

struct SearchCommandOptions {
  std::string index, mode = "hybrid";
  std::vector<std::string> queries, filters;
  search::SearchRequest request;
  search::SearcherOptions searcher;
  bool json = false, explain = false, no_verify = false;
};

void print_explanation(const search::SearchResponse& response, const search::SearchHit& hit) {
  const search::Candidate& parts = hit.parts;
  const search::Ranking& ranking = response.ranking;
  const auto place = [](std::int64_t rank) { return rank > 0 ? fmt::format("place {}", rank) : std::string("not among the best"); };
  fmt::print("        bm25     {:8.3f} = {:.3f} of what the query can reach, {}; log-odds {:.2f} × {:.2f}\n", parts.bm25, parts.text_share,
             place(parts.text_rank), ranking.text.logit(parts.text_share), 1.0 - ranking.vector_weight);
  fmt::print("        vectors  {:8.3f} with sentence {}, {}; log-odds {:.2f} × {:.2f}\n", parts.cosine, parts.sentence,
             place(parts.vector_rank), ranking.vectors.logit(parts.cosine), ranking.vector_weight);
  fmt::print("        score    {:8.3f}, probability {:.3f}\n", hit.score, hit.probability);
  fmt::print("        coverage {:8.3f} of the query's words in title and sentence\n", hit.coverage);
}

void print_text(const SearchCommandOptions& options, const std::string& query, const search::SearchResponse& response) {
  fmt::print("? {}\n", query);
  if (!response.answered)
    fmt::print("  no good answer{}\n", response.hits.empty() ? ""
                                                             : fmt::format(" (best {:.2f}, below {:.2f})",
                                                                           response.hits.front().probability, options.request.threshold));
  if (options.explain) {
    for (const index::TextQuery::Term& term : response.terms.terms)
      fmt::print("    {} ({}): in {} pages, weight {:.2f}{}\n", term.word, term.term, term.documents, term.idf,
                 term.used             ? ""
                 : term.documents == 0 ? "; no page has it"
                                       : "; left out, as it is too frequent");
  }
  if (options.explain && response.cells.cells > 0)
    fmt::print("    vectors: {} of {} cells looked into; of the 10 best pages they held {:.3f} when they were made\n",
               response.cells.probes, response.cells.cells, response.cells.recall_10);
  bool unlikely = false;
  for (const search::SearchHit& hit : response.hits) {
    if (response.answered && !hit.good && !unlikely) fmt::print("  unlikely (below {:.2f}):\n", options.request.threshold);
    unlikely = unlikely || !hit.good;
    fmt::print("  {:.2f}  {}  [{}]\n", hit.probability, hit.title, hit.id);
    if (!hit.snippet.empty()) fmt::print("        {}\n", search::marked(hit.snippet, hit.highlights, "«", "»"));
    for (const std::string& id : hit.duplicates) fmt::print("        the same page: {}\n", id);
    if (options.explain) print_explanation(response, hit);
  }
  if (!response.suggestions.empty()) fmt::print("  people also ask\n");
  for (const search::Suggestion& suggestion : response.suggestions)
    fmt::print("    {}  {}  [{}]\n", suggestion.question, suggestion.answer, suggestion.page);
}

int run_search(SearchCommandOptions& options) {
  require_queries(options.queries);
  options.request.mode = search::mode_of(options.mode);
  options.searcher.verify = !options.no_verify;
  for (const std::string& filter : options.filters) {
    const std::size_t equals = filter.find('=');
    if (equals == std::string::npos || equals == 0) fail_usage("--filter '{}': key=value is expected", filter);
    options.request.filter.emplace_back(filter.substr(0, equals), filter.substr(equals + 1));
  }
  search::Searcher searcher(options.index, options.searcher);
  const auto answer = [&](const std::string& query) {
    options.request.query = query;
    const search::SearchResponse response = searcher.search(options.request);
    if (options.json)
      fmt::print("{}\n", search::to_json(query, response, options.explain).dump(-1, ' ', false, Json::error_handler_t::replace));
    else
      print_text(options, query, response);
    std::fflush(stdout);
  };
  for (const std::string& query : options.queries) answer(query);
  if (!options.queries.empty()) return 0;
  return for_each_query_line(answer, [&](const std::string& reason) {
    if (options.json)
      fmt::print("{}\n",
                 OrderedJson{{"query", nullptr}, {"answered", false}, {"refused", reason}, {"results", OrderedJson::array()}}.dump());
    else
      fmt::print("?\n  refused: {}\n", reason);
    std::fflush(stdout);
  });
}

}  // namespace

Runner set_up_search(CLI::App& app) {
  auto options = std::make_shared<SearchCommandOptions>();
  app.footer("fathom search --index index/ --query 'heat transfer at high speed' --filter year=1958 --explain");
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  app.add_option("--query", options->queries,
                 "What is looked for; may be repeated. Without it queries are read from standard input, one a line");
  app.add_option("--k", options->request.k, "So many pages")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--filter", options->filters, "key=value: pages with this metadata; several values of a key: one of them")
      ->expected(1, -1);
  app.add_option("--mode", options->mode, "hybrid, bm25, vectors; rrf and min-max are baselines")->capture_default_str();
  app.add_option("--threshold", options->request.threshold, "Below this probability of the best page there is no good answer")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--explain", options->explain, "Why each page stands where it stands");
  app.add_flag("--exact", options->searcher.exact_vectors, "Compare the query with every vector, also where the index has cells");
  app.add_flag("--no-verify", options->no_verify, "Do not compare the vectors with their checksums first");
  app.add_flag("--json", options->json, "A JSON object a query");
  return [options] { return run_search(*options); };
}

}  // namespace fathom::cli
