#include "fathom/search/encoder_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/base/scratch_directory.h"

namespace fathom::search {
namespace {

using testing::HasSubstr;

class EncoderTrialTest : public testing::Test {
 protected:
  EncoderTrialTest() {
    std::ofstream pages(scratch_ / "pages.jsonl");
    for (int i = 0; i < 60; ++i)
      pages << OrderedJson{{"id", std::to_string(i)},
                           {"title", "River " + std::to_string(i)},
                           {"text", "The river runs to the sea. Ship " + std::to_string(i % 9) + " sails on it. The water is cold."}}
                   .dump()
            << "\n";
    pages.close();
    build("index", 8);
    build("other", 12);
    work_.threads = 1;
  }
  void build(const std::string& name, std::int64_t width) {
    IndexBuildOptions options;
    options.inputs = {(scratch_ / "pages.jsonl").string()};
    options.word_vectors.width = width;
    build_index(options, scratch_ / name);
  }
  std::filesystem::path index() const { return scratch_ / "index"; }
  std::string encoder() const { return (scratch_ / "other" / "encoder-1").string(); }
  index::PageIndexState state() const { return index::read_state(index::open_page_database(index(), index::Database::Access::read)); }

  ScratchDirectory scratch_;
  IndexWork work_;
};

TEST_F(EncoderTrialTest, SearchesGoOnAndSeeTheNewOneOnceItIsTaken) {
  Searcher searcher(index());
  const auto before = state();
  std::vector<std::string> steps;
  work_.step = [&](const std::string& step) {
    steps.push_back(step);
    EXPECT_FALSE(searcher.search({.query = "ship 3"}).hits.empty());
  };
  EncoderTrial trial(index(), encoder(), {}, work_);
  EXPECT_THAT(steps, testing::ElementsAre("copying the text", "encoding pages", "learning the ranking from pseudo queries"));
  EXPECT_EQ(state().fingerprint, before.fingerprint);
  EXPECT_THAT(message_of<Error>([&] { open_for_writing(index()); }), HasSubstr("another writer"));
  const auto hit = trial.tried().search({.query = "ship 3"}).hits.front().id;
  trial.take();
  EXPECT_EQ(state().fingerprint, trial.tried_fingerprint());
  EXPECT_EQ(state().generation, before.generation + 1);
  EXPECT_EQ(searcher.search({.query = "ship 3"}).hits.front().id, hit);
  EXPECT_EQ(Ranking::from_json(state().ranking, "here").to_json(), trial.ranking()->ranking.to_json());
}

TEST_F(EncoderTrialTest, LeavesNothingWhenItIsNotTaken) {
  const auto before = state();
  {
    const EncoderTrial trial(index(), encoder(), {}, work_);
  }
  EXPECT_EQ(state().generation, before.generation);
  EXPECT_FALSE(std::filesystem::exists(index() / ".encoder-trial"));
  EXPECT_NO_THROW(open_for_writing(index()));
}

TEST_F(EncoderTrialTest, KeepsTheOldStateWhenTheDiskIsFull) {
  const auto before = state();
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{20'000, 20'000};  // no file may grow beyond this: as a full disk
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      EncoderTrial(index(), encoder(), {}, work_).take();
    } catch (const Error&) {
      ::_exit(7);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(state().generation, before.generation);
  EXPECT_FALSE(std::filesystem::exists(index() / ".encoder-trial"));
  EXPECT_FALSE(Searcher(index()).search({.query = "ship 3"}).hits.empty());
}

}  // namespace
}  // namespace fathom::search
