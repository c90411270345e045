// Byte-pair encoding of a word: symbols are merged in the order in which training merged them (Sennrich et al. 2016; bytes as the
// first symbols: Radford et al. 2019).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "fathom/text/pair_filter.h"
#include "fathom/text/pair_table.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/vocabulary.h"
#include "fathom/text/word_cache.h"

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
  void encode_word(std::string_view word, std::vector<TokenId>& ids) const { encode_word(word, ids, WordCache::of_thread()); }
  // The same with the calling thread's cache, which a loop over words asks for once.
  void encode_word(std::string_view word, std::vector<TokenId>& ids, WordCache& cache) const {
    if (word.size() > WordCache::longest_word) return encode_new_word(word, ids);
    WordCache::Slot& slot = cache.slot_of(cache_owner_, word);
    if (WordCache::holds(slot, cache_owner_, word)) {
      ids.insert(ids.end(), slot.ids.begin(), slot.ids.begin() + slot.count);
      return;
    }
    const std::size_t before = ids.size();
    encode_new_word(word, ids);
    WordCache::remember(slot, cache_owner_, word, ids.data() + before, ids.size() - before);
  }

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::vector<Merge>& merges() const { return merges_; }
  bool whole_words_first() const { return whole_words_first_; }

 private:
  static constexpr std::int32_t no_rule = std::numeric_limits<std::int32_t>::max();
  struct Rule {
    std::int32_t rank = no_rule;
    TokenId merged = 0;
  };
  void encode_new_word(std::string_view word, std::vector<TokenId>& ids) const;
  void merge_short(std::string_view word, std::vector<TokenId>& ids) const;
  void merge_long(std::string_view word, std::vector<TokenId>& ids) const;
  TokenId id_of_byte(char byte) const;
  Rule find_rule(PairKey pair) const {
    const Rule* rule = known_pairs_.may_hold(pair) ? rules_.find(pair) : nullptr;
    return rule == nullptr ? Rule{} : *rule;
  }

  Vocabulary vocabulary_;
  std::vector<Merge> merges_;
  bool whole_words_first_;
  std::array<TokenId, 256> byte_ids_{};  // -1: no token
  PairTable<Rule> rules_;
  PairFilter known_pairs_;        // those of rules_
  std::vector<Rule> byte_rules_;  // of two bytes: [256 * first + second]; most of a word's pairs are looked up here
  std::uint32_t cache_owner_;
};

}  // namespace fathom::text
