// What goes wrong with a page index: damage, other versions and encoders, two writers, a full disk, a kill at any moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "fathom/index/document_store.h"
#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

using testing::HasSubstr;

class PageIndexFaults : public testing::Test {
 protected:
  PageIndexFaults() {
    PageWriter::create(directory(), {});
    PageWriter writer(directory(), nullptr);
    writer.use_encoder(encoder_, "encoder-1");
    for (std::uint64_t i = 0; i < 30; ++i) writer.add(prepared(random_page(i)));
    writer.commit();
  }
  const std::filesystem::path& directory() const { return scratch_.path(); }
  std::filesystem::path segment() const {
    return segment_path(directory(), read_segments(open_page_database(directory(), Database::Access::read)).front().name);
  }
  static void flip_last_byte(const std::filesystem::path& path) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(-1, std::ios::end);
    const char last = static_cast<char>(file.get());
    file.seekp(-1, std::ios::end);
    file.put(static_cast<char>(last ^ 1));
  }
  std::vector<PageVectorHit> hits() {
    PageReader reader(directory());
    return reader.search_vectors(QuantizedQuery(encoder_.encode_query("word3 word4")), 10);
  }

  ScratchDirectory scratch_;
  HashPageEncoder encoder_;
};

TEST_F(PageIndexFaults, FindsAndRepairsADamagedSegment) {
  const auto before = hits();
  flip_last_byte(segment());
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("checksum"));
  EXPECT_NO_THROW(PageReader(directory(), {.verify = false}));
  PageWriter writer(directory(), &encoder_);
  EXPECT_EQ(writer.repair().segments, 1);
  EXPECT_EQ(writer.repair().segments, 0);
  const auto after = hits();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].page, before[i].page);
    EXPECT_EQ(after[i].score, before[i].score);
  }
}

TEST_F(PageIndexFaults, RepairsAMissingAndATruncatedSegment) {
  const auto before = hits();
  std::filesystem::resize_file(segment(), 100);
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("repair"));
  PageWriter(directory(), &encoder_).repair();
  std::filesystem::remove(segment());
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("missing"));
  PageWriter(directory(), &encoder_).repair();
  EXPECT_EQ(hits().size(), before.size());
}

TEST_F(PageIndexFaults, CompactionMakesDamagedSegmentsAgain) {
  const auto before = hits();
  flip_last_byte(segment());
  PageWriter(directory(), &encoder_).compact();
  EXPECT_EQ(hits().front().page, before.front().page);
}

TEST_F(PageIndexFaults, RefusesOtherEncodersVersionsAndKinds) {
  const HashPageEncoder other(16, "other");
  EXPECT_THAT(message_of<Error>([&] { PageWriter writer(directory(), &other); }), HasSubstr("another encoder"));
  EXPECT_THAT(message_of<Error>([&] { DocumentStore store(directory(), "faq"); }), HasSubstr("'pages', but 'faq' is needed"));
  {
    Database database = Database::open_shared(directory() / store_file, Database::Access::write);
    database.execute("UPDATE meta SET value = '9' WHERE key = 'version'");
  }
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("format version 9"));
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(scratch_ / "nowhere"); }), HasSubstr("no such index directory"));
  std::ofstream(scratch_ / store_file) << "not a database at all";
  EXPECT_THAT(message_of<Error>([&] { PageReader reader(directory()); }), HasSubstr("no SQLite database"));
}

TEST_F(PageIndexFaults, RefusesASecondWriter) {
  const PageWriter first(directory(), &encoder_);
  EXPECT_THAT(message_of<Error>([&] { PageWriter second(directory(), &encoder_); }), HasSubstr("another writer"));
}

TEST_F(PageIndexFaults, ReplacesTheEncoderInOneCommit) {
  PageReader reader(directory());
  const HashPageEncoder wider(32, "wider");
  {
    PageWriter writer(directory(), &encoder_);
    std::filesystem::create_directory(scratch_ / "encoder-2");
    writer.use_encoder(wider, "encoder-2");
    writer.remove("page-3");
    writer.commit();
  }
  EXPECT_EQ(reader.state().width, 16);
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.state().width, 32);
  EXPECT_EQ(reader.state().fingerprint, wider.fingerprint());
  EXPECT_EQ(reader.search_vectors(QuantizedQuery(wider.encode_query("word3")), 100).size(), 29U);
}

TEST_F(PageIndexFaults, KeepsTheOldStateWhenTheDiskIsFull) {
  const auto before = hits();
  const pid_t child = ::fork();
  if (child == 0) {
    // No file may grow beyond what the database has now: as a full disk, at every later write.
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{40'000, 40'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      PageWriter writer(directory(), &encoder_);
      for (std::uint64_t i = 100; i < 900; ++i) writer.add(prepared(random_page(i, 20)));
      writer.commit();
    } catch (const Error&) {
      ::_exit(7);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  const auto after = hits();
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after.front().page, before.front().page);
  PageWriter writer(directory(), &encoder_);
  writer.add(prepared(random_page(100)));
  writer.commit();
  EXPECT_EQ(writer.state().pages, 31);
}

TEST_F(PageIndexFaults, ReadersGoOnWhileAWriterChangesThings) {
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0, searches = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      try {
        PageReader reader(directory());
        const QuantizedQuery query(encoder_.encode_query("word3 word4"));
        while (!done) {
          reader.refresh();
          // Text and vectors of one state: each page that a half finds is there.
          for (const auto& hit : reader.search_vectors(query, 20)) reader.page(hit.page);
          for (const auto& hit : reader.search_text(reader.text_query("word3 word4"))) reader.page(hit.document);
          if (reader.all_pages().size() != static_cast<std::size_t>(reader.state().pages)) ++wrong;
          ++searches;
        }
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
  {
    PageWriter writer(directory(), &encoder_);
    for (std::uint64_t round = 0; round < 25; ++round) {
      for (std::uint64_t i = 0; i < 5; ++i) writer.add(prepared(random_page((7 * round + i) % 60, 3, round)));
      writer.remove("page-" + std::to_string(round % 60));
      writer.commit();
      if (round % 5 == 4) writer.compact();
    }
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(searches, 0);
}

// What a state says of itself: every page's hash.
std::string digest(PageReader& reader) {
  Sha256 hash;
  for (const std::int64_t number : reader.all_pages()) hash.update(reader.id(number) + " " + reader.hash(number) + "\n");
  return hash.finish();
}

TEST_F(PageIndexFaults, IsOldOrNewAfterAKillAtAnyMoment) {
  // A child goes through a fixed sequence of commits and says through a pipe which one it begins; its state after each is known, as
  // the parent goes through the same on a copy.
  const auto change = [&](PageWriter& writer, std::uint64_t round) {
    Rng rng(5, round);
    if (round % 7 == 6) return writer.compact();
    const std::uint64_t added = 1 + rng.below(6), removed = rng.below(3);
    for (std::uint64_t i = 0; i < added; ++i) writer.add(prepared(random_page(40 * round + i, 4, round)));
    for (std::uint64_t i = 0; i < removed; ++i) writer.remove("page-" + std::to_string(rng.below(30)));
    writer.commit();
  };
  const auto count_of = [](PageReader& reader) { return reader.state().generation; };
  Rng rng(99);
  int killed_inside = 0, reached_new = 0, rounds = 0;
  std::string before;
  {
    PageReader reader(directory());
    before = digest(reader);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (; rounds < 300 && std::chrono::steady_clock::now() < end; ++rounds) {
    const auto round = static_cast<std::uint64_t>(rounds);
    // The same change on a copy: the state that the commit leads to.
    const ScratchDirectory copy;
    std::filesystem::copy(directory(), copy.path(), std::filesystem::copy_options::recursive);
    std::string after;
    std::int64_t took = 0;
    {
      const auto begin = std::chrono::steady_clock::now();
      PageWriter writer(copy.path(), &encoder_);
      change(writer, round);
      took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
    }
    std::int64_t generation_after = 0;
    {
      PageReader reader(copy.path());
      after = digest(reader);
      generation_after = count_of(reader);
    }
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        PageWriter writer(directory(), &encoder_);
        change(writer, round);
      } catch (const std::exception&) {
        ::_exit(3);
      }
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(rng.below(static_cast<std::uint64_t>(2 * took) + 1)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    if (WIFSIGNALED(status)) ++killed_inside;

    PageReader reader(directory());  // with every checksum compared
    const std::string now = digest(reader);
    ASSERT_TRUE(now == before || now == after) << "round " << rounds;
    if (count_of(reader) == generation_after) {
      ASSERT_EQ(now, after) << "round " << rounds;
    }
    // Text and vectors belong together: each page has its vectors, and no vector is of a page that is gone.
    const auto pages = reader.all_pages();
    ASSERT_EQ(pages.size(), static_cast<std::size_t>(reader.state().pages));
    const auto found = reader.search_vectors(QuantizedQuery(encoder_.encode_query("word3 word4")), 100'000);
    ASSERT_EQ(found.size(), pages.size()) << "round " << rounds;
    if (now == after) ++reached_new;
    before = now;
  }
  // The next writer tidies up: only segments that the commit names are left.
  {
    const PageWriter writer(directory(), &encoder_);
  }
  PageReader reader(directory());
  const std::filesystem::directory_iterator begin(scratch_ / segments_folder);
  EXPECT_EQ(static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator())), reader.segments().size());
  RecordProperty("rounds", rounds);
  RecordProperty("killed_inside", killed_inside);
  RecordProperty("reached_new", reached_new);
  EXPECT_GT(killed_inside, rounds / 4);
  EXPECT_GT(reached_new, 0);
  EXPECT_LT(reached_new, rounds);
}

}  // namespace
}  // namespace fathom::index
