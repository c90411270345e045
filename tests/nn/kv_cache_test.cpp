#include "fathom/nn/kv_cache.h"

#include <gtest/gtest.h>

#include <map>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::nn {
namespace {

KvCacheOptions small(std::int64_t pages = 8, std::int64_t page_size = 4) {
  KvCacheOptions options;
  options.layers = 2;
  options.width = 3;
  options.page_size = page_size;
  options.pages = pages;
  options.tensor_options = at::TensorOptions().dtype(at::kFloat);
  return options;
}

// Rows whose values name the token: [count, 3] filled with `value` (+ layer / 2).
at::Tensor rows_of(const std::vector<double>& values, std::int64_t layer) {
  at::Tensor rows = at::empty({static_cast<std::int64_t>(values.size()), 3}, at::kFloat);
  for (std::size_t i = 0; i < values.size(); ++i) rows[static_cast<std::int64_t>(i)].fill_(values[i] + 0.5 * static_cast<double>(layer));
  return rows;
}

void append_tokens(KvCache& cache, KvCache::Sequence sequence, const std::vector<double>& values) {
  const KvCache::Step step = cache.append({sequence}, {static_cast<std::int64_t>(values.size())});
  for (std::int64_t layer = 0; layer < 2; ++layer) cache.store(layer, step, rows_of(values, layer));
}

// What attention would read: the values of sequence number `place` of a step.
std::vector<float> read(const KvCache& cache, std::int64_t layer, const KvCache::Step& step, std::int64_t place) {
  const ops::PagedKeys keys = cache.keys(layer, step);
  std::vector<float> values;
  for (std::int64_t t = 0; t < keys.context_lengths[place].item<std::int32_t>(); ++t) {
    const auto page = keys.page_table[place][t / keys.page_size].item<std::int32_t>();
    const at::Tensor row = keys.pages[page][t % keys.page_size];
    EXPECT_EQ(row[0].item<float>(), row[2].item<float>());
    values.push_back(row[0].item<float>() - 0.5f * static_cast<float>(layer));
  }
  return values;
}

TEST(KvCache, RowsOfAStepLieInThePagesOfTheirSequence) {
  KvCache cache(small());
  const auto a = cache.add(), b = cache.add();
  const KvCache::Step step = cache.append({a, b}, {5, 2});
  EXPECT_EQ(step.rows.size(0), 7);
  EXPECT_EQ(step.page_table.size(1), 2);
  EXPECT_EQ(step.context_lengths[0].item<std::int32_t>(), 5);
  EXPECT_EQ(step.context_lengths[1].item<std::int32_t>(), 2);
  EXPECT_EQ(step.lengths_before, (std::vector<std::int64_t>{0, 0}));
  for (std::int64_t layer = 0; layer < 2; ++layer) cache.store(layer, step, rows_of({0, 1, 2, 3, 4, 10, 11}, layer));

  const KvCache::Step next = cache.append({b, a}, {3, 1});
  EXPECT_EQ(next.lengths_before, (std::vector<std::int64_t>{2, 5}));
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    cache.store(layer, next, rows_of({12, 13, 14, 5}, layer));
    EXPECT_EQ(read(cache, layer, next, 0), (std::vector<float>{10, 11, 12, 13, 14}));
    EXPECT_EQ(read(cache, layer, next, 1), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  }
}

TEST(KvCache, ForkSharesPagesUntilOneWrites) {
  KvCache cache(small());
  const auto source = cache.add();
  append_tokens(cache, source, {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(cache.free_pages(), 6);
  const auto copy = cache.fork(source);
  EXPECT_EQ(cache.free_pages(), 6);
  EXPECT_EQ(cache.length(copy), 6);
  EXPECT_EQ(cache.pages_needed(copy, 1), 1);  // its last page is shared and half full
  EXPECT_EQ(cache.pages_needed(copy, 3), 2);

  const KvCache::Step step = cache.append({source, copy}, {1, 1});
  EXPECT_EQ(cache.free_pages(), 5);  // one of the two was copied, the other is alone on its page
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    cache.store(layer, step, rows_of({60, 61}, layer));
    EXPECT_EQ(read(cache, layer, step, 0), (std::vector<float>{0, 1, 2, 3, 4, 5, 60}));
    EXPECT_EQ(read(cache, layer, step, 1), (std::vector<float>{0, 1, 2, 3, 4, 5, 61}));
  }
  EXPECT_EQ(cache.pages_needed(copy, 1), 0);
  cache.release(source);
  EXPECT_EQ(cache.free_pages(), 6);  // the full first page still belongs to the copy
  append_tokens(cache, copy, {7});
  const KvCache::Step last = cache.append({copy}, {1});
  cache.store(0, last, rows_of({8}, 0));
  EXPECT_EQ(read(cache, 0, last, 0), (std::vector<float>{0, 1, 2, 3, 4, 5, 61, 7, 8}));
  cache.release(copy);
  EXPECT_EQ(cache.free_pages(), 8);
}

TEST(KvCache, TruncateForgetsAndFreesPages) {
  KvCache cache(small());
  const auto a = cache.add();
  append_tokens(cache, a, {0, 1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(cache.free_pages(), 5);
  cache.truncate(a, 5);
  EXPECT_EQ(cache.length(a), 5);
  EXPECT_EQ(cache.free_pages(), 6);
  const KvCache::Step step = cache.append({a}, {1});
  cache.store(0, step, rows_of({50}, 0));
  EXPECT_EQ(read(cache, 0, step, 0), (std::vector<float>{0, 1, 2, 3, 4, 50}));
  EXPECT_THROW(cache.truncate(a, 7), Error);
  cache.truncate(a, 0);
  EXPECT_EQ(cache.free_pages(), 8);
  append_tokens(cache, a, {1});
  EXPECT_EQ(cache.length(a), 1);
}

TEST(KvCache, TruncatedForkDoesNotDisturbItsSource) {
  KvCache cache(small());
  const auto a = cache.add();
  append_tokens(cache, a, {0, 1, 2, 3});
  const auto b = cache.fork(a);
  cache.truncate(b, 2);
  const KvCache::Step step = cache.append({b}, {1});
  cache.store(0, step, rows_of({99}, 0));
  EXPECT_EQ(read(cache, 0, step, 0), (std::vector<float>{0, 1, 99}));
  const KvCache::Step other = cache.append({a}, {1});
  cache.store(0, other, rows_of({4}, 0));
  EXPECT_EQ(read(cache, 0, other, 0), (std::vector<float>{0, 1, 2, 3, 4}));
}

TEST(KvCache, AFullCacheRefusesAndStaysAsItWas) {
  KvCache cache(small(3));
  const auto a = cache.add(), b = cache.add();
  append_tokens(cache, a, {0, 1, 2, 3, 4});
  try {
    cache.append({a, b}, {1, 5});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("2 more pages of 4 tokens are needed, 1 of 3 are free"), std::string::npos) << error.what();
  }
  EXPECT_EQ(cache.length(a), 5);
  EXPECT_EQ(cache.length(b), 0);
  EXPECT_EQ(cache.free_pages(), 1);
  append_tokens(cache, b, {7});
  EXPECT_EQ(cache.free_pages(), 0);
}

TEST(KvCache, HandlesAreReusedAndOldOnesRefused) {
  KvCache cache(small());
  const auto a = cache.add();
  cache.release(a);
  EXPECT_THROW(cache.length(a), Error);
  EXPECT_THROW(cache.release(a), Error);
  EXPECT_EQ(cache.add(), a);
  EXPECT_EQ(cache.length(a), 0);
  EXPECT_THROW(cache.append({a}, {0}), Error);
  EXPECT_THROW(cache.append({a}, {1, 2}), Error);
}

TEST(KvCache, BytesPerTokenAreThoseOfTheRows) {
  EXPECT_EQ(KvCache(small()).bytes_per_token(), 2 * 3 * 4);
  KvCacheOptions half = small();
  half.tensor_options = at::TensorOptions().dtype(at::kBFloat16);
  EXPECT_EQ(KvCache(half).bytes_per_token(), 2 * 3 * 2);
}

// Random operations against a plain list of values for each sequence.
TEST(KvCache, RandomOperationsAgreeWithPlainLists) {
  Rng rng(7);
  KvCache cache(small(64, 3));
  std::map<KvCache::Sequence, std::vector<float>> expected;
  double next_value = 0;
  for (int round = 0; round < 600; ++round) {
    std::vector<KvCache::Sequence> live;
    for (const auto& [sequence, values] : expected) live.push_back(sequence);
    const auto pick = [&] { return live[rng.below(live.size())]; };
    switch (live.empty() ? 0 : rng.below(6)) {
      case 0:
        if (live.size() < 10) expected[cache.add()];
        break;
      case 1:
        if (live.size() < 10) {
          const auto source = pick();
          const auto values = expected[source];
          expected[cache.fork(source)] = values;
        }
        break;
      case 2: {
        const auto sequence = pick();
        cache.release(sequence);
        expected.erase(sequence);
        break;
      }
      case 3: {
        const auto sequence = pick();
        const auto length = rng.below(expected[sequence].size() + 1);
        cache.truncate(sequence, static_cast<std::int64_t>(length));
        expected[sequence].resize(length);
        break;
      }
      default: {
        std::vector<std::int64_t> counts;
        std::vector<double> values;
        std::int64_t needed = 0;
        for (const auto sequence : live) {
          counts.push_back(1 + static_cast<std::int64_t>(rng.below(4)));
          needed += cache.pages_needed(sequence, counts.back());
        }
        if (needed > cache.free_pages()) {
          cache.release(live.front());
          expected.erase(live.front());
          break;
        }
        for (std::size_t i = 0; i < live.size(); ++i)
          for (std::int64_t t = 0; t < counts[i]; ++t) {
            values.push_back(next_value);
            expected[live[i]].push_back(static_cast<float>(next_value));
            next_value += 1;
          }
        const KvCache::Step step = cache.append(live, counts);
        for (std::int64_t layer = 0; layer < 2; ++layer) cache.store(layer, step, rows_of(values, layer));
        for (std::size_t i = 0; i < live.size(); ++i)
          ASSERT_EQ(read(cache, 1, step, static_cast<std::int64_t>(i)), expected[live[i]]) << "round " << round;
      }
    }
  }
  for (const auto& [sequence, values] : expected) cache.release(sequence);
  EXPECT_EQ(cache.free_pages(), 64);
}

}  // namespace
}  // namespace fathom::nn
