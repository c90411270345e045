// How much a word says, learned from unlabelled text: its inverse document frequency.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fathom::faq {

class WordImportance {
 public:
  // Counts a text's words, each once.
  void add_document(const std::vector<std::string>& words);

  std::int64_t documents() const { return documents_; }
  // In how many documents the word was.
  std::int64_t count(std::string_view word) const;
  // ln((documents + 1) / (count + 0.5)), at least 0.
  double idf(std::string_view word) const;
  const std::unordered_map<std::string, std::int64_t>& counts() const { return counts_; }

  // A text file: the number of documents, then "word TAB count" a line, most frequent first.
  void save(const std::filesystem::path& file) const;
  // Throws Error with file:line.
  static WordImportance load(const std::filesystem::path& file);

 private:
  std::int64_t documents_ = 0;
  std::unordered_map<std::string, std::int64_t> counts_;
};

// Words that carry grammar and courtesy but no subject, in English; other languages rely on the idf alone. They take no part in matching
// unless a question has nothing else.
bool is_function_word(std::string_view word);
const std::vector<std::string>& function_words();  // sorted

}  // namespace fathom::faq
