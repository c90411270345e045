#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

using testing::HasSubstr;

void store(const std::filesystem::path& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// Writing beyond `bytes` fails while this lives, as on a full disk: the closest thing that needs no privilege.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    previous_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &previous_);
    ::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit previous_{};
  void (*previous_handler_)(int);
};

TEST(AtomicFileTest, AppearsOnCommitOnly) {
  ScratchDirectory scratch;
  const auto path = scratch / "out.bin";
  const std::string large(3 << 20, 'x');
  {
    AtomicFile file(path);
    file.write("head ");
    file.write(large);
    file.write(large.data(), 7);
    EXPECT_FALSE(std::filesystem::exists(path));
    file.commit();
    EXPECT_THROW(file.write("more"), Error);
    EXPECT_THROW(file.commit(), Error);
  }
  EXPECT_EQ(read_file(path), "head " + large + std::string(7, 'x'));
  EXPECT_EQ(scratch.entries(), 1u);
}

TEST(AtomicFileTest, NothingRemainsWithoutCommit) {
  ScratchDirectory scratch;
  const auto path = scratch / "out.txt";
  store(path, "before");
  {
    AtomicFile file(path);
    file.write(std::string(2 << 20, 'x'));
  }
  EXPECT_EQ(read_file(path), "before");
  EXPECT_EQ(scratch.entries(), 1u);
}

TEST(AtomicFileTest, ReplacesAndKeepsUsualPermissions) {
  ScratchDirectory scratch;
  const auto path = scratch / "out.txt";
  store(path, "before");
  const auto usual = std::filesystem::status(path).permissions();
  write_file_atomically(path, "after");
  EXPECT_EQ(read_file(path), "after");
  EXPECT_EQ(std::filesystem::status(path).permissions(), usual);
}

TEST(AtomicFileTest, TwoWritersDoNotMix) {
  ScratchDirectory scratch;
  const auto path = scratch / "out.txt";
  AtomicFile first(path), second(path);
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(read_file(path), "first");
  EXPECT_EQ(scratch.entries(), 1u);
}

TEST(AtomicFileTest, NamesWhatCannotBeWritten) {
  ScratchDirectory scratch;
  EXPECT_THAT(message_of<Error>([&] { AtomicFile(scratch / "no/such/out.txt"); }), HasSubstr("does not exist"));
  EXPECT_THAT(message_of<Error>([&] { AtomicFile file(scratch.path()); }), HasSubstr("a directory has that name"));
}

TEST(AtomicFileTest, FullDeviceIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  EXPECT_THAT(message_of<Error>([] { write_file_atomically("/dev/full", "text"); }),
              testing::AllOf(HasSubstr("/dev/full"), HasSubstr("No space left on device")));
}

TEST(AtomicFileTest, DevicesAreNotReplaced) {
  write_file_atomically("/dev/null", "text");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFileTest, AFailedWriteLeavesTheEarlierFile) {
  ScratchDirectory scratch;
  const auto path = scratch / "out.txt";
  store(path, "before");
  {
    const FileSizeLimit limit(1 << 20);
    EXPECT_THAT(message_of<Error>([&] { write_file_atomically(path, std::string(5 << 20, 'x')); }),
                testing::AllOf(HasSubstr("cannot write"), HasSubstr(path.string())));
  }
  EXPECT_EQ(read_file(path), "before");
  EXPECT_EQ(scratch.entries(), 1u);
}

// A real file system of 1 MiB, where the test may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

TEST(AtomicFileTest, AFullDiskLeavesNothingHalfWritten) {
  ScratchDirectory scratch;
  const SmallDisk disk(scratch / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs privileges";
  const auto path = scratch / "disk" / "out.txt";
  write_file_atomically(path, "before");
  EXPECT_THAT(message_of<Error>([&] { write_file_atomically(path, std::string(2 << 20, 'x')); }), HasSubstr("No space left on device"));
  EXPECT_EQ(read_file(path), "before");

  const auto model = scratch / "disk" / "model";
  EXPECT_THROW(
      {
        AtomicDirectory directory(model);
        write_file_atomically(directory.path() / "config.json", "{}");
        write_file_atomically(directory.path() / "model.safetensors", std::string(2 << 20, 'x'));
        directory.commit();
      },
      Error);
  EXPECT_FALSE(std::filesystem::exists(model));
  const std::filesystem::directory_iterator begin(scratch / "disk");
  EXPECT_EQ(std::distance(begin, std::filesystem::directory_iterator()), 1);
}

TEST(AtomicDirectoryTest, AppearsOnCommitOnly) {
  ScratchDirectory scratch;
  const auto target = scratch / "runs" / "model";  // the parent does not exist yet
  {
    AtomicDirectory directory(target);
    store(directory.path() / "config.json", "{}");
    EXPECT_FALSE(std::filesystem::exists(target));
    directory.commit();
    EXPECT_THROW(directory.commit(), Error);
  }
  EXPECT_EQ(read_file(target / "config.json"), "{}");
}

TEST(AtomicDirectoryTest, NothingRemainsWithoutCommit) {
  ScratchDirectory scratch;
  {
    AtomicDirectory directory(scratch / "model");
    store(directory.path() / "config.json", "{}");
  }
  EXPECT_EQ(scratch.entries(), 0u);
}

TEST(AtomicDirectoryTest, ReplacesTheEarlierOneWhole) {
  ScratchDirectory scratch;
  const auto target = scratch / "model/";  // a slash at the end changes nothing
  std::filesystem::create_directories(target / "trainer");
  store(target / "old.txt", "old");
  {
    AtomicDirectory directory(target);
    std::filesystem::create_directory(directory.path() / "trainer");
    store(directory.path() / "trainer/new.txt", "new");
    EXPECT_EQ(read_file(target / "old.txt"), "old");
    directory.commit();
  }
  EXPECT_FALSE(std::filesystem::exists(target / "old.txt"));
  EXPECT_EQ(read_file(target / "trainer/new.txt"), "new");
  EXPECT_EQ(scratch.entries(), 1u);
}

TEST(AtomicDirectoryTest, DoesNotReplaceAFile) {
  ScratchDirectory scratch;
  store(scratch / "model", "a file");
  EXPECT_THAT(message_of<Error>([&] { AtomicDirectory directory(scratch / "model"); }), HasSubstr("a file has that name"));
}

TEST(AtomicDirectoryTest, DoesNotReplaceWhereTheUserStands) {
  const auto before = std::filesystem::current_path();
  ScratchDirectory scratch;
  std::filesystem::create_directories(scratch / "project" / "inner");
  std::filesystem::current_path(scratch / "project" / "inner");
  for (const char* target : {".", "..", "../", "../../project"}) {
    EXPECT_THAT(message_of<Error>([&] { AtomicDirectory directory(target); }), HasSubstr("refusing to replace")) << target;
  }
  AtomicDirectory beside("../other");
  beside.commit();
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::is_directory(scratch / "project" / "other"));
}

}  // namespace
}  // namespace fathom
