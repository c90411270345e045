// WordNet's database in memory, and the reader of its files. Private to the room.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/text/wordnet.h"

namespace fathom::text {

struct WordNet::Tables {
  struct Text {
    std::uint32_t begin = 0, length = 0;  // in `text`
  };
  struct Lemma {
    Text text;
    std::uint32_t first_sense = 0, senses = 0;  // in `senses`
    std::uint32_t tagged = 0;
  };
  struct Entry {
    std::uint32_t offset = 0;  // byte of the data file by which index files name the synset
    std::uint32_t first_word = 0, words = 0;
    PartOfSpeech part = PartOfSpeech::noun;
    std::uint8_t lexicographer_class = 0;
    bool instance = false;
  };

  std::array<std::vector<Lemma>, part_of_speech_count> lemmas;  // ascending by text
  std::vector<std::uint32_t> senses;                            // numbers of entries
  std::vector<Entry> entries;                                   // by part of speech, then ascending by offset
  std::vector<Text> words;
  std::string text;
  std::array<std::unordered_map<std::string, std::vector<std::string>>, part_of_speech_count> exceptions;  // form → base forms

  std::string_view view(Text part) const { return std::string_view(text).substr(part.begin, part.length); }
  Text keep(std::string_view word);
  // Place of the lemma in lemmas[part], or its size.
  std::size_t find(PartOfSpeech part, std::string_view lemma) const;
};

// Reads the files of a directory; throws as WordNet::open() does.
struct WordNetReader {
  static WordNet::Tables read(const std::filesystem::path& directory);
};

}  // namespace fathom::text
