// fathom index compare: page encoders and BM25 on judged queries (docs/page-search.md).
#include "fathom/cli/index_compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/common_options.h"
#include "fathom/metrics/paired_test.h"
#include "fathom/pages/click_page_encoder.h"
#include "fathom/pages/page_comparison.h"

namespace fathom::cli {
namespace {

struct CompareOptions {
  std::string pages, queries, judgements, clicks, out, baseline;
  std::vector<std::string> encoders;
  std::vector<std::int64_t> vectors = {1, 2, 4, 8, 16};
  std::int64_t most_queries = 0;
  bool words = false, quiet = false;
  int threads = 0;
};

// Runs of one name differ by their seed; they are reported as mean and standard deviation.
struct Runs {
  std::string name;
  std::vector<pages::Arm> arms;
};

void add_arm(std::vector<Runs>& all, pages::Arm arm) {
  auto found = std::find_if(all.begin(), all.end(), [&](const Runs& runs) { return runs.name == arm.name; });
  if (found == all.end()) found = all.insert(all.end(), Runs{arm.name, {}});
  found->arms.push_back(std::move(arm));
}

// Each query's mean over the runs.
std::vector<double> mean_values(const Runs& runs, const std::string& measure, const std::vector<pages::JudgedQuery>& queries,
                                const std::string& group) {
  std::vector<double> sums;
  for (const pages::Arm& arm : runs.arms) {
    const std::vector<double> values = pages::values_of(arm.scores, measure, queries, group);
    sums.resize(values.size(), 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) sums[i] += values[i] / static_cast<double>(runs.arms.size());
  }
  return sums;
}

// Mean over the runs of each measure, and the standard deviation between them.
OrderedJson summary(const Runs& runs, const std::vector<pages::JudgedQuery>& queries, const std::string& group) {
  OrderedJson result;
  std::vector<OrderedJson> single;
  for (const pages::Arm& arm : runs.arms) single.push_back(pages::mean_scores(arm.scores, queries, group));
  for (const auto& [measure, first] : single.front().items()) {
    double mean = 0, squares = 0;
    for (const OrderedJson& scores : single) mean += scores[measure].get<double>() / static_cast<double>(single.size());
    for (const OrderedJson& scores : single) squares += std::pow(scores[measure].get<double>() - mean, 2);
    result[measure] = mean;
    if (single.size() > 1) result[measure + " sd"] = std::sqrt(squares / static_cast<double>(single.size() - 1));
  }
  return result;
}

OrderedJson comparison(const Runs& runs, const Runs& baseline, const std::vector<pages::JudgedQuery>& queries, const std::string& group) {
  OrderedJson result = {{"baseline", baseline.name}};
  for (const char* measure : {"recall@1", "mrr@10", "ndcg@10"}) {
    const metrics::PairedComparison test =
        metrics::compare_paired(mean_values(runs, measure, queries, group), mean_values(baseline, measure, queries, group));
    result[measure] = {{"difference", test.difference}, {"low", test.interval.low}, {"high", test.interval.high}, {"p", test.p_value}};
  }
  return result;
}

// What is ranked under one name: an encoder at a number of vectors a page.
struct Planned {
  std::string arm, directory;
  std::int64_t most_vectors;
};

std::vector<Planned> plan(const CompareOptions& options) {
  std::vector<Planned> all;
  for (const std::string& given : options.encoders) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos || equals == 0) fail_usage("--encoder: NAME=DIRECTORY is expected, got {}", given);
    const std::string name = given.substr(0, equals), directory = given.substr(equals + 1);
    const bool several = pages::ClickPageEncoder::load(directory).config().form == pages::PageForm::several;
    for (const std::int64_t most : several ? options.vectors : std::vector<std::int64_t>{1})
      all.push_back({several ? fmt::format("{}, {} vectors", name, most) : name, directory, most});
  }
  return all;
}

// Before anything is ranked: that takes long.
void require_baseline(const CompareOptions& options, const std::vector<Planned>& planned) {
  std::vector<std::string> arms;
  if (options.words) arms.emplace_back(pages::words_arm);
  for (const Planned& one : planned)
    if (std::find(arms.begin(), arms.end(), one.arm) == arms.end()) arms.push_back(one.arm);
  if (options.baseline.empty() || std::find(arms.begin(), arms.end(), options.baseline) != arms.end()) return;
  fail_usage("--baseline: there is no arm '{}'; the arms are '{}'", options.baseline, fmt::join(arms, "', '"));
}

std::vector<Runs> rank_all(const CompareOptions& options, const std::vector<Planned>& planned, const pages::PageCollection& collection,
                           const std::vector<pages::JudgedQuery>& queries) {
  std::vector<Runs> all;
  const auto report = [&](const std::string& name) {
    if (!options.quiet) fmt::print(stderr, "index compare: {}\n", name);
  };
  if (options.words) {
    report("BM25");
    add_arm(all, pages::rank_by_words(collection, queries, options.threads));
  }
  for (const Planned& one : planned) {
    report(fmt::format("{} ({})", one.arm, one.directory));
    const pages::ClickPageEncoder encoder = pages::ClickPageEncoder::load(one.directory);
    add_arm(all, pages::rank_by_vectors(one.arm, encoder, one.most_vectors, collection, queries, options.threads));
  }
  return all;
}

void print_table(const OrderedJson& groups) {
  for (const auto& [group, arms] : groups.items()) {
    fmt::print(
        "\n{}\n| arm | vectors a page | bytes a page | R@1 | R@5 | R@10 | R@100 | MRR@10 | nDCG@10 "
        "|\n|---|---|---|---|---|---|---|---|---|\n",
        group);
    for (const OrderedJson& arm : arms) {
      std::string line = fmt::format("| {} | {:.1f} | {:.0f} |", arm["arm"].get<std::string>(), arm["vectors_per_page"].get<double>(),
                                     arm["bytes_per_page"].get<double>());
      for (const char* measure : {"recall@1", "recall@5", "recall@10", "recall@100", "mrr@10", "ndcg@10"}) {
        line += fmt::format(" {:.4f}", arm["scores"][measure].get<double>());
        if (const auto sd = arm["scores"].find(std::string(measure) + " sd"); sd != arm["scores"].end())
          line += fmt::format(" ±{:.4f}", sd->get<double>());
        line += " |";
      }
      fmt::print("{}\n", line);
    }
    for (const OrderedJson& arm : arms) {
      if (!arm.contains("against")) continue;
      const OrderedJson& test = arm["against"]["ndcg@10"];
      fmt::print("{} − {}: nDCG@10 {:+.4f}, 95% [{:+.4f}, {:+.4f}], p = {:.4f}\n", arm["arm"].get<std::string>(),
                 arm["against"]["baseline"].get<std::string>(), test["difference"].get<double>(), test["low"].get<double>(),
                 test["high"].get<double>(), test["p"].get<double>());
    }
  }
}

// How well the summariser finds the clicked sentences, at each number of vectors.
OrderedJson summariser_report(const CompareOptions& options, const pages::PageCollection& collection) {
  const pages::PageExamples clicks = pages::read_page_examples(options.clicks, collection);
  OrderedJson report = OrderedJson::array();
  fmt::print(
      "\nClicked sentence among those chosen (pages with more sentences than that)\n| encoder | sentences | clicks | chosen | likeliest | "
      "first | random |\n|---|---|---|---|---|---|---|\n");
  for (const std::string& given : options.encoders) {
    const pages::ClickPageEncoder encoder = pages::ClickPageEncoder::load(given.substr(given.find('=') + 1));
    if (encoder.config().form != pages::PageForm::several) continue;
    for (const std::int64_t most : options.vectors) {
      const pages::SentenceRecall recall = pages::sentence_recall(encoder, most, collection, clicks.examples, options.threads);
      fmt::print("| {} | {} | {} | {:.4f} | {:.4f} | {:.4f} | {:.4f} |\n", given, most, recall.clicks, recall.chosen, recall.likeliest,
                 recall.first, recall.random);
      report.push_back({{"encoder", given},
                        {"sentences", most},
                        {"clicks", recall.clicks},
                        {"chosen", recall.chosen},
                        {"likeliest", recall.likeliest},
                        {"first", recall.first},
                        {"random", recall.random}});
    }
  }
  return report;
}

int run_compare(const CompareOptions& options) {
  if (options.encoders.empty() && !options.words) fail_usage("nothing to compare: give --encoder NAME=DIRECTORY or --bm25");
  const std::vector<Planned> planned = plan(options);
  require_baseline(options, planned);
  const pages::PageCollection collection = pages::read_pages(options.pages, options.threads);
  std::vector<pages::JudgedQuery> queries = pages::read_judged_queries(options.queries, options.judgements);
  if (options.most_queries > 0) {
    std::map<std::string, std::int64_t> taken;
    std::erase_if(queries, [&](const pages::JudgedQuery& query) { return ++taken[query.group] > options.most_queries; });
  }
  const std::vector<Runs> all = rank_all(options, planned, collection, queries);
  const auto baseline = std::find_if(all.begin(), all.end(), [&](const Runs& runs) { return runs.name == options.baseline; });
  std::set<std::string> groups;
  for (const pages::JudgedQuery& query : queries) groups.insert(query.group);
  OrderedJson report;
  for (const std::string& group : groups) {
    OrderedJson& arms = report[group] = OrderedJson::array();
    for (const Runs& runs : all) {
      const auto pages = static_cast<double>(collection.pages.size());
      OrderedJson arm = {{"arm", runs.name},
                         {"runs", runs.arms.size()},
                         {"vectors_per_page", static_cast<double>(runs.arms.front().vectors) / pages},
                         {"bytes_per_page", static_cast<double>(runs.arms.front().bytes) / pages},
                         {"scores", summary(runs, queries, group)}};
      if (baseline != all.end() && &runs != &*baseline) arm["against"] = comparison(runs, *baseline, queries, group);
      arms.push_back(std::move(arm));
    }
  }
  print_table(report);
  if (!options.clicks.empty()) report["summariser"] = summariser_report(options, collection);
  if (!options.out.empty()) write_file_atomically(options.out, report.dump(2) + "\n");
  return 0;
}

}  // namespace

Runner set_up_index_compare(CLI::App& app) {
  auto options = std::make_shared<CompareOptions>();
  app.description("Measure page encoders and BM25 on judged queries");
  app.add_option("--pages", options->pages, "Pages: JSONL of id, title, text; plain or compressed")->required();
  app.add_option("--queries", options->queries, "Queries: JSONL of id, query, and group where results are to be kept apart")->required();
  app.add_option("--judgements", options->judgements, "Lines \"query 0 page relevance\" (TREC)")->required();
  app.add_option("--encoder", options->encoders, "NAME=DIRECTORY (repeatable); of one name: runs that differ by their seed")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--vectors", options->vectors, "Vectors a page at most, one row for each number")
      ->delimiter(',')
      ->check(CLI::Range(std::int64_t{1}, index::most_vectors_per_page))
      ->capture_default_str();
  app.add_option("--clicks", options->clicks,
                 "Clicks as `index train` reads them: also report how often the clicked sentence is among those chosen");
  app.add_flag("--bm25", options->words, "BM25 over title and text, too");
  app.add_option("--baseline", options->baseline, "Name of an arm: the others are tested against it (paired over the queries)");
  app.add_option("--most-queries", options->most_queries, "Of each group only the first so many (0: all)")->check(CLI::NonNegativeNumber);
  app.add_option("--out", options->out, "File for the report as JSON");
  app.add_option("--threads", options->threads, "CPU threads (0: one a core)")->check(check_threads)->capture_default_str();
  app.add_flag("--quiet", options->quiet, "No progress on standard error");
  return [options] { return run_compare(*options); };
}

}  // namespace fathom::cli
