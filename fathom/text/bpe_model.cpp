#include "fathom/text/bpe_model.h"

#include <algorithm>
#include <atomic>
#include <functional>

#include "fathom/base/error.h"
#include "fathom/text/byte_alphabet.h"
#include "fathom/text/word_cache.h"

namespace fathom::text {
namespace {

std::uint32_t next_owner() {
  static std::atomic<std::uint32_t> owners{0};
  return ++owners;
}

// A symbol of the word that is being merged; neighbours by index, so that a merge takes constant time.
struct Symbol {
  TokenId id;
  std::int32_t previous, next;  // -1: none
};

// A merge that may be made: `left` is the index of its first symbol. It is out of date when the symbols there are no longer
// those of the pair.
struct Candidate {
  std::int32_t rank, left;
  PairKey pair;
  TokenId merged;
  bool operator>(const Candidate& other) const { return rank != other.rank ? rank > other.rank : left > other.left; }
};

}  // namespace

BpeModel::BpeModel(Vocabulary vocabulary, std::vector<Merge> merges, bool whole_words_first)
    : vocabulary_(std::move(vocabulary)), merges_(std::move(merges)), whole_words_first_(whole_words_first), cache_owner_(next_owner()) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    byte_ids_[byte] = vocabulary_.find_spelled(spelling(static_cast<std::uint8_t>(byte))).value_or(-1);
  }
  for (std::size_t rank = 0; rank < merges_.size(); ++rank) {
    const Merge& merge = merges_[rank];
    rules_[pair_key(merge.left, merge.right)] = {static_cast<std::int32_t>(rank), merge.merged};
  }
}

void BpeModel::encode_word(std::string_view word, std::vector<TokenId>& ids) const {
  WordCache& cache = WordCache::of_thread();
  if (cache.append(cache_owner_, word, ids)) return;
  const std::size_t before = ids.size();
  if (const auto whole = whole_words_first_ ? vocabulary_.find_spelled(spell(word)) : std::nullopt) {
    ids.push_back(*whole);
  } else {
    merge(word, ids);
  }
  cache.remember(cache_owner_, word, ids.data() + before, ids.size() - before);
}

void BpeModel::merge(std::string_view word, std::vector<TokenId>& ids) const {
  thread_local std::vector<Symbol> symbols;
  thread_local std::vector<Candidate> heap;
  symbols.clear();
  heap.clear();
  const auto propose = [&](std::int32_t left) {
    const std::int32_t right = symbols[static_cast<std::size_t>(left)].next;
    if (right < 0) return;
    const PairKey pair = pair_key(symbols[static_cast<std::size_t>(left)].id, symbols[static_cast<std::size_t>(right)].id);
    const Rule* rule = rules_.find(pair);
    if (rule == nullptr) return;
    heap.push_back({rule->rank, left, pair, rule->merged});
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  };

  const auto size = static_cast<std::int32_t>(word.size());
  for (std::int32_t i = 0; i < size; ++i) {
    const auto byte = static_cast<std::uint8_t>(word[static_cast<std::size_t>(i)]);
    const TokenId id = byte_ids_[byte];
    require(id >= 0, "the text has the byte 0x{:02X}, for which this tokenizer has no token", byte);
    symbols.push_back({id, i - 1, i + 1 < size ? i + 1 : -1});
  }
  for (std::int32_t i = 0; i + 1 < size; ++i) propose(i);

  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    const Candidate best = heap.back();
    heap.pop_back();
    Symbol& left = symbols[static_cast<std::size_t>(best.left)];
    if (left.id < 0 || left.next < 0) continue;
    Symbol& right = symbols[static_cast<std::size_t>(left.next)];
    if (pair_key(left.id, right.id) != best.pair) continue;
    left.id = best.merged;
    right.id = -1;  // gone
    left.next = right.next;
    if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = best.left;
    if (left.previous >= 0) propose(left.previous);
    propose(best.left);
  }
  for (std::int32_t i = size > 0 ? 0 : -1; i >= 0; i = symbols[static_cast<std::size_t>(i)].next) {
    ids.push_back(symbols[static_cast<std::size_t>(i)].id);
  }
}

}  // namespace fathom::text
