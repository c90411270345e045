// fathom faq search: the entry that asks the same, its answer, how sure that is and why it matched.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/faq_commands.h"
#include "fathom/cli/query_lines.h"
#include "fathom/faq/faq.h"

namespace fathom::cli {
namespace {

struct FaqSearchOptions {
  std::string model;
  std::vector<std::string> queries;
  faq::SearchOptions search;
  bool json = false, verify = false;
};

constexpr double least_shown_similarity = 0.3;  // a match below it explains nothing

OrderedJson to_json(const std::string& query, const faq::FaqAnswer& answer) {
  OrderedJson results = OrderedJson::array();
  for (const faq::FaqResult& result : answer.results) {
    OrderedJson words = OrderedJson::array();
    for (const faq::AlignedWord& word : result.words)
      words.push_back({{"query_word", word.query_word},
                       {"question_word", word.candidate_word},
                       {"similarity", word.similarity},
                       {"weight", word.weight}});
    results.push_back({{"id", result.id},
                       {"question", result.question},
                       {"answer", result.answer},
                       {"score", result.score},
                       {"matcher_score", result.raw},
                       {"text_rank", result.text_rank},
                       {"parts",
                        {{"mismatch_query", result.match.mismatch_query},
                         {"mismatch_question", result.match.mismatch_candidate},
                         {"alignment_query", result.match.alignment_query},
                         {"alignment_question", result.match.alignment_candidate}}},
                       {"words", words}});
  }
  return {{"query", query},
          {"answered", answer.answered},
          {"words", answer.words},
          {"words_in_faq", answer.words_in_faq},
          {"results", results}};
}

void print_text(const std::string& query, const faq::FaqAnswer& answer, double threshold) {
  fmt::print("? {}\n", query);
  if (answer.words == 0)
    fmt::print("  there is no word in this question\n");
  else if (answer.words_in_faq == 0)
    fmt::print("  no word of this question is in the FAQ{}\n", answer.answered ? "; what is listed is alike by meaning" : "");
  if (!answer.answered)
    fmt::print("  nothing matches well{}\n",
               answer.results.empty() ? "" : fmt::format(" (best {:.2f}, below {:.2f})", answer.results.front().score, threshold));
  for (const faq::FaqResult& result : answer.results) {
    fmt::print("  {:.2f}  {}\n", result.score, result.question);
    if (&result == &answer.results.front() && answer.answered) {
      fmt::print("        {}\n", result.answer);
      std::vector<faq::AlignedWord> words = result.words;
      std::stable_sort(words.begin(), words.end(),
                       [](const auto& a, const auto& b) { return a.weight * a.similarity > b.weight * b.similarity; });
      std::string matched, missing;
      for (const faq::AlignedWord& word : words) {
        if (word.similarity == 1.0)
          matched += fmt::format("{}{} ({:.1f})", matched.empty() ? "" : ", ", word.query_word, word.weight);
        else if (word.similarity >= least_shown_similarity)
          matched += fmt::format("{}{} ~ {} ({:.2f} of {:.1f})", matched.empty() ? "" : ", ", word.query_word, word.candidate_word,
                                 word.similarity, word.weight);
        else
          missing += fmt::format("{}{} ({:.1f})", missing.empty() ? "" : ", ", word.query_word, word.weight);
      }
      if (!matched.empty()) fmt::print("        matched: {}\n", matched);
      if (!missing.empty()) fmt::print("        not in it: {}\n", missing);
    }
  }
}

class Answerer {
 public:
  explicit Answerer(const FaqSearchOptions& options)
      : options_(options), searcher_(options.model, options.verify ? faq::PartCheck::full : faq::PartCheck::quick) {}

  void answer(const std::string& query) {
    const faq::FaqAnswer found = searcher_.search(query, options_.search);
    if (options_.json)
      print(to_json(query, found));
    else
      print_text(query, found, options_.search.threshold);
    std::fflush(stdout);
  }
  void refuse(const std::string& reason) {
    if (options_.json)
      print({{"query", nullptr}, {"answered", false}, {"refused", reason}, {"results", OrderedJson::array()}});
    else
      fmt::print("?\n  refused: {}\n", reason);
    std::fflush(stdout);
  }

 private:
  static void print(const OrderedJson& json) { fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace)); }
  const FaqSearchOptions& options_;
  faq::FaqSearcher searcher_;
};

int run_search(const FaqSearchOptions& options) {
  require_queries(options.queries);
  Answerer answerer(options);
  for (const std::string& query : options.queries) answerer.answer(query);
  if (!options.queries.empty()) return 0;
  return for_each_query_line([&](const std::string& query) { answerer.answer(query); },
                             [&](const std::string& reason) { answerer.refuse(reason); });
}

}  // namespace

Runner set_up_faq_search(CLI::App& app) {
  auto options = std::make_shared<FaqSearchOptions>();
  app.description("Answer questions from a FAQ; without --query they are read from standard input, one a line");
  app.add_option("--model", options->model, "Directory that `fathom faq build` wrote")->required();
  app.add_option("--query", options->queries, "A question; may be repeated");
  app.add_option("--top-k", options->search.top_k, "So many entries a question")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--threshold", options->search.threshold, "Below this probability nothing matches well")
      ->check(check_between(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--initial-rank", options->search.initial_rank, "Weight of the place in BM25's order among the candidates")
      ->check(check_between(0.0, faq::MatchWeights::most))
      ->capture_default_str();
  app.add_flag("--json", options->json, "A JSON object a question");
  app.add_flag("--verify", options->verify, "Check every byte of the FAQ's files before the first answer");
  return [options] { return run_search(*options); };
}

}  // namespace fathom::cli
