// An index that several processes have open at the same time, one of them with many connections.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <thread>

#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

// A second process that does to the index what it is told. It is made before this one opens a connection: SQLite's are not for children.
class OtherProcess {
 public:
  OtherProcess(const std::filesystem::path& directory, const PageEncoder& encoder) {
    EXPECT_EQ(::pipe(orders_.data()), 0);
    EXPECT_EQ(::pipe(reports_.data()), 0);
    process_ = ::fork();
    if (process_ != 0) {
      ::close(orders_[0]);
      ::close(reports_[1]);
      return;
    }
    ::close(orders_[1]);
    ::close(reports_[0]);
    std::uint64_t next = 1000;
    for (char order = 0; ::read(orders_[0], &order, 1) == 1;) {
      char report = 'y';
      try {
        if (order == 'a') {
          PageWriter writer(directory, &encoder);
          writer.add(prepared(random_page(next++)));
          writer.commit();
        } else {
          PageReader reader(directory);
          if (reader.all_pages().size() != static_cast<std::size_t>(reader.state().pages)) report = 'n';
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "the other process: %s\n", error.what());
        report = 'n';
      }
      if (::write(reports_[1], &report, 1) != 1) break;
    }
    ::_exit(0);
  }
  ~OtherProcess() {
    ::close(orders_[1]);
    ::waitpid(process_, nullptr, 0);
    ::close(reports_[0]);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  bool adds_a_page() { return does('a'); }
  bool reads() { return does('r'); }

 private:
  bool does(char order) {
    char report = 'n';
    return ::write(orders_[1], &order, 1) == 1 && ::read(reports_[0], &report, 1) == 1 && report == 'y';
  }
  std::array<int, 2> orders_{}, reports_{};
  pid_t process_ = -1;
};

TEST(PageIndexProcesses, ReadersAndWritersOfTwoProcessesKeepTheIndexWhole) {
  const ScratchDirectory scratch;
  const HashPageEncoder encoder;
  PageWriter::create(scratch.path(), {});
  {
    PageWriter writer(scratch.path(), nullptr);
    writer.use_encoder(encoder, "encoder-1");
    for (std::uint64_t i = 0; i < 30; ++i) writer.add(prepared(random_page(i)));
    writer.commit();
  }
  OtherProcess other(scratch.path(), encoder);
  std::vector<std::unique_ptr<PageReader>> readers(6);
  std::int64_t pages = 30;
  for (std::uint64_t round = 0; round < 40; ++round) {
    // Connections come and go while others stay, as in a server.
    std::vector<std::thread> searches;
    for (std::size_t r = 0; r < readers.size(); ++r) {
      searches.emplace_back([&, r] {
        try {
          if (readers[r] == nullptr || (round + r) % 5 == 0) readers[r] = std::make_unique<PageReader>(scratch.path());
          readers[r]->refresh();
          EXPECT_EQ(readers[r]->state().pages, pages) << "round " << round;
          EXPECT_EQ(readers[r]->all_pages().size(), static_cast<std::size_t>(pages));
          readers[r]->search_vectors(QuantizedQuery(encoder.encode_query("word3 word4")), 20);
          if (r % 2 == 0) readers[r]->release();  // the others keep an old state
        } catch (const std::exception& error) {
          ADD_FAILURE() << "round " << round << ": " << error.what();
        }
      });
    }
    for (std::thread& search : searches) search.join();
    ASSERT_TRUE(other.reads()) << "round " << round;
    {
      PageWriter writer(scratch.path(), &encoder);
      writer.add(prepared(random_page(100 + round)));
      writer.commit();
    }
    ASSERT_TRUE(other.reads()) << "round " << round;
    ASSERT_TRUE(other.adds_a_page()) << "round " << round;
    pages += 2;
    if (testing::Test::HasFailure()) return;
  }
  readers.clear();
  ASSERT_TRUE(other.reads());
  const Database database = open_page_database(scratch.path(), Database::Access::read);
  Statement check(database, "PRAGMA integrity_check");
  ASSERT_TRUE(check.step());
  EXPECT_EQ(check.text(0), "ok");
}

}  // namespace
}  // namespace fathom::index
