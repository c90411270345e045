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

}  // namespace fathom::faq
