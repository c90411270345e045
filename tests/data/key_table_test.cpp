#include "fathom/data/key_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <vector>

#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

std::vector<std::uint32_t> sorted_find(KeyTable& table, std::uint64_t key) {
  std::vector<std::uint32_t> documents;
  const std::size_t count = table.find(key, documents);
  EXPECT_EQ(count, documents.size());
  std::sort(documents.begin(), documents.end());
  return documents;
}

// Against std::multimap, with `key_of` deciding how keys are spread.
void check(std::int64_t memory_bytes, std::size_t entries, const std::function<std::uint64_t(Rng&)>& key_of, std::size_t least_files) {
  const ScratchDirectory scratch;
  KeyTable table(memory_bytes, scratch.path());
  std::map<std::uint64_t, std::vector<std::uint32_t>> expected;
  Rng rng(entries);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint64_t key = key_of(rng);
    table.insert(key, i);
    expected[key].push_back(i);
    ASSERT_LE(table.memory(), std::max<std::int64_t>(memory_bytes, 1 << 16));
  }
  EXPECT_EQ(table.size(), static_cast<std::int64_t>(entries));
  EXPECT_GE(table.files(), least_files);
  EXPECT_EQ(scratch.entries(), 0u);  // files without names
  std::size_t seen = 0;
  for (const auto& [key, documents] : expected) {
    if (seen++ % (expected.size() / 5000 + 1) != 0) continue;
    ASSERT_EQ(sorted_find(table, key), documents);
    ASSERT_EQ(sorted_find(table, key + 1).empty(), !expected.contains(key + 1));
    ASSERT_EQ(sorted_find(table, key - 1).empty(), !expected.contains(key - 1));
  }
}

TEST(KeyTable, InMemory) {
  check(1 << 24, 30'000, [](Rng& rng) { return rng.next_u64(); }, 0);
}

TEST(KeyTable, InFiles) {
  check(1 << 16, 30'000, [](Rng& rng) { return rng.next_u64(); }, 2);
}

TEST(KeyTable, InManyFiles) {
  check(1 << 16, 300'000, [](Rng& rng) { return rng.next_u64(); }, 2);
}

TEST(KeyTable, ManyDocumentsUnderAKey) {
  const auto few_keys = [](Rng& rng) { return rng.below(50) * 0x0123456789abcdefull; };
  check(1 << 22, 20'000, few_keys, 0);
  check(1 << 16, 20'000, few_keys, 2);
}

TEST(KeyTable, KeysThatAreNotSpread) {
  check(1 << 16, 20'000, [](Rng& rng) { return rng.below(100'000); }, 2);
  check(1 << 16, 20'000, [](Rng& rng) { return ~rng.below(100'000); }, 2);
  check(1 << 16, 20'000, [](Rng& rng) { return rng.next_u64() >> rng.below(64); }, 2);
}

TEST(KeyTable, EmptyTable) {
  KeyTable table(1 << 16, {});
  EXPECT_TRUE(sorted_find(table, 0).empty());
  EXPECT_EQ(table.memory(), 0);
}

}  // namespace
}  // namespace fathom::data
