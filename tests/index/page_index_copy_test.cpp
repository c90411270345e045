// Another encoder tried on a copy of an index and taken over: in one commit, or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t page_count = 40;

class PageIndexCopy : public testing::Test {
 protected:
  PageIndexCopy() {
    PageWriter::create(scratch_.path(), {});
    PageWriter writer(scratch_.path(), nullptr);
    writer.use_encoder(narrow_, "encoder-1");
    for (std::uint64_t i = 0; i < page_count; ++i) writer.add(prepared(random_page(i)));
    writer.commit();
    writer.remove("page-7");
    writer.set_ranking("old");
    writer.commit();
  }
  std::filesystem::path copy() const { return scratch_ / ".encoder-trial"; }
  // The copy with vectors of `encoder` and the ranking "new".
  void fill_copy(PageWriter& writer, const PageEncoder& encoder, const std::string& folder) const {
    writer.copy_text(copy());
    PageWriter copied(copy(), nullptr);
    std::filesystem::create_directory(copy() / folder);
    copied.use_encoder(encoder, folder);
    copied.set_ranking("new");
    copied.commit();
  }
  static std::size_t found(PageReader& reader, const PageEncoder& encoder) {
    return reader.search_vectors(QuantizedQuery(encoder.encode_query("word3")), 1000).size();
  }

  ScratchDirectory scratch_;
  HashPageEncoder narrow_, wide_{32, "wide"};
};

TEST_F(PageIndexCopy, TakesEncoderVectorsAndRankingInOneCommit) {
  PageReader reader(scratch_.path());
  {
    PageWriter writer(scratch_.path(), nullptr);
    const std::int64_t before = writer.state().generation;
    fill_copy(writer, wide_, "encoder-2");
    EXPECT_FALSE(reader.refresh());  // trying changes nothing
    PageReader tried(copy());
    EXPECT_EQ(tried.all_pages(), reader.all_pages());
    EXPECT_EQ(tried.search_text(tried.text_query("word3")).size(), reader.search_text(reader.text_query("word3")).size());
    writer.adopt(copy(), wide_);
    EXPECT_EQ(writer.state().generation, before + 1);
    writer.add(prepared(random_page(100)));  // and the writer goes on, with the new encoder
    writer.commit();
  }
  EXPECT_EQ(reader.state().ranking, "old");
  EXPECT_EQ(found(reader, narrow_), page_count - 1);
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.state().ranking, "new");
  EXPECT_EQ(reader.state().encoder, "encoder-2");
  EXPECT_EQ(reader.state().width, 32);
  EXPECT_EQ(found(reader, wide_), page_count);
  EXPECT_FALSE(std::filesystem::exists(copy()));
  EXPECT_TRUE(std::filesystem::exists(scratch_ / "encoder-2"));
}

TEST_F(PageIndexCopy, RefusesCopiesOfAnotherState) {
  PageWriter writer(scratch_.path(), nullptr);
  fill_copy(writer, wide_, "encoder-2");
  EXPECT_THAT(message_of<Error>([&] { writer.adopt(copy(), narrow_); }), HasSubstr("another encoder"));
  writer.remove("page-1");
  EXPECT_THAT(message_of<Error>([&] { writer.adopt(copy(), wide_); }), HasSubstr("no copy of what is in"));
  EXPECT_THAT(message_of<Error>([&] { writer.copy_text(scratch_ / "other"); }), HasSubstr("only what is committed"));
  writer.commit();  // and with it the copy goes, which is of no more use
  EXPECT_FALSE(std::filesystem::exists(copy()));
}

TEST_F(PageIndexCopy, IsOldOrNewAfterAKillAtAnyMoment) {
  Rng rng(7);
  int rounds = 0, killed = 0, changed = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (; rounds < 60 && std::chrono::steady_clock::now() < end; ++rounds) {
    const bool to_wide = PageReader(scratch_.path()).state().width != wide_.width();
    const HashPageEncoder &now = to_wide ? narrow_ : wide_, &next = to_wide ? wide_ : narrow_;
    const auto change = [&] {
      PageWriter writer(scratch_.path(), nullptr);
      fill_copy(writer, next, "encoder-" + std::to_string(rounds + 2));
      writer.adopt(copy(), next);
    };
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        change();
      } catch (const std::exception&) {
        ::_exit(3);
      }
      ::_exit(0);
    }
    // From at once to well behind the end, so that some rounds of each kind are seen on any machine.
    ::usleep(static_cast<useconds_t>(rng.below(1000) * (1U << rng.below(10))));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    killed += WIFSIGNALED(status) ? 1 : 0;
    PageReader reader(scratch_.path());  // with every checksum compared
    const bool is_new = reader.state().fingerprint == next.fingerprint();
    ASSERT_TRUE(is_new || reader.state().fingerprint == now.fingerprint()) << rounds;
    ASSERT_EQ(found(reader, is_new ? next : now), page_count - 1) << rounds;
    changed += is_new ? 1 : 0;
  }
  {
    const PageWriter tidies_up(scratch_.path(), nullptr);
  }
  EXPECT_FALSE(std::filesystem::exists(copy()));
  const std::filesystem::directory_iterator segments(scratch_ / segments_folder);
  EXPECT_EQ(static_cast<std::size_t>(std::distance(segments, std::filesystem::directory_iterator())),
            PageReader(scratch_.path()).segments().size());
  EXPECT_GT(killed, 0);
  EXPECT_GT(changed, 0);
  EXPECT_LT(changed, rounds);
}

}  // namespace
}  // namespace fathom::index
