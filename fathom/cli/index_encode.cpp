// fathom index encode and promote: another encoder for an index that is there, at once or only if judged quality does not fall.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "fathom/base/file.h"
#include "fathom/cli/index_commands.h"
#include "fathom/search/encoder_trial.h"
#include "fathom/search/promotion.h"

namespace fathom::cli {
namespace {

struct EncodeOptions {
  std::string index, encoder;
  search::RankingSource ranking;
  IndexWorkOptions work;
  void add_to(CLI::App& app);
};

void EncodeOptions::add_to(CLI::App& app) {
  app.add_option("--index", index, "Directory that `fathom index build` wrote")->required();
  app.add_option("--encoder", encoder, "Directory of the new page encoder; it is copied into the index")->required();
  app.add_option("--examples", ranking.clicks, "Learn the ranking from these clicks (fathom log examples) instead of from the pages");
  app.add_option("--seed", ranking.seed, "Seed of pseudo queries, and of which clicks are held out")->capture_default_str();
  work.add_encoding_to(app);
}

int run_encode(const EncodeOptions& options) {
  search::IndexWork work;
  options.work.apply(work);
  search::EncoderTrial trial(options.index, options.encoder, options.ranking, work);
  trial.take();
  fmt::print("{}: encoder {} in place of {}\n", options.index, trial.tried_fingerprint().substr(0, 12),
             trial.present_fingerprint().empty() ? "none" : trial.present_fingerprint().substr(0, 12));
  return 0;
}

struct PromoteOptions : EncodeOptions {
  search::PromotionOptions promotion;
  std::string report;
  bool json = false;
};

int run_promote(const PromoteOptions& options) {
  search::IndexWork work;
  options.work.apply(work);
  search::EncoderTrial trial(options.index, options.encoder, options.ranking, work);
  if (work.step) work.step("comparing both");
  const search::PromotionReport report = search::compare_encoders(trial, options.promotion);
  // The report first: an index that changed has one.
  if (!options.report.empty()) write_file_atomically(options.report, to_json(report).dump(2) + "\n");
  if (report.verdict.promoted) trial.take();
  fmt::print("{}", options.json ? to_json(report).dump(2) + "\n" : to_text(report));
  if (!report.verdict.promoted) fmt::print(stderr, "fathom: {}: refused, nothing was changed: {}\n", options.index, report.verdict.reason);
  return report.verdict.promoted ? 0 : 1;
}

}  // namespace

Runner set_up_index_encode(CLI::App& app) {
  auto options = std::make_shared<EncodeOptions>();
  app.description("Give an index another encoder: all pages are encoded anew and the ranking is learnt anew, in one commit");
  options->add_to(app);
  app.add_option("--queries", options->ranking.queries, "Learn the ranking from these judged queries (JSONL) instead");
  app.add_option("--qrels", options->ranking.judgements, "Their judgements (TREC or BEIR)");
  return [options] { return run_encode(*options); };
}

Runner set_up_index_promote(CLI::App& app) {
  auto options = std::make_shared<PromoteOptions>();
  search::PromotionOptions& promotion = options->promotion;
  app.description("Give an index another encoder only if judged quality does not fall; exit code 1 and no change if it does");
  app.footer("fathom index promote --index index/ --encoder runs/new --queries queries.jsonl --qrels qrels.tsv --clicks log.jsonl");
  options->add_to(app);
  app.add_option("--queries", promotion.queries, "Judged queries that decide (JSONL); none of them should have been learnt from")
      ->required();
  app.add_option("--qrels", promotion.judgements, "Their judgements (TREC or BEIR)")->required();
  app.add_option("--margin", promotion.margin, "A fall of nDCG@10 by more than this must be outside the 95% interval")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--clicks", promotion.clicks, "Click logs: how well they are predicted, and the clicks that both rankings would get");
  app.add_option("--model", promotion.model, "The click model for that")
      ->check(CLI::IsMember({"pbm", "cascade", "dbn"}))
      ->capture_default_str();
  app.add_option("--report", options->report, "Also write the comparison as JSON, refused or not");
  app.add_flag("--json", options->json, "Print it as JSON");
  return [options] { return run_promote(*options); };
}

}  // namespace fathom::cli
