// fathom index eval: how good an index's rankings are, and whether they are better than another's.
#include <fmt/format.h>

#include <memory>

#include "fathom/cli/index_commands.h"
#include "fathom/search/evaluation.h"

namespace fathom::cli {
namespace {

struct EvalOptions {
  std::string index, queries, judgements, baseline;
  bool json = false;
};

void print_means(const OrderedJson& result) {
  fmt::print("{:10}", "");
  for (const auto& [measure, value] : result.at("bm25").items()) fmt::print("{:>11}", measure);
  for (const search::Mode mode : search::evaluated_modes) {
    fmt::print("\n{:10}", search::name_of(mode));
    for (const auto& [measure, value] : result.at(std::string(search::name_of(mode))).items()) fmt::print("{:11.4f}", value.get<double>());
  }
  fmt::print("\n");
  if (result.contains("cells"))
    fmt::print("cells: of the 10 best pages by vectors {:.4f} are found, of 100 {:.4f}\n",
               result.at("cells").at("recall_of_10_best").get<double>(), result.at("cells").at("recall_of_100_best").get<double>());
}

void print_differences(const OrderedJson& difference) {
  fmt::print("differences to it, with 95% intervals over the queries and p\n");
  for (const auto& [mode, measures] : difference.items())
    for (const char* measure : {"recall@100", "ndcg@10"}) {
      const OrderedJson& test = measures.at(measure);
      fmt::print("{:10}{:>11}{:+9.4f} [{:+.4f}, {:+.4f}], p {:.4f}\n", mode, measure, test.at("difference").get<double>(),
                 test.at("low").get<double>(), test.at("high").get<double>(), test.at("p").get<double>());
    }
}

int run_eval(const EvalOptions& options) {
  search::Searcher searcher(options.index);
  const std::vector<search::JudgedQuery> queries = search::read_judged_queries(options.queries, options.judgements);
  const search::Evaluation evaluation = search::evaluate(searcher, queries);
  OrderedJson result = evaluation.to_json();
  if (!options.baseline.empty()) {
    search::Searcher baseline(options.baseline);
    result = with_baseline(evaluation, search::evaluate(baseline, queries));
  }
  if (options.json) {
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  print_evaluation(result);
  return 0;
}

}  // namespace

OrderedJson with_baseline(const search::Evaluation& evaluation, const search::Evaluation& baseline) {
  OrderedJson result = evaluation.to_json();
  result["baseline"] = baseline.to_json();
  result["difference"] = search::compare(evaluation, baseline);
  return result;
}

void print_evaluation(const OrderedJson& result) {
  fmt::print("{} queries\n", result.at("queries").get<std::int64_t>());
  print_means(result);
  if (!result.contains("difference")) return;
  fmt::print("the baseline\n");
  print_means(result.at("baseline"));
  print_differences(result.at("difference"));
}

Runner set_up_index_eval(CLI::App& app) {
  auto options = std::make_shared<EvalOptions>();
  app.description("Measure an index on judged queries: Recall@k, MRR@10 and nDCG@10 of BM25, vectors and their fusions");
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  app.add_option("--queries", options->queries, "JSONL with qid (or _id, id) and text (or query)")->required();
  app.add_option("--qrels", options->judgements, "Judgements, TREC or BEIR")->required();
  app.add_option("--baseline", options->baseline, "Another index, which every mode is compared with (paired over the queries)");
  app.add_flag("--json", options->json, "As JSON");
  return [options] { return run_eval(*options); };
}

}  // namespace fathom::cli
