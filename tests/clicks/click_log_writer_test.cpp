#include "fathom/clicks/click_log_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/clicks/click_log_reader.h"
#include "tests/base/scratch_directory.h"
#include "tests/clicks/small_logs.h"

namespace fathom::clicks {
namespace {

using testing::HasSubstr;

std::vector<SearchRecord> read_all(const std::filesystem::path& path) {
  std::vector<SearchRecord> records;
  read_click_log(path, {}, [&](SearchRecord& record, const std::string&) { records.push_back(record); });
  return records;
}

TEST(ClickLogWriter, SearchesAndTheirClicksAreReadBack) {
  const ScratchDirectory scratch;
  {
    ClickLogWriter writer(scratch / "log.jsonl");
    writer.search(search("one", "a b"), "1");
    writer.search(search("two", "a b*"));
    writer.click("1", {{.page = "a", .dwell = 4}});
    writer.sync();
  }
  {
    ClickLogWriter writer(scratch / "log.jsonl");
    EXPECT_EQ(writer.removed_bytes(), 0);
    writer.search(search("three", "c"));
  }
  const auto records = read_all(scratch / "log.jsonl");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_TRUE(records[0].shown[0].clicked);
  EXPECT_EQ(records[0].shown[0].dwell, 4);
  EXPECT_EQ(records[2].query, "three");
}

TEST(ClickLogWriter, ATornLineIsRemoved) {
  const ScratchDirectory scratch;
  const std::string whole = search_line(search("whole", "a")) + "\n";
  for (const std::string& torn : {std::string("{\"query\":\"to"), std::string(200'000, 'x')}) {
    for (const std::string& before : {whole, std::string()}) {
      write_file_atomically(scratch / "log.jsonl", before + torn);
      ClickLogWriter writer(scratch / "log.jsonl");
      EXPECT_EQ(writer.removed_bytes(), static_cast<std::int64_t>(torn.size()));
      writer.search(search("next", "b"));
      EXPECT_EQ(read_file(scratch / "log.jsonl"), before + search_line(search("next", "b")) + "\n");
    }
  }
}

TEST(ClickLogWriter, ManyThreadsWriteWholeLines) {
  const ScratchDirectory scratch;
  constexpr int threads = 8, each = 200;
  {
    ClickLogWriter writer(scratch / "log.jsonl");
    std::vector<std::thread> people;
    for (int t = 0; t < threads; ++t)
      people.emplace_back([&writer, t] {
        for (int i = 0; i < each; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          writer.search(search("query " + id, "a b c"), id);
          writer.click(id, {{.page = "b"}});
        }
      });
    for (std::thread& person : people) person.join();
  }
  std::set<std::string> queries;
  for (const SearchRecord& record : read_all(scratch / "log.jsonl")) {
    queries.insert(record.query);
    EXPECT_TRUE(record.shown[1].clicked);
  }
  EXPECT_EQ(queries.size(), static_cast<std::size_t>(threads * each));
}

TEST(ClickLogWriter, WhatCannotBeReadBackIsNotWritten) {
  const ScratchDirectory scratch;
  ClickLogWriter writer(scratch / "log.jsonl");
  EXPECT_THROW(writer.search(search(" ", "a")), Error);
  EXPECT_THROW(writer.search(search("q\xFF", "a")), Error);
  EXPECT_THROW(writer.search(search("q", "a a")), Error);
  EXPECT_THROW(writer.click("", {{.page = "a"}}), Error);
  EXPECT_EQ(read_file(scratch / "log.jsonl"), "");
}

TEST(ClickLogWriter, OneWriterAtATime) {
  const ScratchDirectory scratch;
  const ClickLogWriter writer(scratch / "log.jsonl");
  EXPECT_THAT(message_of<Error>([&] { ClickLogWriter(scratch / "log.jsonl"); }), HasSubstr("another program is appending"));
  EXPECT_THAT(message_of<Error>([&] { ClickLogWriter(scratch / "no" / "log.jsonl"); }), HasSubstr("No such file"));
}

// A full disk, as the limit on a file's size shows it: the line that does not fit leaves nothing behind.
TEST(ClickLogWriter, AFullDiskLeavesWholeLines) {
  const ScratchDirectory scratch;
  const std::filesystem::path path = scratch / "log.jsonl";
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int code = 1;
    try {
      ClickLogWriter writer(path);
      for (int i = 0; i < 100; ++i) writer.search(search("query " + std::to_string(i), "a b*"));
    } catch (const Error& error) {
      code = std::string(error.what()).find("File too large") != std::string::npos ? 0 : 2;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const std::string text = read_file(path);
  EXPECT_TRUE(text.ends_with('\n'));
  EXPECT_GT(read_all(path).size(), 10U);
}

TEST(ClickLogWriter, AKillLeavesALogThatGoesOn) {
  const ScratchDirectory scratch;
  const std::filesystem::path path = scratch / "log.jsonl";
  std::size_t before = 0;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      ClickLogWriter writer(path);
      for (;;) writer.search(search(std::string(3000, 'q'), "a b*"));
    }
    ::usleep(static_cast<useconds_t>(500 + 700 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ClickLogWriter writer(path);
    writer.search(search("mark", "a"));
    const std::size_t now = read_all(path).size();
    EXPECT_GT(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace fathom::clicks
