// Byte-pair encoding of a word: symbols are merged in the order in which training merged them (Sennrich et al. 2016; bytes as the
// first symbols: Radford et al. 2019).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fathom/text/pair_table.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/vocabulary.h"

namespace fathom::text {

struct Merge {
  TokenId left = 0, right = 0, merged = 0;
};

class BpeModel {
 public:
  // `merges` in the order of training, no pair twice. With `whole_words_first` a word that is a token is taken as it is
  // (`ignore_merges` of tokenizer.json).
  BpeModel(Vocabulary vocabulary, std::vector<Merge> merges, bool whole_words_first);

  // Appends the ids of one word. Time n·log n in its bytes. Thread-safe. Throws Error for a byte that no token spells.
  void encode_word(std::string_view word, std::vector<TokenId>& ids) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::vector<Merge>& merges() const { return merges_; }
  bool whole_words_first() const { return whole_words_first_; }

 private:
  struct Rule {
    std::int32_t rank = 0;
    TokenId merged = 0;
  };
  void merge(std::string_view word, std::vector<TokenId>& ids) const;

  Vocabulary vocabulary_;
  std::vector<Merge> merges_;
  bool whole_words_first_;
  std::array<TokenId, 256> byte_ids_{};  // -1: no token
  PairTable<Rule> rules_;
  std::uint32_t cache_owner_;
};

}  // namespace fathom::text
