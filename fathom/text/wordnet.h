// Princeton WordNet (Fellbaum 1998): which parts of speech a word has, its base forms, and its synsets. Reads the database files index.*,
// data.* and *.exc (wndb(5WN)) as Debian's wordnet-base installs them. English only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

enum class PartOfSpeech : std::uint8_t { noun, verb, adjective, adverb };
constexpr int part_of_speech_count = 4;

// "noun", "verb", "adjective", "adverb".
std::string_view name_of(PartOfSpeech part);

// The 45 files that WordNet's authors sorted synsets into, lexnames(5WN), by number: "adj.all", …, "noun.person", …, "adj.ppl".
constexpr int lexicographer_class_count = 45;
std::string_view lexicographer_class_name(int number);

// A set of words with one meaning. Views live as long as the WordNet that gave them.
struct Synset {
  std::uint32_t id = 0;  // below WordNet::synset_count(): two synsets are the same when their ids are
  PartOfSpeech part_of_speech = PartOfSpeech::noun;
  std::uint8_t lexicographer_class = 0;  // number; its name is lexicographer_class_name() of it
  bool instance = false;                 // one person, place or event (a pointer "@i"): Einstein, and not physicist
  std::vector<std::string_view> words;   // written as in a dictionary: "Einstein", "abstract_entity" ('_' stands for a space)
};

class WordNet {
 public:
  struct Tables;  // private to the room
  static constexpr const char* default_directory = "/usr/share/wordnet";

  // Reads all of the database; memory holds neither glosses nor pointers. Throws Error: a missing file (named, with the package that has
  // it), or a broken line ("file:line", what was expected).
  static WordNet open(const std::filesystem::path& directory = default_directory);
  ~WordNet();
  WordNet(WordNet&&) noexcept;
  WordNet& operator=(WordNet&&) noexcept;

  // Words are given in any case, parted by spaces or '_'.

  // The lemmas of this part of speech that the word is a form of, as Morphy finds them (morphy(7WN)): by the list of exceptions where the
  // word stands in it, else the word itself and what one suffix rule makes of it, else what several make of it. "mice" gives "mouse".
  std::vector<std::string> base_forms(std::string_view word, PartOfSpeech part) const;
  // Those of the word and of its base forms, in the order of the enumeration. Empty for an unknown word.
  std::vector<PartOfSpeech> parts_of_speech(std::string_view word) const;
  // The meanings of the word and of its base forms, the most frequent ones first within each base form.
  std::vector<Synset> synsets(std::string_view word, PartOfSpeech part) const;
  // The same for all parts of speech, in the order of the enumeration.
  std::vector<Synset> synsets(std::string_view word) const;
  // Whether the two words share a synset.
  bool are_synonyms(std::string_view a, std::string_view b) const;

  // For lexicons that are built of the whole database: lemma number i of a part of speech, in ascending order of bytes.
  std::size_t lemma_count(PartOfSpeech part) const;
  std::string_view lemma(PartOfSpeech part, std::size_t i) const;  // lower-cased, '_' for a space
  std::vector<Synset> synsets_of_lemma(PartOfSpeech part, std::size_t i) const;
  // How often the lemma's meanings of this part of speech were tagged in WordNet's semantic concordance (cntlist.rev; 0 without the file):
  // tells that "water" is a noun more often than a verb.
  std::uint32_t tagged_count(PartOfSpeech part, std::size_t i) const;
  // Number of the lemma, or lemma_count() when there is none. No base forms are tried.
  std::size_t find_lemma(PartOfSpeech part, std::string_view lemma) const;

  std::size_t synset_count() const;

 private:
  explicit WordNet(std::unique_ptr<const Tables> tables);
  Synset synset(std::uint32_t id) const;
  // Ids of synsets(word), in no order.
  std::vector<std::uint32_t> ids(std::string_view word) const;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace fathom::text
