#include "fathom/data/packed_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/token_files.h"

namespace fathom::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PackedBatchesTest : public testing::Test {
 protected:
  PackedBatchesTest() {
    std::vector<std::string> documents;
    for (int i = 0; i < 30; ++i)
      documents.push_back(std::string(static_cast<std::size_t>(1 + i * 7 % 23), static_cast<char>('A' + i % 26)));
    write_token_file(scratch_ / "tokens.safetensors", documents, small_tokenizer());
    file_.emplace(TokenCorpus::open(scratch_ / "tokens.safetensors"));
    all_ = read(*file_, 0, file_->size());
    for (std::int64_t i = 0; i <= file_->documents(); ++i) starts_.insert(file_->document_begin(i));
  }
  // Where in the file the row that begins with batch.input_ids[offset] was taken from: rows are told apart by their content.
  std::int64_t place_of(const PackedBatch& batch, std::size_t offset, std::int64_t length) const {
    for (std::int64_t row = 0; (row + 1) * length < file_->size(); ++row) {
      if (std::equal(batch.input_ids.begin() + static_cast<std::ptrdiff_t>(offset),
                     batch.input_ids.begin() + static_cast<std::ptrdiff_t>(offset) + length, all_.begin() + row * length)) {
        return row * length;
      }
    }
    return -1;
  }
  ScratchDirectory scratch_;
  std::optional<TokenCorpus> file_;
  std::vector<std::int64_t> all_;
  std::set<std::int64_t> starts_;
};

TEST_F(PackedBatchesTest, RowsAreTheTokensAndTargetsTheNextOnes) {
  const PackedBatches batches(*file_, {.sequence_length = 16, .sequences = 4, .seed = 7});
  const PackedBatch batch = batches.batch(0);
  ASSERT_EQ(batch.input_ids.size(), 64u);
  EXPECT_THAT(batch.cu_seqlens, ElementsAre(0, 16, 32, 48, 64));
  for (std::size_t row = 0; row < 4; ++row) {
    const std::int64_t place = place_of(batch, row * 16, 16);
    ASSERT_GE(place, 0);
    for (std::size_t i = 0; i < 16; ++i) {
      EXPECT_EQ(batch.positions[row * 16 + i], static_cast<std::int64_t>(i));
      EXPECT_EQ(batch.targets[row * 16 + i], all_[static_cast<std::size_t>(place) + i + 1]);
    }
  }
}

TEST_F(PackedBatchesTest, AnEpochVisitsEachRowOnce) {
  const std::int64_t length = 16, rows = (file_->size() - 1) / length;
  const PackedBatches batches(*file_, {.sequence_length = length, .sequences = 1, .seed = 1});
  ASSERT_EQ(batches.batches_per_epoch(), rows);
  std::vector<std::multiset<std::vector<std::int64_t>>> epochs(2);
  std::vector<std::vector<std::int64_t>> firsts;
  for (std::int64_t i = 0; i < 2 * rows; ++i) {
    const PackedBatch batch = batches.batch(i);
    epochs[static_cast<std::size_t>(i / rows)].insert(batch.input_ids);
    if (i % rows < 4) firsts.push_back(batch.input_ids);
  }
  std::multiset<std::vector<std::int64_t>> expected;
  for (std::int64_t row = 0; row < rows; ++row) expected.insert({all_.begin() + row * length, all_.begin() + (row + 1) * length});
  EXPECT_EQ(epochs[0], expected);
  EXPECT_EQ(epochs[1], expected);
  EXPECT_FALSE(std::equal(firsts.begin(), firsts.begin() + 4, firsts.begin() + 4)) << "the epochs have the same order";
}

TEST_F(PackedBatchesTest, ABatchIsAFunctionOfItsIndex) {
  const PackingOptions options{.sequence_length = 8, .sequences = 3, .attend_across_documents = false, .seed = 3};
  const PackedBatches one(*file_, options), other(*file_, options);
  const std::int64_t many = 3 * one.batches_per_epoch();
  for (std::int64_t i = 0; i < many; ++i) {
    const PackedBatch forward = one.batch(i);
    other.batch(many - i);
    const PackedBatch again = other.batch(i);
    EXPECT_EQ(forward.input_ids, again.input_ids);
    EXPECT_EQ(forward.targets, again.targets);
    EXPECT_EQ(forward.cu_seqlens, again.cu_seqlens);
  }
}

TEST_F(PackedBatchesTest, IsolatedDocumentsDoNotSeeOrPredictEachOther) {
  const std::int64_t length = 16;
  const PackedBatches batches(*file_, {.sequence_length = length, .sequences = 2, .attend_across_documents = false});
  bool any_inside = false;
  for (std::int64_t index = 0; index < batches.batches_per_epoch(); ++index) {
    const PackedBatch batch = batches.batch(index);
    const std::set<std::int32_t> spans(batch.cu_seqlens.begin(), batch.cu_seqlens.end());
    EXPECT_EQ(spans.size(), batch.cu_seqlens.size());
    for (std::size_t row = 0; row < 2; ++row) {
      const std::int64_t place = place_of(batch, row * 16, length);
      ASSERT_GE(place, 0);
      std::int64_t position = 0;
      for (std::int64_t i = 0; i < length; ++i, ++position) {
        const std::size_t at = row * 16 + static_cast<std::size_t>(i);
        const bool begins = i == 0 || starts_.contains(place + i);
        any_inside |= begins && i > 0;
        if (begins) position = 0;
        EXPECT_EQ(spans.contains(static_cast<std::int32_t>(at)), begins);
        EXPECT_EQ(batch.positions[at], position);
        const bool next_begins = starts_.contains(place + i + 1);
        EXPECT_EQ(batch.targets[at], next_begins ? -100 : all_[static_cast<std::size_t>(place + i + 1)]);
      }
    }
  }
  EXPECT_TRUE(any_inside);
}

TEST_F(PackedBatchesTest, TooFewTokensAreAnError) {
  EXPECT_THAT(message_of<Error>([&] { PackedBatches(*file_, {.sequence_length = 100000}); }), HasSubstr("needs 100001"));
  EXPECT_THROW(PackedBatches(*file_, {.sequence_length = 0}), Error);
  EXPECT_THROW(PackedBatches(*file_, {.sequence_length = 8}).batch(-1), Error);
}

}  // namespace
}  // namespace fathom::data
