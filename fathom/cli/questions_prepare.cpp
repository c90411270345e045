// fathom questions prepare: SQuAD files and published splits of them as records (docs/question-generation.md).
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/questions_commands.h"
#include "fathom/questions/published_pairs.h"
#include "fathom/questions/squad.h"

namespace fathom::cli {
namespace {

struct PrepareOptions {
  std::string squad, titles, sentences, questions, out;
  questions::RecordOptions records;
};

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void report_titles(std::size_t wanted, const std::vector<std::string>& missing, std::size_t records) {
  fmt::print(stderr, "titles: {} of {} found, {} questions\n", wanted - missing.size(), wanted, records);
  for (const std::string& title : missing) fmt::print(stderr, "  not found: {}\n", title);
}

void report_join(const questions::JoinReport& join) {
  fmt::print(stderr,
             "published pairs: {}; without a record {}, ambiguous {}, sentence not in the context {}, answer not in the sentence {}\n",
             join.pairs, join.without_record, join.ambiguous, join.without_sentence, join.answer_outside);
  fmt::print(stderr, "answers placed into their sentence that were said to stand elsewhere: {}\n", join.moved);
  fmt::print(stderr, "words as published: {:.2f} % of {} words, {:.2f} % of {} sentences entirely\n", percent(join.equal_words, join.words),
             join.words, percent(join.equal_sentences, join.sentences), join.sentences);
}

int run_prepare(const PrepareOptions& options) {
  if (options.sentences.empty() != options.questions.empty())
    fail_usage("--sentences and --questions go together: line i of the one belongs to line i of the other");
  questions::SquadRecords squad = questions::read_squad(options.squad, options.records);
  const questions::SquadReport& report = squad.report;
  fmt::print(stderr, "{}: {} articles, {} paragraphs, {} questions ({} without an answer left out)\n", options.squad, report.articles,
             report.paragraphs, report.questions, report.without_answer);
  if (report.several_places > 0)
    fmt::print(stderr, "answers with several places, placed by the question: {}, in {} not the first\n", report.several_places,
               report.moved);
  std::vector<questions::QuestionRecord> records = std::move(squad.records);
  if (!options.titles.empty()) {
    const std::vector<std::string> titles = questions::read_titles(options.titles);
    const std::vector<std::string> missing = questions::keep_titles(records, titles);
    report_titles(titles.size(), missing, records.size());
    require(!records.empty(), "{}: no article of {} has one of these titles", options.titles, options.squad);
  }
  if (!options.sentences.empty()) {
    questions::JoinedPairs joined =
        questions::join_published_pairs(records, questions::read_published_pairs(options.sentences, options.questions));
    report_join(joined.report);
    require(!joined.records.empty(), "{}: none of its questions is in {}", options.questions, options.squad);
    records = std::move(joined.records);
  }
  AtomicFile out(options.out);
  for (const questions::QuestionRecord& record : records) out.write(questions::question_record_json(record).dump() + "\n");
  out.commit();
  fmt::print("{} records in {}\n", records.size(), options.out);
  return 0;
}

}  // namespace

Runner set_up_questions_prepare(CLI::App& app) {
  auto options = std::make_shared<PrepareOptions>();
  app.description("Make records {context, answer, answer_start, question} of a SQuAD file or a published split of it");
  app.add_option("--squad", options->squad, "SQuAD v1.1 JSON; plain, gzip, xz or zstd")->required();
  app.add_option("--titles", options->titles, "Only the articles with these titles, one a line");
  app.add_option("--sentences", options->sentences,
                 "Published sentences, tokenised and lower-cased, one a line: only these, in this order");
  app.add_option("--questions", options->questions, "The published questions that go with --sentences");
  app.add_option("--longest-context", options->records.longest_context, "Bytes of a passage; a longer one is an error")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--out", options->out, "JSONL file to write")->required();
  return [options] { return run_prepare(*options); };
}

}  // namespace fathom::cli
