#include "fathom/enrichment/context_questions.h"

#include <string>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"
#include "fathom/questions/records.h"

namespace fathom::enrichment {
namespace {

constexpr std::size_t records_at_once = 256;

OrderedJson question_json(const questions::GeneratedQuestion& question) {
  return {{"question", question.question}, {"question_type", questions::name_of(question.type)}, {"score", question.score}};
}

}  // namespace

bool has_contexts(const std::filesystem::path& file) {
  struct Seen {
    bool contexts;
  };
  try {
    data::for_each_record(file, [](const Json& record, const std::string&) { throw Seen{record.contains("context")}; });
  } catch (const Seen& seen) {
    return seen.contexts;
  }
  return false;
}

ContextQuestionReport generate_for_contexts(const std::filesystem::path& file, questions::QuestionGenerator& generator, int n_best,
                                            const std::filesystem::path& out, const std::function<void(std::int64_t done)>& progress) {
  if (n_best < 1) fail_usage("n-best is {}; at least 1 question an answer is needed", n_best);
  ContextQuestionReport report;
  AtomicFile written(out);
  std::vector<OrderedJson> records;
  std::vector<questions::AnswerInContext> places;
  const auto finish_batch = [&] {
    const auto generated = generator.generate(places, n_best);
    require(generated.size() == places.size(), "the generator gave questions for {} answers where {} were asked for", generated.size(),
            places.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      OrderedJson& record = records[i];
      const auto& best = generated[i];
      report.without_question += best.empty() ? 1 : 0;
      record.update(best.empty() ? OrderedJson{{"question", nullptr}, {"question_type", nullptr}, {"score", nullptr}}
                                 : question_json(best.front()));
      if (n_best > 1) {
        record["questions"] = OrderedJson::array();
        for (const questions::GeneratedQuestion& question : best) record["questions"].push_back(question_json(question));
      }
      written.write(record.dump() + "\n");
    }
    report.records += static_cast<std::int64_t>(records.size());
    records.clear();
    places.clear();
    if (progress) progress(report.records);
  };
  data::for_each_record(file, [&](const Json& json, const std::string& position) {
    places.push_back(questions::question_record(json, position).place);
    OrderedJson record = OrderedJson::object();
    for (const auto& [key, value] : json.items()) record[key] = value;
    records.push_back(std::move(record));
    if (records.size() == records_at_once) finish_batch();
  });
  if (!records.empty()) finish_batch();
  written.commit();
  return report;
}

}  // namespace fathom::enrichment
