#include "fathom/text/merge_learner.h"

#include <algorithm>
#include <limits>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

std::uint32_t before(TokenId id) { return 2 * static_cast<std::uint32_t>(id); }
std::uint32_t after(TokenId id) { return 2 * static_cast<std::uint32_t>(id) + 1; }
bool is_before(std::uint32_t neighbour) { return neighbour % 2 == 0; }
TokenId id_of(std::uint32_t neighbour) { return static_cast<TokenId>(neighbour / 2); }

std::size_t byte_pair(std::string_view word, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(word[at])) * 256 + static_cast<unsigned char>(word[at + 1]);
}

// Words are far apart in memory: they are asked for this many positions before they are needed.
constexpr std::uint32_t prefetch_words = 24, prefetch_symbols = 12;

}  // namespace

// The first pass over the words: how much room they need, and how often and in how many words each pair of bytes occurs.
class MergeLearner::ByteSurvey {
 public:
  void add(std::string_view word, std::int64_t count) {
    ++visited;
    if (word.size() < 2) return;
    ++words;
    symbols += word.size();
    for (std::size_t i = 0; i + 1 < word.size(); ++i) {
      const std::size_t pair = byte_pair(word, i);
      counts[pair] += count;
      if (last_word_[pair] != words) ++words_with[pair];
      last_word_[pair] = words;
    }
  }

  std::int64_t visited = 0;
  std::uint64_t words = 0, symbols = 0;  // of words that can be merged: two bytes or more
  std::vector<std::int64_t> counts = std::vector<std::int64_t>(1 << 16);
  std::vector<std::uint32_t> words_with = std::vector<std::uint32_t>(1 << 16);

 private:
  std::vector<std::uint64_t> last_word_ = std::vector<std::uint64_t>(1 << 16);
};

MergeLearner::MergeLearner(const std::function<void(const VisitWord&)>& for_each_word, const std::array<TokenId, 256>& byte_ids,
                           MergeLearnerOptions options)
    : options_(std::move(options)) {
  ByteSurvey survey;
  for_each_word([&](std::string_view word, std::int64_t count) { survey.add(word, count); });
  words_visited_ = survey.visited;
  require(survey.words < std::numeric_limits<std::uint32_t>::max(), "there are {} different words; {} can be trained on", survey.words,
          std::numeric_limits<std::uint32_t>::max() - 1);

  std::uint64_t positions = 2 * (survey.symbols - survey.words);  // a merge takes one symbol away and makes two pairs at most
  for (const std::uint32_t words : survey.words_with) positions += words;
  const std::size_t symbols_bytes = survey.symbols * sizeof(TokenId), words_bytes = survey.words * sizeof(Word),
                    positions_bytes = positions * sizeof(std::uint32_t);
  bytes_ = static_cast<std::int64_t>(symbols_bytes + words_bytes + positions_bytes);
  in_file_ = options_.memory_bytes > 0 && bytes_ > options_.memory_bytes;
  const auto reserve = [&](std::size_t size) {
    return in_file_ ? ScratchMemory::in_file(size, options_.scratch_directory) : ScratchMemory::in_memory(size);
  };
  symbols_memory_ = reserve(symbols_bytes);
  words_memory_ = reserve(words_bytes);
  positions_memory_ = reserve(positions_bytes);
  symbols_ = static_cast<TokenId*>(symbols_memory_.data());
  words_ = static_cast<Word*>(words_memory_.data());
  positions_ = static_cast<std::uint32_t*>(positions_memory_.data());

  const TokenId last_byte = *std::max_element(byte_ids.begin(), byte_ids.end());
  token_bytes_.assign(static_cast<std::size_t>(last_byte) + 1, 1);
  fill(for_each_word, byte_ids, survey);
}

// The second pass: words as symbols, and for each pair of bytes the words that have it.
void MergeLearner::fill(const std::function<void(const VisitWord&)>& for_each_word, const std::array<TokenId, 256>& byte_ids,
                        const ByteSurvey& survey) {
  std::vector<std::uint64_t> place(survey.words_with.size());
  for (std::size_t pair = 0; pair < place.size(); ++pair) {
    place[pair] = positions_used_;
    positions_used_ += survey.words_with[pair];
  }
  const std::vector<std::uint64_t> begin = place;
  std::uint64_t symbols = 0;
  std::uint32_t words = 0;
  for_each_word([&](std::string_view word, std::int64_t count) {
    if (word.size() < 2) return;
    words_[words] = {symbols, count, static_cast<std::uint32_t>(word.size())};
    for (std::size_t i = 0; i < word.size(); ++i) {
      symbols_[symbols++] = byte_ids[static_cast<unsigned char>(word[i])];
      if (i + 1 == word.size()) break;
      const std::size_t pair = byte_pair(word, i);
      if (place[pair] == begin[pair] || positions_[place[pair] - 1] != words) positions_[place[pair]++] = words;
    }
    ++words;
  });
  for (std::size_t pair = 0; pair < begin.size(); ++pair) {
    if (survey.counts[pair] == 0) continue;
    const PairKey key = pair_key(byte_ids[pair / 256], byte_ids[pair % 256]);
    counts_[key] = survey.counts[pair];
    push(survey.counts[pair], key, {begin[pair], survey.words_with[pair]});
  }
}

void MergeLearner::push(std::int64_t count, PairKey pair, Positions positions) {
  if (count < std::max<std::int64_t>(1, options_.min_frequency)) return;
  queue_.push({count, pair, static_cast<std::uint32_t>(lists_.size())});
  lists_.push_back(positions);
}

std::optional<PairKey> MergeLearner::next() {
  while (!queue_.empty()) {
    current_ = queue_.top();
    queue_.pop();
    const std::int64_t count = counts_[current_.pair];
    if (count == current_.count) return current_.pair;
    // Merges since then took some of its occurrences.
    if (count >= std::max<std::int64_t>(1, options_.min_frequency)) queue_.push({count, current_.pair, current_.positions});
  }
  return std::nullopt;
}

void MergeLearner::merge(TokenId merged) {
  const TokenId left = left_of(current_.pair), right = right_of(current_.pair);
  token_bytes_.resize(static_cast<std::size_t>(merged) + 1);
  token_bytes_.back() = token_bytes_[static_cast<std::size_t>(left)] + token_bytes_[static_cast<std::size_t>(right)];
  neighbours_.resize(2 * token_bytes_.size());
  places_.resize(neighbours_.size());

  const Positions list = lists_[current_.positions];
  const std::uint32_t* words = positions_ + list.begin;
  for (std::uint32_t i = 0; i < list.size; ++i) {
    if (i + prefetch_words < list.size) __builtin_prefetch(&words_[words[i + prefetch_words]]);
    if (i + prefetch_symbols < list.size) __builtin_prefetch(&symbols_[words_[words[i + prefetch_symbols]].begin]);
    merge_in_word(words[i], left, right, merged);
  }
  apply_counts(left, right, merged);
  queue_created(merged);
}

void MergeLearner::merge_in_word(std::uint32_t index, TokenId left, TokenId right, TokenId merged) {
  Word& word = words_[index];
  TokenId* symbols = symbols_ + word.begin;
  const std::uint32_t length = word.length;
  std::uint32_t kept = 0;  // symbols[0, kept) are done
  for (std::uint32_t i = 0; i < length; ++i) {
    if (symbols[i] != left || i + 1 == length || symbols[i + 1] != right) {
      symbols[kept++] = symbols[i];
      continue;
    }
    if (kept > 0) note(before(symbols[kept - 1]), index, word.count);
    if (i + 2 < length) note(after(symbols[i + 2]), index, word.count);
    symbols[kept++] = merged;
    ++i;
  }
  word.length = kept;
}

void MergeLearner::note(std::uint32_t neighbour, std::uint32_t word, std::int64_t count) {
  Neighbour& state = neighbours_[neighbour];
  if (state.words == 0) touched_.push_back(neighbour);
  state.count += count;
  if (state.last_word == word + 1) return;
  state.last_word = word + 1;
  ++state.words;
  noted_.push_back({neighbour, word});
}

bool MergeLearner::may_form(TokenId left, TokenId right) const {
  if (options_.max_token_bytes == 0) return true;
  const std::int64_t bytes = std::int64_t{token_bytes_[static_cast<std::size_t>(left)]} + token_bytes_[static_cast<std::size_t>(right)];
  return bytes <= options_.max_token_bytes;
}

// The pairs of the neighbours with `left` and `right` end; those with `merged` begin.
void MergeLearner::apply_counts(TokenId left, TokenId right, TokenId merged) {
  for (const std::uint32_t neighbour : touched_) {
    const std::int64_t count = neighbours_[neighbour].count;
    const TokenId id = id_of(neighbour);
    const TokenId ending_left = is_before(neighbour) ? id : right, ending_right = is_before(neighbour) ? left : id;
    const TokenId new_left = is_before(neighbour) ? id : merged, new_right = is_before(neighbour) ? merged : id;
    if (may_form(ending_left, ending_right)) counts_[pair_key(ending_left, ending_right)] -= count;
    if (may_form(new_left, new_right)) counts_[pair_key(new_left, new_right)] += count;
  }
}

// Lists of the words that have the new pairs, and the pairs into the queue.
void MergeLearner::queue_created(TokenId merged) {
  for (const std::uint32_t neighbour : touched_) {
    places_[neighbour] = positions_used_;
    positions_used_ += neighbours_[neighbour].words;
  }
  for (const Noted& noted : noted_) positions_[places_[noted.neighbour]++] = noted.word;
  for (const std::uint32_t neighbour : touched_) {
    Neighbour& state = neighbours_[neighbour];
    const TokenId id = id_of(neighbour);
    const TokenId left = is_before(neighbour) ? id : merged, right = is_before(neighbour) ? merged : id;
    if (may_form(left, right)) {
      const PairKey pair = pair_key(left, right);
      push(counts_[pair], pair, {places_[neighbour] - state.words, state.words});
    }
    state = {};
  }
  touched_.clear();
  noted_.clear();
}

}  // namespace fathom::text
