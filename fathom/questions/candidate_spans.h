// Candidates of a sentence before any selection, and what a selector looks at. Private to the room; candidates.h is the interface.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/questions/features.h"

namespace fathom::questions {

// Words [begin, end) of a sentence.
struct CandidateSpan {
  std::size_t begin, end;
  EntityClass entity;
};

// Runs of one entity class, amounts without their unit, and noun phrases with and without determiner and with an "of" phrase. Each once.
std::vector<CandidateSpan> candidate_spans(const AnalyzedText& sentence);

struct CandidatePlace {
  std::size_t sentence = 0, sentences = 1;  // of the text
  std::string_view text;                    // of all of it
};

// Names of the facts about a candidate. `rarity` tells how few contexts have a word, from 0.
std::vector<std::string> candidate_clues(const AnalyzedText& sentence, std::string_view sentence_text, const CandidateSpan& span,
                                         const CandidatePlace& place, const std::function<int(const std::string& word)>& rarity);

}  // namespace fathom::questions
