// The words of a question generator and their numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/questions/example.h"

namespace fathom::asking {

inline constexpr std::int64_t unknown_id = 0, start_id = 1, end_id = 2, first_word_id = 3;

class WordTable {
 public:
  // Throws Error for a word that is empty or given twice.
  explicit WordTable(std::vector<std::string> words);
  // Not copied: the index reads the words where they stand.
  WordTable(WordTable&&) noexcept = default;
  WordTable& operator=(WordTable&&) noexcept = default;
  // The most frequent words of sentences and questions that occur min_count times, at most `most`; ties in the order of bytes.
  static WordTable count(std::span<const questions::Example> examples, std::int64_t min_count, std::int64_t most);

  std::int64_t size() const { return first_word_id + static_cast<std::int64_t>(words_.size()); }  // the three marks included
  const std::vector<std::string>& words() const { return words_; }                                // id i + 3 is words()[i]
  std::int64_t id(std::string_view word) const;                                                   // unknown_id where there is none
  const std::string& word(std::int64_t id) const { return words_[static_cast<std::size_t>(id - first_word_id)]; }

  // vocabulary.txt: a word a line. Throws Error.
  void save(const std::filesystem::path& directory) const;
  static WordTable load(const std::filesystem::path& directory);

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string_view, std::int64_t> index_;  // into words_
};

}  // namespace fathom::asking
