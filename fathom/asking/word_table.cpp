#include "fathom/asking/word_table.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::asking {
namespace {

constexpr const char* vocabulary_name = "vocabulary.txt";

}  // namespace

WordTable::WordTable(std::vector<std::string> words) : words_(std::move(words)) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    require(!words_[i].empty(), "vocabulary: word {} is empty", i + 1);
    require(index_.emplace(words_[i], first_word_id + static_cast<std::int64_t>(i)).second, "vocabulary: the word '{}' is given twice",
            words_[i]);
  }
}

WordTable WordTable::count(std::span<const questions::Example> examples, std::int64_t min_count, std::int64_t most) {
  std::unordered_map<std::string_view, std::int64_t> counts;
  for (const questions::Example& example : examples) {
    for (const std::string& word : example.words) ++counts[word];
    for (const std::string& word : example.question) ++counts[word];
  }
  std::vector<std::pair<std::string_view, std::int64_t>> order;
  for (const auto& entry : counts)
    if (entry.second >= min_count) order.push_back(entry);
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  if (static_cast<std::int64_t>(order.size()) > most) order.resize(static_cast<std::size_t>(most));
  std::vector<std::string> words;
  for (const auto& entry : order) words.emplace_back(entry.first);
  return WordTable(std::move(words));
}

std::int64_t WordTable::id(std::string_view word) const {
  const auto found = index_.find(word);
  return found == index_.end() ? unknown_id : found->second;
}

void WordTable::save(const std::filesystem::path& directory) const {
  std::string text;
  for (const std::string& word : words_) text += word + "\n";
  write_file_atomically(directory / vocabulary_name, text);
}

WordTable WordTable::load(const std::filesystem::path& directory) {
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  LineReader lines(directory / vocabulary_name);
  while (const auto line = lines.next()) {
    require(!line->empty(), "{}: an empty line where a word is expected", lines.position());
    require(seen.emplace(*line).second, "{}: the word '{}' is given twice", lines.position(), *line);
    words.emplace_back(*line);
  }
  return WordTable(std::move(words));
}

}  // namespace fathom::asking
