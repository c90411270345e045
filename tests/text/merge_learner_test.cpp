#include "fathom/text/merge_learner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <map>
#include <set>

#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"

namespace fathom::text {
namespace {

using Words = std::map<std::string, std::int64_t>;
using Learned = std::vector<std::string>;  // "left right = merged", ids in decimal

std::array<TokenId, 256> byte_ids() {
  std::array<TokenId, 256> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<TokenId>(i);
  return ids;
}

std::string line(TokenId left, TokenId right, TokenId merged) { return fmt::format("{} {} = {}", left, right, merged); }

// Gives each spelling one id.
class Names {
 public:
  Names() {
    for (int byte = 0; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)));
  }
  TokenId join(TokenId left, TokenId right) {
    const std::string joined = names_[static_cast<std::size_t>(left)] + names_[static_cast<std::size_t>(right)];
    const auto known = ids_.find(joined);
    return known != ids_.end() ? known->second : add(joined);
  }
  std::size_t size() const { return names_.size(); }

 private:
  TokenId add(const std::string& name) {
    const auto id = static_cast<TokenId>(names_.size());
    names_.push_back(name);
    ids_[name] = id;
    return id;
  }
  std::vector<std::string> names_;
  std::map<std::string, TokenId> ids_;
};

Learned learned(const Words& words, std::size_t tokens, MergeLearnerOptions options, bool* in_file = nullptr) {
  MergeLearner learner(
      [&](const VisitWord& visit) {
        for (const auto& [word, count] : words) visit(word, count);
      },
      byte_ids(), options);
  if (in_file != nullptr) *in_file = learner.in_file();
  Names names;
  Learned merges;
  while (names.size() < 256 + tokens) {
    const auto pair = learner.next();
    if (!pair) break;
    const TokenId merged = names.join(left_of(*pair), right_of(*pair));
    merges.push_back(line(left_of(*pair), right_of(*pair), merged));
    learner.merge(merged);
  }
  return merges;
}

// The trainer of Hugging Face's tokenizers as it describes itself, one step at a time: a queue of (count, pair, words), stale entries put
// back with their count of now, and counts of merged pairs that are kept.
Learned learned_by_the_reference(const Words& words, std::size_t tokens, std::int64_t min_frequency, std::size_t max_token_bytes) {
  using Pair = std::pair<TokenId, TokenId>;
  struct Symbol {
    TokenId id;
    std::size_t bytes;
  };
  struct Entry {
    std::int64_t count;
    Pair pair;
    std::set<std::size_t> words;
  };
  std::vector<std::vector<Symbol>> split;
  std::vector<std::int64_t> counts;
  std::map<Pair, std::int64_t> pairs;
  std::map<Pair, std::set<std::size_t>> where;
  for (const auto& [word, count] : words) {
    std::vector<Symbol>& symbols = split.emplace_back();
    for (const char c : word) symbols.push_back({static_cast<unsigned char>(c), 1});
    counts.push_back(count);
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      pairs[{symbols[i].id, symbols[i + 1].id}] += count;
      where[{symbols[i].id, symbols[i + 1].id}].insert(split.size() - 1);
    }
  }
  std::list<Entry> queue;
  const auto enqueue = [&] {
    for (auto& [pair, in_words] : where)
      if (pairs[pair] > 0) queue.push_back({pairs[pair], pair, in_words});
    where.clear();
  };
  enqueue();
  Names names;
  Learned merges;
  while (names.size() < 256 + tokens && !queue.empty()) {
    const auto top = std::max_element(queue.begin(), queue.end(), [](const Entry& a, const Entry& b) {
      return a.count != b.count ? a.count < b.count : a.pair > b.pair;
    });
    if (top->count != pairs[top->pair]) {
      top->count = pairs[top->pair];
      continue;
    }
    if (top->count < std::max<std::int64_t>(1, min_frequency)) break;
    const Entry entry = *top;
    queue.erase(top);
    const auto [left, right] = entry.pair;
    const TokenId merged = names.join(left, right);
    merges.push_back(line(left, right, merged));
    for (const std::size_t index : entry.words) {
      std::vector<Symbol>& symbols = split[index];
      const auto change = [&](const Symbol& a, const Symbol& b, int sign) {
        if (sign > 0 && a.bytes + b.bytes > max_token_bytes) return;
        pairs[{a.id, b.id}] += sign * counts[index];
        if (sign > 0) where[{a.id, b.id}].insert(index);
      };
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
        if (symbols[i].id != left || symbols[i + 1].id != right) continue;
        const Symbol first = symbols[i], second = symbols[i + 1], joined{merged, first.bytes + second.bytes};
        if (i > 0) {
          change(symbols[i - 1], first, -1);
          change(symbols[i - 1], joined, +1);
        }
        symbols[i] = joined;
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        if (i + 1 < symbols.size()) {
          change(second, symbols[i + 1], -1);
          change(joined, symbols[i + 1], +1);
        }
      }
    }
    enqueue();
  }
  return merges;
}

// Words of few letters, with runs of one letter: their pairs overlap.
Words random_words(Rng& rng) {
  const std::uint64_t letters = 1 + rng.below(4), longest = 8 + rng.below(40);
  Words words;
  for (std::uint64_t i = 3 + rng.below(40); i > 0; --i) {
    std::string word(1 + rng.below(longest), 'a');
    for (char& c : word) c = static_cast<char>('a' + (rng.below(3) == 0 ? 0 : rng.below(letters)));
    words[word] += 1 + static_cast<std::int64_t>(rng.below(9));
  }
  return words;
}

TEST(MergeLearner, LearnsWhatTheReferenceLearns) {
  Rng rng(11);
  for (int round = 0; round < 400; ++round) {
    const Words words = random_words(rng);
    const std::size_t tokens = 1 + rng.below(60);
    const Learned merges = learned(words, tokens, {.min_frequency = 1, .scratch_directory = {}});
    ASSERT_EQ(merges, learned_by_the_reference(words, tokens, 1, 1000)) << "round " << round;
    std::set<std::string> made;
    for (const std::string& merge : merges) EXPECT_TRUE(made.insert(merge.substr(merge.find('='))).second) << merge;
  }
}

TEST(MergeLearner, KeepsToTheLeastFrequencyAndTheLongestToken) {
  Rng rng(12);
  for (int round = 0; round < 200; ++round) {
    const Words words = random_words(rng);
    const auto min_frequency = static_cast<std::int64_t>(1 + rng.below(20));
    const auto max_token_bytes = static_cast<std::int64_t>(2 + rng.below(6));
    const Learned merges = learned(words, 30, {min_frequency, max_token_bytes, 0, {}});
    const Learned expected = learned_by_the_reference(words, 30, min_frequency, static_cast<std::size_t>(max_token_bytes));
    ASSERT_EQ(merges, expected) << "round " << round;
  }
}

TEST(MergeLearner, LearnsTheSameOnDisk) {
  Rng rng(13);
  const ScratchDirectory scratch;
  for (int round = 0; round < 20; ++round) {
    const Words words = random_words(rng);
    bool in_file = false;
    EXPECT_EQ(learned(words, 40, {1, 0, 1, scratch.path()}, &in_file), learned(words, 40, {1, 0, 0, {}}));
    EXPECT_TRUE(in_file);
  }
  EXPECT_EQ(scratch.entries(), 0u);
}

TEST(MergeLearner, WordsOfOneByteLeaveNothingToMerge) { EXPECT_EQ(learned({{"", 3}, {"a", 5}}, 10, {}), Learned()); }

TEST(MergeLearner, TiesGoToTheSmallerIds) {
  // All pairs occur twice.
  EXPECT_EQ(learned({{"zb", 2}, {"za", 2}, {"ay", 2}}, 3, {}), (Learned{line('a', 'y', 256), line('z', 'a', 257), line('z', 'b', 258)}));
}

}  // namespace
}  // namespace fathom::text
