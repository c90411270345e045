#include "fathom/text/bpe_model.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/text/byte_alphabet.h"

namespace fathom::text {
namespace {

constexpr std::size_t longest_short_word = 28;  // bytes

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
    known_pairs_.add(pair_key(merge.left, merge.right));
    rules_[pair_key(merge.left, merge.right)] = {static_cast<std::int32_t>(rank), merge.merged};
  }
  byte_rules_.resize(std::size_t{256} * 256);
  for (std::size_t pair = 0; pair < byte_rules_.size(); ++pair) {
    const TokenId left = byte_ids_[pair / 256], right = byte_ids_[pair % 256];
    const Rule* rule = left < 0 || right < 0 ? nullptr : rules_.find(pair_key(left, right));
    if (rule != nullptr) byte_rules_[pair] = *rule;
  }
}

void BpeModel::encode_new_word(std::string_view word, std::vector<TokenId>& ids) const {
  if (whole_words_first_) {
    thread_local std::string spelled;
    spelled.clear();
    for (const char byte : word) spelled += spelling(static_cast<std::uint8_t>(byte));
    if (const auto whole = vocabulary_.find_spelled(spelled)) {
      ids.push_back(*whole);
      return;
    }
  }
  if (word.size() <= longest_short_word) return merge_short(word, ids);
  merge_long(word, ids);
}

TokenId BpeModel::id_of_byte(char byte) const {
  const auto value = static_cast<std::uint8_t>(byte);
  const TokenId id = byte_ids_[value];
  require(id >= 0, "the text has the byte 0x{:02X}, for which this tokenizer has no token", value);
  return id;
}

// Few symbols: looking through all of them for the next merge is faster than a heap.
void BpeModel::merge_short(std::string_view word, std::vector<TokenId>& ids) const {
  std::array<TokenId, longest_short_word> symbols;
  std::array<Rule, longest_short_word> rules;  // [i]: how symbols i and i + 1 merge
  std::size_t count = word.size();
  for (std::size_t i = 0; i < count; ++i) symbols[i] = id_of_byte(word[i]);
  for (std::size_t i = 0; i + 1 < count; ++i)
    rules[i] = byte_rules_[(256 * std::size_t{static_cast<unsigned char>(word[i])}) + static_cast<unsigned char>(word[i + 1])];
  const auto rule_at = [&](std::size_t i) { return find_rule(pair_key(symbols[i], symbols[i + 1])); };
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i)
      if (rules[i].rank < rules[best].rank) best = i;
    if (rules[best].rank == no_rule) break;
    symbols[best] = rules[best].merged;
    --count;
    for (std::size_t i = best + 1; i < count; ++i) symbols[i] = symbols[i + 1];
    for (std::size_t i = best + 1; i + 1 < count; ++i) rules[i] = rules[i + 1];
    if (best > 0) rules[best - 1] = rule_at(best - 1);
    if (best + 1 < count) rules[best] = rule_at(best);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.begin() + static_cast<std::ptrdiff_t>(count));
}

void BpeModel::merge_long(std::string_view word, std::vector<TokenId>& ids) const {
  thread_local std::vector<Symbol> symbols;
  thread_local std::vector<Candidate> heap;
  symbols.clear();
  heap.clear();
  const auto propose = [&](std::int32_t left) {
    const std::int32_t right = symbols[static_cast<std::size_t>(left)].next;
    if (right < 0) return;
    const PairKey pair = pair_key(symbols[static_cast<std::size_t>(left)].id, symbols[static_cast<std::size_t>(right)].id);
    const Rule rule = find_rule(pair);
    if (rule.rank == no_rule) return;
    heap.push_back({rule.rank, left, pair, rule.merged});
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  };

  const auto size = static_cast<std::int32_t>(word.size());
  for (std::int32_t i = 0; i < size; ++i) {
    symbols.push_back({id_of_byte(word[static_cast<std::size_t>(i)]), i - 1, i + 1 < size ? i + 1 : -1});
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
