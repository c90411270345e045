// Published pairs of a tokenised, lower-cased sentence and a question (arXiv 1705.00106) do not say where the answer is: they are joined to
// the SQuAD records that they were made from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/questions/records.h"

namespace fathom::questions {

struct PublishedPairs {
  std::vector<std::string> sentences, questions;  // line i of one goes with line i of the other
};

// Throws Error when the files have different numbers of lines or a blank line.
PublishedPairs read_published_pairs(const std::filesystem::path& sentences, const std::filesystem::path& questions);

struct JoinReport {
  std::int64_t pairs = 0;
  std::int64_t without_record = 0;  // misses: no record has this question; left out
  std::int64_t ambiguous = 0;  // several records have the question and the sentence tells none of them, or more than one; the first is used
  std::int64_t without_sentence = 0;  // the record's context does not have the sentence; the record is used without it
  std::int64_t answer_outside = 0;    // the sentence does not hold the answer; the record is used without the sentence
  std::int64_t moved = 0;             // answers that were placed into the sentence, having stood elsewhere
  // Of the sentences that were found: how many our words are the published ones for, and how many words that are.
  std::int64_t sentences = 0, equal_sentences = 0, words = 0, equal_words = 0;
};

struct JoinedPairs {
  std::vector<QuestionRecord> records;  // in the order of the pairs
  JoinReport report;
};

// Questions and sentences are compared by their letters and digits alone. A record is used for one pair.
JoinedPairs join_published_pairs(const std::vector<QuestionRecord>& records, const PublishedPairs& pairs);

}  // namespace fathom::questions
