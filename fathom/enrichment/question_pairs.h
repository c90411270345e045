// Questions that pages answer, as `fathom questions generate` writes them and everything that uses them reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/enrichment/round_trip.h"
#include "fathom/questions/question.h"
#include "fathom/text/sentences.h"

namespace fathom::enrichment {

struct QuestionPair {
  std::string question;
  questions::QuestionType type = questions::QuestionType::others;
  std::string answer;
  std::string sentence;  // of the page, in which the answer stands
  std::string passage;   // the sentence with its neighbours; empty: not known
  std::string page;      // id
  // Byte of the page's text at which the answer begins; where it is not known, the sentence is looked for by its text.
  std::optional<std::size_t> answer_start;
  double score = 0;  // the generator's: log-probability over the length penalty
  std::optional<RoundTrip> round_trip;
};

// {"question", "question_type", "answer", "sentence", "passage", "page", "answer_start", "score", "round_trip": {"page_rank",
// "passage_rank", "probability"}}.
OrderedJson to_json(const QuestionPair& pair);

// JSONL (or a JSON list), plain or compressed. `question`, `answer`, `sentence` and `page` must be there. Throws Error with file:line: one
// that is missing, blank or no text, an answer that the sentence does not have; with the file: no record.
std::vector<QuestionPair> read_question_pairs(const std::filesystem::path& path);

// The ordinal of the pair's sentence among those of the page's text; nullopt when the page does not have it (any more).
std::optional<std::int64_t> sentence_of(const QuestionPair& pair, std::string_view text, const std::vector<text::Span>& sentences);

}  // namespace fathom::enrichment
