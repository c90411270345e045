#include "fathom/faq/question_sets.h"

#include <algorithm>
#include <optional>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"
#include "fathom/faq/faq_entries.h"

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

void add_pair(const Json& record, const std::string& position, std::vector<CandidateList>& lists) {
  const auto id = json_get<std::string>(record, "qid", position);
  if (lists.empty() || lists.back().id != id) {
    const bool again = std::any_of(lists.begin(), lists.end(), [&](const CandidateList& list) { return list.id == id; });
    require(!again, "{}: the candidates of question {} do not stand together", position, id);
    lists.push_back({id, json_get<std::string>(record, "q", position), {}});
  }
  const auto relevant = json_get<std::int64_t>(record, "relevant", position);
  require(relevant == 0 || relevant == 1, "{}: 'relevant' is 0 or 1, found {}", position, relevant);
  lists.back().candidates.push_back({json_get<std::string>(record, "rid", position), json_get<std::string>(record, "r", position),
                                     json_get<std::int64_t>(record, "rank", position), relevant == 1});
}

}  // namespace

QuestionSet read_question_set(const std::filesystem::path& path) {
  QuestionSet set;
  std::optional<Format> format;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    if (!format) format = recognise(record, position);
    switch (*format) {
      case Format::pairs: return add_pair(record, position, set.lists);
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
  });
  require(!set.lists.empty() || !set.queries.empty(), "{}: there is no query in this file", path.string());
  for (CandidateList& list : set.lists)
    std::stable_sort(list.candidates.begin(), list.candidates.end(),
                     [](const JudgedCandidate& a, const JudgedCandidate& b) { return a.rank < b.rank; });
  return set;
}

}  // namespace fathom::faq
