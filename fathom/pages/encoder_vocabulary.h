// From text to rows of the embedding table: frequent words have a row of their own, any other word is the sum of the rows of its character
// n-grams (after Bojanowski et al., "Enriching word vectors with subword information", TACL 2017, here for rare words only).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fathom::pages {

// A word of a text: id ≥ 0 is a known word's row; otherwise ~id is its place in TokenizedTexts::rare_words.
using WordId = std::int32_t;

class EncoderVocabulary {
 public:
  EncoderVocabulary() = default;
  // `words`: row i belongs to words[i]. Throws Error for an empty word or one given twice, with `origin`.
  EncoderVocabulary(std::vector<std::string> words, std::vector<std::int64_t> counts, std::int64_t buckets,
                    const std::string& origin = "vocabulary");
  EncoderVocabulary(EncoderVocabulary&&) noexcept = default;
  EncoderVocabulary& operator=(EncoderVocabulary&&) noexcept = default;

  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }
  std::int64_t buckets() const { return buckets_; }
  const std::vector<std::string>& words() const { return words_; }
  const std::vector<std::int64_t>& counts() const { return counts_; }  // in the text the vocabulary was made from
  // The word's row, or -1.
  WordId find(std::string_view word) const;
  // The rows of a word's n-grams: all of 3 to 5 characters of "<word>", and the whole. The word's vector is their sum over √(their number).
  std::vector<std::int32_t> ngram_rows(std::string_view word) const;

  // vocabulary.txt: "word count" a line, by row. Written atomically; read with file:line in messages.
  void save(const std::filesystem::path& directory) const;
  static EncoderVocabulary load(const std::filesystem::path& directory, std::int64_t buckets);

 private:
  std::vector<std::string> words_;
  std::vector<std::int64_t> counts_;
  std::int64_t buckets_ = 1;
  std::unordered_map<std::string_view, WordId> index_;  // into words_, whose strings do not move
};

// The lower-cased words of a text as the encoder reads them (text/words.h; contractions apart, no punctuation), at most `most`.
// Any number of threads may call it at once.
std::vector<std::string> encoder_words(std::string_view text, std::int64_t most);

}  // namespace fathom::pages
