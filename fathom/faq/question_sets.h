// Judged questions to measure a FAQ with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

namespace fathom::faq {

struct JudgedCandidate {
  std::string id, text;
  std::int64_t rank = 0;  // the search engine's; runs beyond the number of candidates
  bool relevant = false;
};
// A new question with the candidates that a search engine found for it (SemEval-2016/17 Task 3, subtask B).
struct CandidateList {
  std::string id, question;
  std::vector<JudgedCandidate> candidates;  // by rank; equal ranks as in the file
};

// A question to be searched in a FAQ, and which of its entries answer it.
struct JudgedQuery {
  std::string question;
  std::unordered_set<std::string> questions;  // entries with one of these questions are right (white space normalised)
  std::unordered_set<std::string> answers;    // and those with one of these answers
};

struct QuestionSet {
  std::vector<CandidateList> lists;  // of a file of pairs
  std::vector<JudgedQuery> queries;  // of the other formats
};

// JSONL or a JSON list, recognised by the first record's keys:
//   qid, rid, rank, relevant, q, r     pairs (one candidate a record, those of a question together)
//   question, rephrasings              each rephrasing is a query whose entry is `question`
//   query_type, question, answer       those not of type "faq" are queries; entries with the same answer are right
//   query, question                    one query a record
// or SemEval's official XML (semeval_xml.h), which is pairs as well.
// Throws Error with file:line: a broken record, unknown keys, a candidate that a question has twice, candidates that do not stand together.
QuestionSet read_question_set(const std::filesystem::path& path);

}  // namespace fathom::faq
