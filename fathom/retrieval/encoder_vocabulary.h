// From text to the ids that a sentence encoder reads: words that have a vector, or subword tokens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::retrieval {

inline constexpr std::int64_t start_id = 0, end_id = 1;  // "<s>", "</s>"; words and tokens follow

class EncoderVocabulary {
 public:
  // Throws Error for a word that is given twice.
  static EncoderVocabulary of_words(std::vector<std::string> words);
  static EncoderVocabulary of_tokenizer(text::Tokenizer tokenizer);
  EncoderVocabulary(EncoderVocabulary&&) noexcept;
  EncoderVocabulary& operator=(EncoderVocabulary&&) noexcept;
  ~EncoderVocabulary();

  std::int64_t size() const;  // start and end included
  bool has_words() const { return tokenizer_ == nullptr; }
  const std::vector<std::string>& words() const { return words_; }  // id i + 2 is words()[i]

  // For each sentence the ids of what is known, without start and end: lower-cased words (text/words.h, contractions apart), of which those
  // without a vector are left out; or subword tokens, of which there are always some. The same for any number of threads (0: one a core).
  std::vector<std::vector<std::int64_t>> ids_of(const std::vector<std::string>& sentences, int threads = 0) const;
  // What ids say, for people; start and end are left out.
  std::string text_of(const std::vector<std::int64_t>& ids) const;

  // vocabulary.txt, or the tokenizer's files. Throws Error.
  void save(const std::filesystem::path& directory) const;
  static EncoderVocabulary load(const std::filesystem::path& directory);

 private:
  EncoderVocabulary();
  std::vector<std::string> words_;
  std::unordered_map<std::string_view, std::int64_t> index_;  // into words_
  std::unique_ptr<text::Tokenizer> tokenizer_;                // null: words
};

}  // namespace fathom::retrieval
