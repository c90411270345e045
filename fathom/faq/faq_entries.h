// The questions and answers that a FAQ is made of, as files have them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fathom::faq {

struct FaqEntry {
  std::string id, question, answer;
  std::string position;  // "file:line", for messages
};

struct FaqReadOptions {
  bool answers_required = true;
  std::function<void(const std::string&)> warn;  // may be empty
};

// Files, or directories of them: JSONL or a JSON list of {question, answer or answers (a list, joined by blank lines), id (may be
// absent)}, or CSV with the columns question, answer and perhaps id; plain or compressed. A second entry with the same question and
// answer is left out, the same question with another answer kept; `warn` hears of both. Questions are the same when they are equal byte for
// byte after normalize_space(). Without an id an entry gets its number.
// Published sets are known as well: pairs of questions (keys rid, r; the candidates become entries without answers, or with their first
// comment), SemEval's XML (its related questions likewise) and records with a query_type (those of type "faq").
// Throws Error with file:line: a broken record, no question, no answer, an id given twice, text that is not UTF-8, no entry at all.
std::vector<FaqEntry> read_faq_entries(const std::vector<std::string>& paths, const FaqReadOptions& options);

// Runs of white space become one space; none at the ends.
std::string normalize_space(std::string_view text);

}  // namespace fathom::faq
