#include "fathom/data/repetition.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <vector>

namespace fathom::data {
namespace {

constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15;

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 32;
  value *= multiplier;
  return value ^ (value >> 29);
}

std::uint64_t hash_bytes(std::string_view bytes) { return mixed(std::hash<std::string_view>{}(bytes)); }

// Where each hash occurred first. Open addressing, at most half full; two texts of one hash are taken for the same.
class FirstOccurrences {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  explicit FirstOccurrences(std::size_t expected) : slots_(std::bit_ceil(std::max<std::size_t>(2 * expected, 16))) {}

  // The index that came first with this hash; none when it is this one.
  std::uint32_t add(std::uint64_t hash, std::uint32_t index) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.index == none) {
        slot = {static_cast<std::uint32_t>(hash >> 32), index};
        return none;
      }
      if (slot.high == static_cast<std::uint32_t>(hash >> 32)) return slot.index;
    }
  }

 private:
  struct Slot {
    std::uint32_t high = 0, index = none;
  };
  std::vector<Slot> slots_;
};

struct Duplicates {
  std::int64_t parts = 0, bytes = 0, duplicate_parts = 0, duplicate_bytes = 0;
  double share() const { return parts == 0 ? 0.0 : static_cast<double>(duplicate_parts) / static_cast<double>(parts); }
  double byte_share() const { return bytes == 0 ? 0.0 : static_cast<double>(duplicate_bytes) / static_cast<double>(bytes); }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Duplicates count_duplicates(const std::vector<std::string_view>& parts) {
  Duplicates result;
  FirstOccurrences seen(parts.size());
  for (const std::string_view part : parts) {
    const auto bytes = static_cast<std::int64_t>(part.size());
    const bool duplicate = seen.add(hash_bytes(part), static_cast<std::uint32_t>(result.parts)) != FirstOccurrences::none;
    ++result.parts;
    result.bytes += bytes;
    result.duplicate_parts += duplicate;
    result.duplicate_bytes += duplicate ? bytes : 0;
  }
  return result;
}

// N-grams of growing length. An n-gram can only repeat where its first and its last n-1 words do, so each length looks at the
// places that the one before left over.
class GrowingGrams {
 public:
  explicit GrowingGrams(std::span<const Word> words)
      : words_(words), hashes_(words.size()), places_(words.size()), ends_(words.size() + 1) {
    std::iota(places_.begin(), places_.end(), 0u);
    for (std::size_t i = 0; i < words.size(); ++i) {
      hashes_[i] = words[i].hash;
      ends_[i + 1] = ends_[i] + words[i].characters;
    }
  }

  std::int64_t all_characters() const { return ends_.back(); }

  // To n-grams one word longer.
  void grow() {
    ++length_;
    candidates_.clear();
    for (std::size_t k = 0; k < places_.size(); ++k) {
      const std::uint32_t place = places_[k];
      if (place + length_ > words_.size()) break;
      if (length_ > 2 && (k + 1 == places_.size() || places_[k + 1] != place + 1)) continue;
      hashes_[place] = mixed(hashes_[place] * multiplier + words_[place + length_ - 1].hash);
      candidates_.push_back(place);
    }
    FirstOccurrences seen(candidates_.size());
    first_.assign(candidates_.size(), FirstOccurrences::none);
    counts_.assign(candidates_.size(), 1);
    for (std::uint32_t k = 0; k < candidates_.size(); ++k) {
      first_[k] = seen.add(hashes_[candidates_[k]], k);
      if (first_[k] != FirstOccurrences::none) ++counts_[first_[k]];
    }
  }

  // Share of the most frequent one.
  double top_share() const {
    std::int64_t most = 0;
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      if (counts_[k] > 1) most = std::max(most, static_cast<std::int64_t>(counts_[k]) * characters(candidates_[k]));
    }
    return share(most);
  }

  // Share of those that occurred before.
  double duplicate_share() const {
    std::int64_t covered = 0;
    std::size_t end = 0;  // of what is covered
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      if (first_[k] == FirstOccurrences::none) continue;
      const std::size_t begin = std::max<std::size_t>(candidates_[k], end);
      end = candidates_[k] + length_;
      covered += ends_[end] - ends_[begin];
    }
    return share(covered);
  }

  // Keeps the places of n-grams that occur more than once.
  void keep_repeated() {
    places_.clear();
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      if (first_[k] != FirstOccurrences::none || counts_[k] > 1) places_.push_back(candidates_[k]);
    }
  }

 private:
  std::int64_t characters(std::uint32_t place) const { return ends_[place + length_] - ends_[place]; }
  // Overlapping occurrences ("a a a") may count a character more than once.
  double share(std::int64_t part) const {
    return all_characters() == 0 ? 0.0 : std::min(1.0, static_cast<double>(part) / static_cast<double>(all_characters()));
  }

  std::span<const Word> words_;
  std::size_t length_ = 1;
  std::vector<std::uint64_t> hashes_;      // of the n-gram that begins at each word
  std::vector<std::uint32_t> places_;      // where a longer n-gram may begin
  std::vector<std::int64_t> ends_;         // characters before each word
  std::vector<std::uint32_t> candidates_;  // places of the current length
  std::vector<std::uint32_t> first_;       // for each: the candidate that came first with its words
  std::vector<std::uint32_t> counts_;      // for each that came first: how many
};

}  // namespace

LineRepetition measure_line_repetition(std::string_view document) {
  std::vector<std::string_view> lines, paragraphs;
  std::size_t paragraph = 0;
  const auto end_paragraph = [&](std::size_t end) {
    const std::string_view text = trimmed(document.substr(paragraph, end - paragraph));
    if (!text.empty()) paragraphs.push_back(text);
    paragraph = end;
  };
  for (std::size_t begin = 0; begin < document.size();) {
    const std::size_t end = std::min(document.find('\n', begin), document.size());
    const std::string_view line = trimmed(document.substr(begin, end - begin));
    if (line.empty())
      end_paragraph(begin);
    else
      lines.push_back(line);
    begin = end + 1;
  }
  end_paragraph(document.size());
  const Duplicates of_lines = count_duplicates(lines), of_paragraphs = count_duplicates(paragraphs);
  return {of_lines.share(), of_lines.byte_share(), of_paragraphs.share(), of_paragraphs.byte_share()};
}

WordRepetition measure_word_repetition(std::span<const Word> words) {
  WordRepetition result;
  GrowingGrams grams(words);
  for (std::size_t length = 2; length <= 10; ++length) {
    grams.grow();
    if (length <= 4)
      result.top[length - 2] = grams.top_share();
    else
      result.duplicate[length - 5] = grams.duplicate_share();
    grams.keep_repeated();
  }
  return result;
}

}  // namespace fathom::data
