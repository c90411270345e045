// SQuAD v1.1 files (arXiv 1606.05250) as records, and the split of them by article titles that question generation is measured on
// (arXiv 1705.00106).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/questions/records.h"

namespace fathom::questions {

struct SquadReport {
  std::int64_t articles = 0, paragraphs = 0, questions = 0;
  std::int64_t without_answer = 0;  // questions that are left out: SQuAD 2 has such
  // Answers that occur several times where the file gives the first place only (a key n_occurrences says so): the place was chosen by
  // the question (likeliest_place), and it was another than the first in `moved`.
  std::int64_t several_places = 0, moved = 0;
};

struct SquadRecords {
  std::vector<QuestionRecord> records;  // in the order of the file, each with its first answer
  SquadReport report;
};

// Throws Error naming the file and the article, paragraph and question: no SQuAD file, a part of another type, an answer that does not
// stand where it is said to.
SquadRecords read_squad(const std::filesystem::path& file, const RecordOptions& options = {});

// Where among the places of the answer the question most likely asks: the sentences of the place share the most words with the question,
// rare ones (in the context) counting more; whole words go before parts of words, then the first. The answer must occur in the context.
std::size_t likeliest_place(std::string_view context, std::string_view answer, std::string_view question);

// A title as it is compared: %-escapes decoded, underscores as spaces, lower-cased.
std::string plain_title(std::string_view title);

// One title a line; blank lines are passed over. Throws Error when there is none.
std::vector<std::string> read_titles(const std::filesystem::path& file);

// Leaves the records whose article is among `titles`. Returns the titles that no record has.
std::vector<std::string> keep_titles(std::vector<QuestionRecord>& records, const std::vector<std::string>& titles);

}  // namespace fathom::questions
