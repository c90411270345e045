// fathom faq eval: measures a FAQ's matcher on judged questions; prints JSON.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "fathom/cli/common_options.h"
#include "fathom/cli/faq_commands.h"
#include "fathom/faq/faq_evaluation.h"

namespace fathom::cli {
namespace {

constexpr double most_weight = faq::MatchWeights::most;

struct FaqEvalOptions {
  std::string model, data;
  faq::SearchOptions search;
  double held_out = 0.0;
  bool verify = false;
  std::optional<double> alignment, mismatch, initial_rank, states;
};

int run_eval(const FaqEvalOptions& options) {
  const faq::QuestionSet set = faq::read_question_set(options.data);
  faq::FaqSearcher searcher(options.model, options.verify ? faq::PartCheck::full : faq::PartCheck::quick);
  faq::QuestionMatcher& matcher = searcher.matcher();
  faq::MatchWeights weights = matcher.weights();
  weights.alignment = options.alignment.value_or(weights.alignment);
  weights.mismatch = options.mismatch.value_or(weights.mismatch);
  weights.initial_rank = options.initial_rank.value_or(weights.initial_rank);
  weights.states = options.states.value_or(weights.states);
  matcher.set_weights(weights);
  OrderedJson result;
  if (!set.lists.empty()) {
    result = faq::evaluate_candidates(set.lists, matcher);
  } else {
    faq::SearchOptions search = options.search;
    search.initial_rank = options.initial_rank.value_or(0.0);
    result = faq::evaluate_search(set.queries, searcher, search, options.held_out);
  }
  fmt::print("{}\n", result.dump(2));
  return 0;
}

}  // namespace

Runner set_up_faq_eval(CLI::App& app) {
  auto options = std::make_shared<FaqEvalOptions>();
  app.description("Measure a FAQ's matcher on judged questions");
  app.add_option("--model", options->model, "Directory that `fathom faq build` wrote")->required();
  app.add_option("--data", options->data,
                 "Pairs (qid, rid, rank, relevant, q, r): MAP, AvgRec and MRR by SemEval's rules; or queries with their entries")
      ->required();
  app.add_option("--alignment", options->alignment, "Another weight of the soft alignment than the model's")
      ->check(check_between(0.0, most_weight));
  app.add_option("--mismatch", options->mismatch, "Another weight of the lexical mismatch")->check(check_between(0.0, most_weight));
  app.add_option("--initial-rank", options->initial_rank, "Another weight of the engine's rank (pairs), or of BM25's (queries)")
      ->check(check_between(0.0, most_weight));
  app.add_option("--states", options->states, "Another share of the encoder's states in the similarity of words")
      ->check(check_between(0.0, 1.0));
  app.add_option("--hold-out", options->held_out,
                 "Measure also with this share of the entries taken away, whose questions then have no answer (queries)")
      ->check(check_between(0.0, 0.95))
      ->capture_default_str();
  app.add_option("--threshold", options->search.threshold, "Below this probability nothing matches well (--hold-out)")
      ->check(check_between(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--verify", options->verify, "Check every byte of the FAQ's files first");
  return [options] { return run_eval(*options); };
}

}  // namespace fathom::cli
