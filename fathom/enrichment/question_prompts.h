// Generated questions as prompts whose answers can be checked: what `fathom grpo --tasks` and `fathom eval` read (data/tasks.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/enrichment/question_pairs.h"

namespace fathom::enrichment {

// What a rule can check of an answer.
enum class AnswerKind {
  number,        // "1636", "4,600 metres": a digit first, and at most one word behind the number; compared by value
  short_text,    // up to four words: compared by spelling
  too_long,      // more words: as good an answer may be cut elsewhere
  not_checkable  // no letter or digit; marks that answers are found by ("####", \boxed, <answer>); "2 million", which a rule that drops
                 // unknown units takes for "2 billion"
};
AnswerKind kind_of_answer(const std::string& answer);

struct PromptReport {
  std::int64_t numbers = 0, short_texts = 0;     // written
  std::int64_t too_long = 0, not_checkable = 0;  // left out
};

// A line a pair: {"prompt": passage and question, "answer", "page"}. Passage: the pair's, or its sentence. Appears complete or not at all.
// Throws Error when no answer can be checked.
PromptReport write_prompts(const std::vector<QuestionPair>& pairs, const std::filesystem::path& out);

}  // namespace fathom::enrichment
