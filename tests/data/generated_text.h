// Random text with known edits, and the similarity of two texts computed the plain way.
#pragma once

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fathom/base/rng.h"

namespace fathom::data {

using Words = std::vector<std::string>;

inline std::string random_word(Rng& rng) {
  std::string word;
  const std::uint64_t length = 2 + rng.below(9);
  for (std::uint64_t i = 0; i < length; ++i) word += static_cast<char>('a' + rng.below(26));
  return word;
}

inline Words random_words(Rng& rng, std::size_t count) {
  Words words;
  for (std::size_t i = 0; i < count; ++i) words.push_back(random_word(rng));
  return words;
}

// Each word is replaced by another with the given probability.
inline Words edited(Words words, Rng& rng, double rate) {
  for (std::string& word : words) {
    if (rng.uniform() < rate) word = random_word(rng);
  }
  return words;
}

inline std::string joined(const Words& words, const std::string& separator = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

// Jaccard similarity of the sets of runs of `size` words.
inline double plain_jaccard(const Words& a, const Words& b, std::size_t size) {
  const auto runs = [&](const Words& words) {
    std::set<std::string> set;
    for (std::size_t i = 0; i + size <= words.size(); ++i) {
      set.insert(joined({words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + size)}));
    }
    return set;
  };
  const auto first = runs(a), second = runs(b);
  std::size_t common = 0;
  for (const std::string& run : first) common += second.count(run);
  const std::size_t all = first.size() + second.size() - common;
  return all == 0 ? 1.0 : static_cast<double>(common) / static_cast<double>(all);
}

}  // namespace fathom::data
