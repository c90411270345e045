// fathom questions candidates: the places of pages that a question could be asked about (docs/question-generation.md).
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/questions_commands.h"
#include "fathom/pages/page_source.h"
#include "fathom/questions/candidates.h"
#include "fathom/questions/passages.h"

namespace fathom::cli {
namespace {

struct CandidatesOptions {
  std::vector<std::string> inputs;
  std::string model, out;
  std::size_t most = 5;
  double least_score = 0;
};

int run_candidates(const CandidatesOptions& options) {
  questions::FeatureExtractor features = questions::FeatureExtractor::load(options.model);
  const questions::AnswerSelector selector = questions::AnswerSelector::load(options.model);
  std::optional<AtomicFile> out;
  if (!options.out.empty()) out.emplace(options.out);
  std::int64_t passages = 0, candidates = 0, pages = 0;
  pages::for_each_page(options.inputs, {}, [&](const index::PreparedPage& page, const std::string&) {
    ++pages;
    for (const text::Span& passage : questions::passages_of(page.page.text)) {
      ++passages;
      questions::QuestionRecord record;
      record.article = page.page.id;
      record.place.context = passage.of(page.page.text);
      for (const auto& candidate : selector.best(features, record.place.context, options.most, options.least_score)) {
        ++candidates;
        record.place.answer = candidate.of(record.place.context);
        record.place.answer_start = candidate.begin;
        OrderedJson json = questions::question_record_json(record);
        json["entity"] = questions::name_of(candidate.entity);
        json["score"] = candidate.score;
        const std::string line = json.dump() + "\n";
        if (out) {
          out->write(line);
        } else {
          fmt::print("{}", line);
        }
      }
    }
  });
  require(candidates > 0, "no candidates in {} passages of {} pages: none scores {} or more; lower --least-score", passages, pages,
          options.least_score);
  if (out) out->commit();
  fmt::print(stderr, "{} pages, {} passages, {} candidates\n", pages, passages, candidates);
  return 0;
}

}  // namespace

Runner set_up_questions_candidates(CLI::App& app) {
  auto options = std::make_shared<CandidatesOptions>();
  app.description("Find what could be asked about pages: records {context, answer, answer_start} with entity and score");
  app.add_option("--model", options->model, "A directory of `fathom questions features`, or a model of `fathom questions train`")
      ->required();
  app.add_option("--input", options->inputs, "Pages: HTML, Markdown, text, JSONL, folders of these")->required()->expected(1, -1);
  app.add_option("--per-passage", options->most, "At most so many of a passage")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--least-score", options->least_score, "Leave out what is less likely asked about")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--out", options->out, "JSONL file to write (else standard output)");
  return [options] { return run_candidates(*options); };
}

}  // namespace fathom::cli
