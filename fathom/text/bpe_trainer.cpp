#include "fathom/text/bpe_trainer.h"

#include <algorithm>
#include <queue>
#include <set>
#include <unordered_map>

#include "fathom/base/error.h"
#include "fathom/text/byte_alphabet.h"
#include "fathom/text/chat_markers.h"
#include "fathom/text/pair_table.h"
#include "fathom/text/tokenizer_state.h"

namespace fathom::text {
namespace {

struct StringHash : std::hash<std::string_view> {
  using is_transparent = void;
};
using WordCounts = std::unordered_map<std::string, std::int64_t, StringHash, std::equal_to<>>;

Json pre_tokenizer_description(bool individual_digits) {
  const Json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  if (!individual_digits) return byte_level;
  return {{"type", "Sequence"}, {"pretokenizers", Json::array({{{"type", "Digits"}, {"individual_digits", true}}, byte_level})}};
}

// A distinct word of the text as symbols, which merges make fewer.
struct Word {
  std::vector<TokenId> symbols;
  std::int64_t count = 0;
};

struct PairStatistics {
  std::int64_t count = 0;            // occurrences in the text
  std::vector<std::uint32_t> words;  // that have, or had, the pair
};

// The most frequent pair comes first; of pairs of equal count the one with the smaller ids, left before right.
struct QueuedPair {
  std::int64_t count;
  PairKey pair;
  bool operator<(const QueuedPair& other) const { return count != other.count ? count < other.count : pair > other.pair; }
};

// Counts of pairs, kept up to date while words are merged: only words that have the merged pair are touched.
class PairCounts {
 public:
  explicit PairCounts(std::vector<Word> words) : words_(std::move(words)) {
    for (std::uint32_t i = 0; i < words_.size(); ++i) {
      const std::vector<TokenId>& symbols = words_[i].symbols;
      for (std::size_t j = 0; j + 1 < symbols.size(); ++j) change(pair_key(symbols[j], symbols[j + 1]), words_[i].count, i);
    }
    pairs_.for_each([this](PairKey pair, const PairStatistics& statistics) { queue_.push({statistics.count, pair}); });
    grown_.clear();
  }

  // Takes out the pair to merge next; nullopt when none is left that occurs `min_frequency` times.
  std::optional<PairKey> pop(std::int64_t min_frequency) {
    while (!queue_.empty()) {
      const QueuedPair top = queue_.top();
      queue_.pop();
      const std::int64_t count = pairs_[top.pair].count;
      if (count != top.count) {  // merges since then took some of its occurrences
        if (count > 0) queue_.push({count, top.pair});
        continue;
      }
      if (count < min_frequency) return std::nullopt;
      return top.pair;
    }
    return std::nullopt;
  }

  void merge(PairKey pair, TokenId merged) {
    const std::vector<std::uint32_t> touched = std::move(pairs_[pair].words);
    pairs_[pair] = {};
    for (const std::uint32_t index : touched) merge_in_word(index, pair, merged);
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    for (const PairKey grown : grown_)
      if (const std::int64_t count = pairs_[grown].count; count > 0) queue_.push({count, grown});
    grown_.clear();
  }

 private:
  void change(PairKey pair, std::int64_t by, std::uint32_t word) {
    PairStatistics& statistics = pairs_[pair];
    statistics.count += by;
    if (by < 0) return;
    if (statistics.words.empty() || statistics.words.back() != word) statistics.words.push_back(word);
    grown_.push_back(pair);
  }

  void merge_in_word(std::uint32_t index, PairKey pair, TokenId merged) {
    Word& word = words_[index];
    std::vector<TokenId>& symbols = word.symbols;
    std::size_t kept = 0;  // symbols[0, kept) are done
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const bool here = i + 1 < symbols.size() && pair_key(symbols[i], symbols[i + 1]) == pair;
      if (!here) {
        symbols[kept++] = symbols[i];
        continue;
      }
      // The pairs with both neighbours end, and those of the new symbol with them begin. In "aaa" the neighbour's pair is the
      // merged one itself, which is gone as a whole.
      if (kept > 0) {
        const PairKey ending = pair_key(symbols[kept - 1], left_of(pair));
        if (ending != pair) change(ending, -word.count, index);
        change(pair_key(symbols[kept - 1], merged), word.count, index);
      }
      if (i + 2 < symbols.size()) {
        const PairKey ending = pair_key(right_of(pair), symbols[i + 2]);
        if (ending != pair) change(ending, -word.count, index);
        change(pair_key(merged, symbols[i + 2]), word.count, index);
      }
      symbols[kept++] = merged;
      ++i;
    }
    symbols.resize(kept);
  }

  std::vector<Word> words_;
  PairTable<PairStatistics> pairs_;
  std::priority_queue<QueuedPair> queue_;
  std::vector<PairKey> grown_;  // pairs whose count rose since the queue was last filled
};

}  // namespace

struct BpeTrainer::State {
  BpeTrainerOptions options;
  Json pre_tokenizer_json;
  std::unique_ptr<PreTokenizer> pre_tokenizer;
  AddedTokens special;  // with ids from 0
  WordCounts words;
  Pieces pieces;

  // Bytes as symbols, in an order that does not depend on the hash table.
  std::vector<Word> sorted_words(const std::array<TokenId, 256>& byte_ids) const {
    std::vector<const WordCounts::value_type*> entries;
    entries.reserve(words.size());
    for (const auto& entry : words) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    std::vector<Word> result;
    result.reserve(entries.size());
    for (const auto* entry : entries) {
      Word& word = result.emplace_back();
      word.count = entry->second;
      for (const char c : entry->first) word.symbols.push_back(byte_ids[static_cast<unsigned char>(c)]);
    }
    return result;
  }
};

BpeTrainer::BpeTrainer(BpeTrainerOptions options) : state_(std::make_unique<State>()) {
  std::vector<std::string>& special = options.special_tokens;
  for (const std::string& role : {options.bos_token, options.eos_token, options.pad_token}) {
    require(role.empty() || std::find(special.begin(), special.end(), role) != special.end(),
            "'{}' is to begin, end or pad sequences, but is not among the special tokens", role);
  }
  const std::int64_t least = 256 + static_cast<std::int64_t>(special.size());
  require(options.vocab_size >= least, "a vocabulary of {} tokens is too small: 256 bytes and {} special tokens need {}",
          options.vocab_size, special.size(), least);
  require(options.vocab_size <= Vocabulary::largest_id + 1, "a vocabulary of {} tokens is too large; {} are possible", options.vocab_size,
          Vocabulary::largest_id + 1);
  for (std::size_t i = 0; i < special.size(); ++i) state_->special.add({static_cast<TokenId>(i), special[i], true});
  state_->pre_tokenizer_json = pre_tokenizer_description(options.individual_digits);
  state_->pre_tokenizer = make_pre_tokenizer(state_->pre_tokenizer_json, "BpeTrainer");
  state_->options = std::move(options);
}

BpeTrainer::~BpeTrainer() = default;

void BpeTrainer::add(std::string_view text) {
  State& state = *state_;
  std::size_t done = 0;
  while (done < text.size()) {
    const auto match = state.special.next(text, done, true);
    const std::size_t end = match ? match->position : text.size();
    state.pieces.views.clear();
    state.pieces.owned.clear();
    state.pre_tokenizer->cut(text.substr(done, end - done), state.pieces);
    for (const std::string_view word : state.pieces.views) {
      const auto known = state.words.find(word);
      if (known != state.words.end()) {
        ++known->second;
      } else {
        state.words.emplace(word, 1);
      }
    }
    done = end + (match ? match->token->content.size() : 0);
  }
}

Tokenizer BpeTrainer::train() const {
  const State& state = *state_;
  const BpeTrainerOptions& options = state.options;
  require(!state.words.empty(), "there is no text to train a tokenizer on");

  TokenizerParts parts;
  for (const AddedToken& token : state.special.all()) parts.vocabulary.add(token.id, token.content, token.content);
  std::array<TokenId, 256> byte_ids{};
  for (const std::uint8_t byte : bytes_in_spelling_order()) {
    byte_ids[byte] = static_cast<TokenId>(parts.vocabulary.size());
    parts.vocabulary.add(byte_ids[byte], std::string(spelling(byte)), std::string(1, static_cast<char>(byte)));
  }

  PairCounts counts(state.sorted_words(byte_ids));
  while (parts.vocabulary.size() < options.vocab_size) {
    const auto pair = counts.pop(std::max<std::int64_t>(1, options.min_frequency));
    if (!pair) break;  // the text has no more pairs: the vocabulary stays smaller
    const TokenId left = left_of(*pair), right = right_of(*pair);
    std::string spelled = parts.vocabulary.spelled(left) + parts.vocabulary.spelled(right);
    // Two ways to the same bytes are one token.
    TokenId merged = parts.vocabulary.find_spelled(spelled).value_or(-1);
    if (merged < 0) {
      merged = static_cast<TokenId>(parts.vocabulary.size());
      std::string bytes = parts.vocabulary.bytes(left) + parts.vocabulary.bytes(right);
      parts.vocabulary.add(merged, std::move(spelled), std::move(bytes));
    }
    parts.merges.push_back({left, right, merged});
    counts.merge(*pair, merged);
  }

  parts.added = state.special;
  parts.pre_tokenizer = state.pre_tokenizer_json;
  parts.decoder = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  TokenizerConfig config;
  if (!options.bos_token.empty()) config.set("bos_token", options.bos_token);
  if (!options.eos_token.empty()) config.set("eos_token", options.eos_token);
  if (!options.pad_token.empty()) config.set("pad_token", options.pad_token);
  if (state.special.find(user_marker) && state.special.find(assistant_marker) && !options.eos_token.empty()) {
    config.set("chat_template", chat_template);
  }
  return Tokenizer(std::make_unique<Tokenizer::State>(std::move(parts), std::move(config), "BpeTrainer"));
}

}  // namespace fathom::text
