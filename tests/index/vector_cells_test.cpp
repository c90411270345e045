#include "fathom/index/vector_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/index/page_check.h"
#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

using testing::HasSubstr;

constexpr std::int64_t width = 48, pages = 3000;

// Vectors around 60 directions, 1 to 3 a page.
class VectorCellsTest : public testing::Test {
 protected:
  VectorCellsTest() {
    Rng rng(1);
    for (int i = 0; i < 60; ++i) directions_.push_back(random_vector(rng, nullptr));
    SegmentRows rows(width);
    for (std::int64_t page = 1; page <= pages; ++page) {
      std::vector<PageVector> own;
      for (std::int64_t v = 0; v <= page % 3; ++v) own.push_back({v, random_vector(rng, &directions_[rng.below(60)])});
      rows.add(page, own);
    }
    write_segment(scratch_ / "segment", rows);
    segment_ = std::make_unique<VectorSegment>(scratch_ / "segment", width, "");
    for (int i = 0; i < 40; ++i) queries_.emplace_back(random_vector(rng, &directions_[rng.below(60)]));
  }
  static std::vector<float> random_vector(Rng& rng, const std::vector<float>* around) {
    std::vector<float> vector(static_cast<std::size_t>(width));
    for (std::size_t j = 0; j < vector.size(); ++j)
      vector[j] = static_cast<float>(rng.normal()) + (around != nullptr ? 2.0f * (*around)[j] : 0.0f);
    return vector;
  }
  std::vector<PageVectorHit> exact(const QuantizedQuery& query, const PageMask& mask = {}) const {
    BestPages best(10);
    segment_->scan(query, mask, best);
    return best.take();
  }
  std::vector<PageVectorHit> approximate(const VectorCells& cells, const QuantizedQuery& query, std::int64_t probes,
                                         const PageMask& mask = {}) const {
    BestPages best(10);
    cells.search(*segment_, query, mask, probes, best);
    return best.take();
  }

  ScratchDirectory scratch_;
  std::vector<std::vector<float>> directions_;
  std::unique_ptr<VectorSegment> segment_;
  std::vector<QuantizedQuery> queries_;
};

TEST_F(VectorCellsTest, FindTheBestPagesWithTheScoresOfTheExactPass) {
  const WrittenCells written = write_cells(scratch_ / "cells", *segment_);
  EXPECT_GE(written.report.recall_100, 0.95);
  EXPECT_LT(written.report.probes, written.report.cells / 2);
  const VectorCells cells(scratch_ / "cells", *segment_, written.file.sha256);
  EXPECT_EQ(cells.cells(), written.report.cells);
  std::int64_t right = 0;
  for (const QuantizedQuery& query : queries_) {
    const auto best = exact(query), found = approximate(cells, query, written.report.probes);
    ASSERT_EQ(found.size(), best.size());
    std::set<std::int64_t> distinct;
    for (const PageVectorHit& hit : found) {
      EXPECT_TRUE(distinct.insert(hit.page).second);
      const auto scored = segment_->score(query, hit.page);
      EXPECT_EQ(hit.score, scored->score);
      EXPECT_EQ(hit.sentence, scored->sentence);
      right += std::any_of(best.begin(), best.end(), [&](const PageVectorHit& other) { return other.page == hit.page; }) ? 1 : 0;
    }
  }
  EXPECT_GE(right, 360) << "of 400";
}

TEST_F(VectorCellsTest, OfferOnlyPagesThatTheMaskLetsThrough) {
  const WrittenCells written = write_cells(scratch_ / "cells", *segment_);
  const VectorCells cells(scratch_ / "cells", *segment_, "");
  PageMask mask(static_cast<std::size_t>(pages), 0);
  for (std::size_t i = 0; i < mask.size(); i += 2) mask[i] = 1;
  for (const QuantizedQuery& query : queries_) {
    const auto found = approximate(cells, query, written.report.cells, mask);
    EXPECT_EQ(found.size(), 10u);
    for (const PageVectorHit& hit : found) EXPECT_EQ(hit.page % 2, 1);
  }
}

TEST_F(VectorCellsTest, AreTheSameForAnyNumberOfThreads) {
  const WrittenCells one = write_cells(scratch_ / "one", *segment_, {.threads = 1}),
                     three = write_cells(scratch_ / "three", *segment_, {.threads = 3});
  EXPECT_EQ(one.file.sha256, three.file.sha256);
  EXPECT_EQ(one.report.probes, three.report.probes);
}

TEST_F(VectorCellsTest, CanBeMadeOfFewAndOfEqualVectors) {
  SegmentRows rows(width);
  for (std::int64_t page = 1; page <= 50; ++page) rows.add(page, {{0, directions_[0]}});
  rows.add(51, {{0, std::vector<float>(static_cast<std::size_t>(width), 0.0f)}});
  write_segment(scratch_ / "equal", rows);
  const VectorSegment equal(scratch_ / "equal", width, "");
  const WrittenCells written = write_cells(scratch_ / "cells", equal);
  const VectorCells cells(scratch_ / "cells", equal, "");
  BestPages best(60);
  cells.search(equal, QuantizedQuery(directions_[0]), {}, written.report.cells, best);
  EXPECT_EQ(best.take().size(), 51u);
}

TEST_F(VectorCellsTest, RefuseAFileThatIsDamagedOrOfAnotherSegment) {
  const WrittenCells written = write_cells(scratch_ / "cells", *segment_);
  EXPECT_THAT(message_of<Error>([&] { VectorCells(scratch_ / "cells", *segment_, std::string(64, '0')); }), HasSubstr("checksum"));
  SegmentRows rows(width);
  rows.add(1, {{0, directions_[0]}});
  write_segment(scratch_ / "other", rows);
  const VectorSegment other(scratch_ / "other", width, "");
  EXPECT_THAT(message_of<Error>([&] { VectorCells(scratch_ / "cells", other, ""); }), HasSubstr("not those of the segment"));
  for (const std::int64_t bytes : {std::int64_t{4}, std::int64_t{200}, written.file.bytes / 2, written.file.bytes - 1}) {
    std::filesystem::copy_file(scratch_ / "cells", scratch_ / "cut", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(scratch_ / "cut", static_cast<std::uintmax_t>(bytes));
    EXPECT_THROW(VectorCells(scratch_ / "cut", *segment_, ""), Error) << bytes;
  }
}

// The same within a page index.
class PageIndexCells : public testing::Test {
 protected:
  PageIndexCells() {
    PageWriter::create(directory(), {.most_vectors = 4, .vector_search = VectorSearch::approximate});
    PageWriter writer(directory(), nullptr);
    writer.use_encoder(encoder_, "encoder-1");
    for (std::uint64_t i = 0; i < 400; ++i) writer.add(prepared(random_page(i, 1 + static_cast<std::int64_t>(i % 6))));
    writer.commit();
  }
  const std::filesystem::path& directory() const { return scratch_.path(); }
  std::vector<CellsRow> rows() const { return read_cells(open_page_database(directory(), Database::Access::read)); }
  // The share of the exact pass's ten best pages that are found.
  double recall(const PageFilter& filter = {}) {
    PageReader reader(directory());
    const AllowedPages allowed = reader.allowed(filter);
    std::int64_t right = 0, all = 0;
    for (int i = 0; i < 20; ++i) {
      const QuantizedQuery query(encoder_.encode_query(fmt::format("word{} word{} word{}", i, 2 * i + 50, 199 - i)));
      const auto exact = reader.search_vectors(query, 10, allowed, true), found = reader.search_vectors(query, 10, allowed);
      EXPECT_EQ(found.size(), exact.size());
      all += static_cast<std::int64_t>(exact.size());
      for (const PageVectorHit& hit : found)
        right += std::any_of(exact.begin(), exact.end(),
                             [&](const PageVectorHit& other) { return other.page == hit.page && other.score == hit.score; });
    }
    return static_cast<double>(right) / static_cast<double>(all);
  }

  ScratchDirectory scratch_;
  HashPageEncoder encoder_;
};

TEST_F(PageIndexCells, AreMadeByACommitAndFollowTheirSegments) {
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_GE(rows()[0].recall_100, 0.95);
  EXPECT_GE(recall(), 0.9);
  PageWriter writer(directory(), &encoder_);
  for (std::uint64_t i = 400; i < 500; ++i) writer.add(prepared(random_page(i)));
  writer.commit();
  EXPECT_EQ(rows().size(), 2u);
  writer.compact();
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_GE(recall(), 0.9);
  const std::filesystem::directory_iterator files(directory() / segments_folder);
  EXPECT_EQ(std::distance(files, std::filesystem::directory_iterator()), 2) << "a segment and its cells; what they replaced is gone";
}

TEST_F(PageIndexCells, NeverFindRemovedPagesNorOthersThanTheFilterWants) {
  {
    PageWriter writer(directory(), &encoder_);
    for (std::uint64_t i = 0; i < 400; i += 3) EXPECT_TRUE(writer.remove("page-" + std::to_string(i)));
    writer.commit();
  }
  EXPECT_GE(recall(), 0.9);
  EXPECT_GE(recall({{"colour", "red"}}), 0.9);
  EXPECT_GE(recall({{"colour", "red"}, {"size", "1"}}), 0.9);
  PageReader reader(directory());
  const QuantizedQuery query(encoder_.encode_query("word1 word2"));
  EXPECT_EQ(reader.search_vectors(query, 1000).size(), 266u) << "all pages that are left";
}

TEST_F(PageIndexCells, CanBeSwitchedOffAndOn) {
  PageWriter writer(directory(), &encoder_);
  writer.set_vector_search(VectorSearch::exact);
  writer.commit();
  EXPECT_TRUE(rows().empty());
  EXPECT_EQ(recall(), 1.0);
  writer.set_vector_search(VectorSearch::automatic);
  writer.commit();
  EXPECT_TRUE(rows().empty()) << "so few vectors are compared one by one";
  writer.set_vector_search(VectorSearch::approximate);
  writer.commit();
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(PageIndexCells, AreFoundDamagedAndMadeAgain) {
  const CellsRow before = rows()[0];
  const std::filesystem::path path = segment_path(directory(), before.name);
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(-1, std::ios::end);
    file.put('\x5a');
  }
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("checksum"));
  EXPECT_THAT(check_page_index(directory()), testing::ElementsAre(HasSubstr(before.name)));
  EXPECT_EQ(PageWriter(directory(), &encoder_).repair().cells, 1);
  EXPECT_EQ(PageWriter(directory(), &encoder_).repair().cells, 0);
  EXPECT_THAT(check_page_index(directory()), testing::IsEmpty());
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].sha256, before.sha256) << "the same cells again";
  std::filesystem::remove(segment_path(directory(), rows()[0].name));
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("missing"));
  EXPECT_EQ(PageWriter(directory(), &encoder_).repair().cells, 1);
  EXPECT_GE(recall(), 0.9);
}

TEST_F(PageIndexCells, AreLearntAnewWithADamagedSegment) {
  const auto segment = read_segments(open_page_database(directory(), Database::Access::read)).front();
  std::filesystem::resize_file(segment_path(directory(), segment.name), 100);
  EXPECT_EQ(PageWriter(directory(), &encoder_).repair().segments, 1);
  EXPECT_EQ(rows().size(), 1u);
  EXPECT_GE(recall(), 0.9);
}

TEST_F(PageIndexCells, AreNotNeededByIndexesOfBefore) {
  {
    Database database = open_page_database(directory(), Database::Access::write);
    database.execute("DROP TABLE cells; DELETE FROM meta WHERE key = 'vector_search'");
  }
  EXPECT_EQ(recall(), 1.0);
  PageWriter writer(directory(), &encoder_);
  EXPECT_EQ(writer.state().settings.vector_search, VectorSearch::automatic);
  EXPECT_TRUE(writer.remove("page-7"));
  writer.commit();
  EXPECT_EQ(recall(), 1.0);
}

TEST(VectorSearchName, OthersAreRefused) {
  EXPECT_EQ(vector_search_of("exact"), VectorSearch::exact);
  EXPECT_THAT(message_of<UsageError>([] { vector_search_of("fast"); }), HasSubstr("'fast'"));
}

}  // namespace
}  // namespace fathom::index
