// fathom faq search: the entry that asks the same, its answer, how sure that is and why it matched.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/cli/faq_commands.h"
#include "fathom/faq/faq.h"

namespace fathom::cli {
namespace {

struct FaqSearchOptions {
  std::string model;
  std::vector<std::string> queries;
  faq::SearchOptions search;
  bool json = false;
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
  return {{"query", query}, {"answered", answer.answered}, {"results", results}};
}

void print_text(const std::string& query, const faq::FaqAnswer& answer, double threshold) {
  fmt::print("? {}\n", query);
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

int run_search(const FaqSearchOptions& options) {
  faq::FaqSearcher searcher(options.model);
  const auto answer = [&](const std::string& query) {
    const faq::FaqAnswer found = searcher.search(query, options.search);
    if (options.json)
      fmt::print("{}\n", to_json(query, found).dump(-1, ' ', false, Json::error_handler_t::replace));
    else
      print_text(query, found, options.search.threshold);
    std::fflush(stdout);
  };
  for (const std::string& query : options.queries) answer(query);
  if (!options.queries.empty()) return 0;
  std::string line;
  while (std::getline(std::cin, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.find_first_not_of(" \t") != std::string::npos) answer(line);
  }
  return 0;
}

}  // namespace

Runner set_up_faq_search(CLI::App& app) {
  auto options = std::make_shared<FaqSearchOptions>();
  app.description("Answer questions from a FAQ; without --query they are read from standard input, one a line");
  app.add_option("--model", options->model, "Directory that `fathom faq build` wrote")->required();
  app.add_option("--query", options->queries, "A question; may be repeated");
  app.add_option("--top-k", options->search.top_k, "So many entries a question")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--threshold", options->search.threshold, "Below this probability nothing matches well")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--initial-rank", options->search.initial_rank, "Weight of the place in BM25's order among the candidates")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--json", options->json, "A JSON object a question");
  return [options] { return run_search(*options); };
}

}  // namespace fathom::cli
