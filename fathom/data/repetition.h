// How much of a document repeats itself (Gopher, arXiv:2112.11446, §A.1.1 and table A1). Private to the room.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "fathom/data/document_statistics.h"

namespace fathom::data {

// Shares from 0 to 1.
struct LineRepetition {
  double duplicate_lines = 0, duplicate_line_characters = 0;            // lines (not blank) that stood before; bytes in them
  double duplicate_paragraphs = 0, duplicate_paragraph_characters = 0;  // as above; blank lines part paragraphs
};
LineRepetition measure_line_repetition(std::string_view document);

struct WordRepetition {
  // Of all characters of the words, those in the most frequent 2-, 3-, 4-gram, if it occurs twice.
  std::array<double, 3> top{};
  // Those in 5- to 10-grams that stood before; every character counts once.
  std::array<double, 6> duplicate{};
};
// Extra memory: about 20 bytes a word.
WordRepetition measure_word_repetition(std::span<const Word> words);

}  // namespace fathom::data
