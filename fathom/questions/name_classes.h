// What kind of thing a name is: phrases that WordNet has, cue words ("University", "Mr."), and naive Bayes over the words in and around a
// name, learned from the names in the text that phrases and cues decide. Private to the room; features.h is the interface.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/questions/entity_class.h"
#include "fathom/questions/part_of_speech.h"
#include "fathom/questions/words.h"
#include "fathom/text/wordnet.h"

namespace fathom::questions {

// Words [begin, end) of a sentence that are one name.
struct NameRun {
  std::size_t begin, end;
};

// Words with capitals in a row, joined by "of", "the", "de" and the like between them.
std::vector<NameRun> name_runs(std::span<const std::string> words, std::span<const Tag> tags);

class NameClasses {
 public:
  // The names of WordNet: its instances (people, places, organisations, other things) and the names of peoples.
  static NameClasses make(const text::WordNet& wordnet);

  // Counts a run as evidence when its phrase or a cue word decides its class.
  void learn(std::span<const std::string> words, const NameRun& run);
  EntityClass classify(std::span<const std::string> words, const NameRun& run) const;

  void save(const std::filesystem::path& directory) const;  // entity_phrases.tsv, entity_evidence.tsv
  static NameClasses load(const std::filesystem::path& directory);

 private:
  static constexpr std::size_t kinds = 4;  // person, location, organization, name: what the evidence tells apart
  using Counts = std::array<std::int64_t, kinds>;

  std::optional<EntityClass> decide(std::span<const std::string> words, const NameRun& run) const;

  std::unordered_map<std::string, EntityClass> phrases_;  // lower-cased words with spaces
  std::unordered_map<std::string, Counts> evidence_;
  Counts runs_{};
};

}  // namespace fathom::questions
