// fathom ask: an answer from an index, with the sentences that it rests on.
//   fathom ask --index index/ --question 'When was the bassoon invented?'
//   fathom ask --index index/ --model model/ --question '…'
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/cli/answer_model.h"
#include "fathom/cli/command.h"
#include "fathom/search/response_json.h"
#include "fathom/text/utf8.h"

namespace fathom::cli {
namespace {

struct AskOptions {
  std::string index;
  std::vector<std::string> questions;
  search::AnswerOptions answer;
  AnswerModelOptions model;
  bool json = false;
};

void print_json(const std::string& question, const search::Answer& found, const search::WrittenAnswer& written) {
  OrderedJson line = {{"question", question}};
  line.update(search::to_json(written));
  line["passages"] = search::passages_json(found.passages);
  fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_sources(const search::Answer& found, const search::WrittenAnswer& written) {
  if (!written.answered)
    fmt::print("The index does not answer this{}\n",
               found.passages.empty()
                   ? "."
                   : fmt::format(" (its best sentence has a probability of {:.2f}):", found.passages.front().probability));
  for (std::size_t i = 0; i < found.passages.size(); ++i) {
    const search::Passage& passage = found.passages[i];
    const auto number = static_cast<std::int64_t>(i) + 1;
    const bool cited = std::find(written.cited.begin(), written.cited.end(), number) != written.cited.end();
    if (written.answered ? !cited : i > 0) continue;
    fmt::print("  [{}] {} — {}{} (sentence {}, {:.2f})\n", number, passage.text, passage.title.empty() ? passage.page : passage.title,
               passage.url.empty() ? "" : " " + passage.url, passage.sentence, passage.probability);
  }
}

int run_ask(const AskOptions& options) {
  search::Searcher searcher(options.index);
  const std::unique_ptr<search::AnswerWriter> writer = open_answer_model(options.model);
  const auto ask = [&](const std::string& question) {
    const search::Answer found = search::answer(searcher, question, options.answer);
    if (!options.json) fmt::print("? {}\n", question);
    const search::WrittenAnswer written = search::write_answer(question, found, writer.get(), [&](std::string_view piece) {
      if (options.json) return true;
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      return std::fflush(stdout) == 0;
    });
    if (options.json) {
      print_json(question, found, written);
    } else {
      if (!written.text.empty()) fmt::print("\n");
      print_sources(found, written);
    }
    std::fflush(stdout);
  };
  const auto usable = [](const std::string& question) {
    return question.find_first_not_of(" \t\r") != std::string::npos && text::valid_prefix(question) == question.size();
  };
  for (const std::string& question : options.questions) {
    if (!usable(question)) fail_usage("--question: a question in UTF-8 is needed, not '{}'", question.substr(0, 40));
    ask(question);
  }
  if (!options.questions.empty()) return 0;
  std::string line;
  for (std::int64_t number = 1; std::getline(std::cin, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    require(usable(line), "standard input:{}: a question in UTF-8 is needed on every line", number);
    ask(line);
  }
  return 0;
}

}  // namespace

Runner set_up_ask(CLI::App& app) {
  auto options = std::make_shared<AskOptions>();
  app.footer("Without --question, questions come from standard input, one a line.");
  app.add_option("--index", options->index, "Index directory (fathom index build)")->required();
  app.add_option("--question", options->questions, "A question; may be repeated");
  app.add_option("--passages", options->answer.passages, "Sentences to answer from")->check(CLI::Range(1, 50))->capture_default_str();
  app.add_option("--pages", options->answer.pages, "Pages whose sentences are looked at")->check(CLI::Range(1, 100))->capture_default_str();
  app.add_option("--threshold", options->answer.threshold, "Probability below which there is no answer")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--json", options->json, "A JSON object a question");
  options->model.add_to(app);
  return [options] { return run_ask(*options); };
}

}  // namespace fathom::cli
