// The encoder that needs no labels and no training beyond the collection's own text: weighted means of word vectors.
//
// The vector of a text is the mean of its words' vectors, each weighted by log(1 + a / p(word)), less what all texts have in common (after
// Arora, Liang, Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings", whose weight a / (a + p) tells rare words apart
// less and found less on most collections). A page's vectors are those of sentences that cover it (sentence_choice.h), each with a share of
// the title's and the page's own: a sentence out of its page often does not say what it is about.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/index/page_encoder.h"
#include "fathom/index/page_writer.h"
#include "fathom/vectors/word_vectors.h"

namespace fathom::pages {

constexpr const char* word_vector_encoder_type = "fathom_word_vector_page_encoder";

struct WordVectorEncoderOptions {
  double smoothing = 1e-3;               // a
  double page_share = 1.0;               // of the mean of the page in each of its vectors
  double title_share = 1.0;              // of the title
  bool remove_common = true;             // the first principal direction of sentences
  std::int64_t width = 128;              // of word vectors trained here
  std::int64_t most_words = 50'000'000;  // of the collection that are read for training; bounds memory at 4 bytes a word and what
                                         // counting their neighbours takes
  std::string word_vectors;              // a directory, GloVe or word2vec text to use instead of training
  std::uint64_t seed = 1;
  int threads = 0;
};

class WordVectorPageEncoder : public index::PageEncoder {
 public:
  // weights [words], common [width] (of length 1, or zero: nothing is removed). Word vectors may be empty: nothing is known then.
  WordVectorPageEncoder(vectors::WordVectors words, std::vector<float> weights, std::vector<float> common, double page_share,
                        double title_share, OrderedJson record = OrderedJson::object());

  // config.json (model_type fathom_word_vector_page_encoder), word-vectors/, weights.safetensors, common.safetensors. Appears complete or
  // not at all; load() throws Error with what is wrong.
  void save(const std::filesystem::path& directory) const;
  static WordVectorPageEncoder load(const std::filesystem::path& directory);

  std::int64_t width() const override { return words_.width(); }
  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<float> encode_query(std::string_view query) const override;
  std::vector<index::PageVector> encode_page(std::string_view title, const std::vector<std::string_view>& sentences,
                                             std::int64_t most_vectors) const override;
  std::int64_t vocabulary_size() const { return words_.size(); }

 private:
  std::vector<double> mean_of(std::string_view text) const;  // without the common direction; empty when no word is known

  vectors::WordVectors words_;
  std::vector<float> weights_, common_;
  double page_share_, title_share_;
  OrderedJson record_;
  std::string fingerprint_;
};

// Made from the text of an index's pages; of too little text, an encoder that knows no word. Throws Error as WordVectors::load().
WordVectorPageEncoder train_word_vector_encoder(index::PageWriter& pages, const WordVectorEncoderOptions& options = {});

}  // namespace fathom::pages
