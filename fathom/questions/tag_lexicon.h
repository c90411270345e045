// Which parts of speech a word can have and how likely each is before its neighbours are looked at. Private to the room; features.h is the
// interface.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/questions/part_of_speech.h"
#include "fathom/text/wordnet.h"

namespace fathom::questions {

using TagShares = std::array<float, tag_count>;  // sum 1

// The few parts of speech of one word in its place.
struct TagChoices {
  static constexpr int most = 8;
  std::array<Tag, most> tags{};
  std::array<float, most> shares{};
  int count = 0;
  void add(Tag tag, float share);  // to a tag's share if it is there; a ninth tag is left out
};

class TagLexicon {
 public:
  // How often a word was seen inside sentences, where a capital says that it is a name.
  struct CaseCounts {
    std::int64_t capital = 0, small = 0;
  };

  // Words of the texts (lower-cased, with their counts), those of WordNet, and their regular forms.
  static TagLexicon make(const text::WordNet& wordnet, const std::unordered_map<std::string, CaseCounts>& words);

  // `lower` is `surface` in lower case.
  TagChoices choices(std::string_view lower, std::string_view surface, bool first_in_sentence) const;

  // Whether the texts mostly write the word with a capital inside sentences.
  bool is_mostly_capital(std::string_view lower) const;

  // For learning: the number of an open-class word, or -1, and its shares. learn_endings() comes after the last new shares: what unknown
  // words are is guessed from the endings of the known ones.
  std::int32_t number_of(std::string_view lower) const;
  std::int32_t size() const { return static_cast<std::int32_t>(entries_.size()); }
  const std::vector<std::pair<Tag, float>>& shares(std::int32_t number) const;
  void set_shares(std::int32_t number, const std::vector<std::pair<Tag, float>>& shares);
  void learn_endings();

  void save(const std::filesystem::path& file) const;  // "word TAB share of names TAB tag:share …" a line, sorted
  static TagLexicon load(const std::filesystem::path& file);

 private:
  struct Entry {
    std::vector<std::pair<Tag, float>> shares;
    float name_share = -1;  // of the word's capital occurrences inside sentences; below 0: not seen
    bool seen = false;      // in the texts
    bool capital_adjective = false;
  };
  void add(const std::string& word, Entry entry);
  TagShares guess(std::string_view lower) const;
  void add_guess(std::string_view lower, float share, TagChoices& choices) const;

  std::unordered_map<std::string, std::int32_t> numbers_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, TagShares> endings_;
};

}  // namespace fathom::questions
