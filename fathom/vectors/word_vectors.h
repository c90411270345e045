// Vectors of words: read from the text files of GloVe and word2vec, or trained on one's own text (train_word_vectors.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::vectors {

class WordVectors {
 public:
  WordVectors() = default;
  // values [words, width], row-major. Throws Error when the sizes disagree, a word is empty, given twice or holds white space, or a value
  // is not finite. `origin` is what messages call it.
  WordVectors(std::vector<std::string> words, std::int64_t width, std::vector<float> values, const std::string& origin = "word vectors");
  WordVectors(WordVectors&&) noexcept = default;
  WordVectors& operator=(WordVectors&&) noexcept = default;

  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }
  std::int64_t width() const { return width_; }
  const std::vector<std::string>& words() const { return words_; }
  const std::vector<float>& values() const { return values_; }
  const float* row(std::int64_t index) const { return values_.data() + index * width_; }
  // The word's index, or -1.
  std::int64_t find(std::string_view word) const;

  // The vectors of the words that `keep` accepts, in the same order.
  WordVectors subset(const std::function<bool(std::string_view)>& keep) const;

  // A directory: config.json (model_type fathom_word_vectors, and `record`: how they were made), vocabulary.txt (a word a line) and
  // vectors.safetensors (`vectors` F32 [words, width]). Appears complete or not at all.
  void save(const std::filesystem::path& directory, const OrderedJson& record = OrderedJson::object()) const;

  // A directory as save() writes it, or a text file of GloVe or word2vec (read_word_vectors_text). Throws Error with what is wrong.
  static WordVectors load(const std::filesystem::path& path);

 private:
  std::vector<std::string> words_;
  std::int64_t width_ = 0;
  std::vector<float> values_;
  std::unordered_map<std::string_view, std::int32_t> index_;  // into words_, whose strings do not move
};

// A word and its values on each line, separated by spaces; word2vec's files begin with a line "words width". Plain or compressed by gzip,
// xz or zstd. The first line says the width; what stands before the last `width` numbers is the word, so that words with spaces in them
// (GloVe 840B has some) are recognised, and left out. Of a word that is given twice the first counts. `most` > 0: only that many.
// Throws Error with file:line for a line with too few numbers or none, and for a file without vectors.
WordVectors read_word_vectors_text(const std::filesystem::path& path, std::int64_t most = 0);

}  // namespace fathom::vectors
