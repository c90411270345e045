#include "fathom/enrichment/question_pairs.h"

#include "fathom/base/error.h"
#include "fathom/data/records.h"

namespace fathom::enrichment {
namespace {

std::string text_of(const Json& record, const char* key, const std::string& position) {
  std::string text = json_get<std::string>(record, key, position);
  require(text.find_first_not_of(" \t\r\n") != std::string::npos, "{}: '{}' is blank", position, key);
  return text;
}

QuestionPair read_pair(const Json& record, const std::string& position) {
  QuestionPair pair;
  pair.question = text_of(record, "question", position);
  pair.type = questions::type_of_question(pair.question);
  pair.answer = text_of(record, "answer", position);
  pair.sentence = text_of(record, "sentence", position);
  pair.passage = json_get_or<std::string>(record, "passage", "", position);
  pair.page = text_of(record, "page", position);
  if (record.contains("answer_start")) pair.answer_start = json_get<std::uint64_t>(record, "answer_start", position);
  pair.score = json_get_or<double>(record, "score", 0.0, position);
  require(pair.sentence.find(pair.answer) != std::string::npos, "{}: the answer '{}' does not stand in the sentence", position,
          pair.answer.substr(0, 60));
  if (const auto found = record.find("round_trip"); found != record.end())
    pair.round_trip = RoundTrip{.verdict = RoundTrip::Verdict::found,
                                .page_rank = json_get<std::int64_t>(*found, "page_rank", position),
                                .passage_rank = json_get<std::int64_t>(*found, "passage_rank", position),
                                .probability = json_get<double>(*found, "probability", position)};
  return pair;
}

}  // namespace

OrderedJson to_json(const QuestionPair& pair) {
  OrderedJson json = {{"question", pair.question}, {"question_type", questions::name_of(pair.type)},
                      {"answer", pair.answer},     {"sentence", pair.sentence},
                      {"passage", pair.passage},   {"page", pair.page}};
  if (pair.answer_start) json["answer_start"] = *pair.answer_start;
  json["score"] = pair.score;
  if (pair.round_trip)
    json["round_trip"] = {{"page_rank", pair.round_trip->page_rank},
                          {"passage_rank", pair.round_trip->passage_rank},
                          {"probability", pair.round_trip->probability}};
  return json;
}

std::vector<QuestionPair> read_question_pairs(const std::filesystem::path& path) {
  std::vector<QuestionPair> pairs;
  data::for_each_record(path, [&](const Json& record, const std::string& position) { pairs.push_back(read_pair(record, position)); });
  return pairs;
}

std::optional<std::int64_t> sentence_of(const QuestionPair& pair, std::string_view text, const std::vector<text::Span>& sentences) {
  const auto ordinal = [](std::size_t i) { return std::optional(static_cast<std::int64_t>(i)); };
  if (pair.answer_start) {
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      const bool holds = sentences[i].begin <= *pair.answer_start && *pair.answer_start < sentences[i].end;
      if (holds && sentences[i].of(text).find(pair.answer) != std::string_view::npos) return ordinal(i);
    }
  }
  for (std::size_t i = 0; i < sentences.size(); ++i)
    if (sentences[i].of(text) == pair.sentence) return ordinal(i);
  return std::nullopt;
}

}  // namespace fathom::enrichment
