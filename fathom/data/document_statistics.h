// What the quality rules measure in one pass over a document. Private to the room.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fathom::data {

struct Word {
  std::uint64_t hash;  // of its bytes
  std::uint32_t characters;
};

struct DocumentStatistics {
  std::int64_t characters = 0;          // white space left out
  std::int64_t symbols = 0;             // neither letters, digits, marks nor the punctuation of sentences
  std::int64_t words = 0;               // all of them
  std::int64_t spelled_words = 0;       // of scripts written with spaces
  std::int64_t spelled_characters = 0;  // in these
  std::int64_t alphabetic_words = 0;    // spelled ones with a letter
  std::int64_t stop_words = 0;          // different ones of: the be to of and that have with
  std::int64_t hashes = 0, ellipses = 0;
  std::int64_t lines = 0;  // that are not blank, as the four below
  std::int64_t bullet_lines = 0, ellipsis_lines = 0, unfinished_lines = 0, short_lines = 0;
  std::vector<Word> first_words;  // at most `max_words`
};

DocumentStatistics measure_document(std::string_view document, std::size_t max_words);

}  // namespace fathom::data
