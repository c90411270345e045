#include "fathom/faq/question_sets.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"
#include "fathom/faq/faq_entries.h"
#include "fathom/faq/semeval_xml.h"

namespace fathom::faq {
namespace {

enum class Format { pairs, rephrasings, typed, plain };

Format recognise(const Json& record, const std::string& position) {
  if (record.contains("qid")) return Format::pairs;
  if (record.contains("rephrasings")) return Format::rephrasings;
  if (record.contains("query_type")) return Format::typed;
  if (record.contains("query")) return Format::plain;
  fail(
      "{}: unknown format; known are records with qid, rid, rank, relevant, q, r (pairs), with question and rephrasings, with query_type, "
      "question and answer, and with query and question",
      position);
}

// Puts candidates to the questions that they belong to.
class PairCollector {
 public:
  explicit PairCollector(std::vector<CandidateList>& lists) : lists_(lists) {}

  void add(const std::string& id, const std::string& question, JudgedCandidate candidate, const std::string& position) {
    if (lists_.empty() || lists_.back().id != id) {
      const auto [first, fresh] = begins_.emplace(id, position);
      require(fresh, "{}: the candidates of question '{}' do not stand together; its first is at {}", position, id, first->second);
      lists_.push_back({id, question, {}});
      places_.clear();
    }
    const auto [earlier, fresh] = places_.emplace(candidate.id, position);
    require(fresh, "{}: the candidate '{}' of question '{}' is given twice, first at {}; keep one of the two", position, candidate.id, id,
            earlier->second);
    lists_.back().candidates.push_back(std::move(candidate));
  }

  void add(const Json& record, const std::string& position) {
    const auto relevant = json_get<std::int64_t>(record, "relevant", position);
    require(relevant == 0 || relevant == 1, "{}: 'relevant' is 0 or 1, found {}", position, relevant);
    add(json_get<std::string>(record, "qid", position), json_get<std::string>(record, "q", position),
        {json_get<std::string>(record, "rid", position), json_get<std::string>(record, "r", position),
         json_get<std::int64_t>(record, "rank", position), relevant == 1},
        position);
  }

  // As the official scorer has it: a perfect match is relevant.
  void add(const SemevalThread& thread) {
    const bool relevant = thread.relevance == "PerfectMatch" || thread.relevance == "Relevant";
    require(relevant || thread.relevance == "Irrelevant",
            "{}: RELQ_RELEVANCE2ORGQ is '{}'; PerfectMatch, Relevant or Irrelevant is needed to measure", thread.position,
            thread.relevance);
    add(thread.query_id, thread.query, {thread.id, thread.text, thread.rank, relevant}, thread.position);
  }

 private:
  std::vector<CandidateList>& lists_;
  std::unordered_map<std::string, std::string> begins_, places_;  // of questions, of the last one's candidates
};

}  // namespace

QuestionSet read_question_set(const std::filesystem::path& path) {
  QuestionSet set;
  std::optional<Format> format;
  PairCollector pairs(set.lists);
  const auto take = [&](const Json& record, const std::string& position) {
    if (!format) format = recognise(record, position);
    switch (*format) {
      case Format::pairs: return pairs.add(record, position);
      case Format::rephrasings: {
        const std::string question = normalize_space(json_get<std::string>(record, "question", position));
        for (const auto& query : json_get<std::vector<std::string>>(record, "rephrasings", position))
          set.queries.push_back({query, {question}, {}});
        return;
      }
      case Format::typed:
        if (json_get<std::string>(record, "query_type", position) == "faq") return;
        set.queries.push_back({json_get<std::string>(record, "question", position),
                               {},
                               {normalize_space(json_get<std::string>(record, "answer", position))}});
        return;
      case Format::plain:
        set.queries.push_back(
            {json_get<std::string>(record, "query", position), {normalize_space(json_get<std::string>(record, "question", position))}, {}});
        return;
    }
  };
  if (is_xml_file(path))
    for_each_semeval_thread(path, [&](const SemevalThread& thread) { pairs.add(thread); });
  else
    data::for_each_record(path, take);
  require(!set.lists.empty() || !set.queries.empty(), "{}: there is no query in this file", path.string());
  for (CandidateList& list : set.lists)
    std::stable_sort(list.candidates.begin(), list.candidates.end(),
                     [](const JudgedCandidate& a, const JudgedCandidate& b) { return a.rank < b.rank; });
  return set;
}

}  // namespace fathom::faq
