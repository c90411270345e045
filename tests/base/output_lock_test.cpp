#include "fathom/base/output_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(OutputLock, RefusesASecondWriter) {
  const ScratchDirectory scratch;
  {
    const FileLock lock = lock_output(scratch / "out");
    // The same directory, named otherwise.
    const std::string message = message_of<Error>([&] { static_cast<void>(lock_output((scratch / "out").string() + "/")); });
    EXPECT_THAT(message, AllOf(HasSubstr("is being written by another run"), HasSubstr(std::to_string(::getpid()))));
    const FileLock other = lock_output(scratch / "other");
  }
  EXPECT_EQ(scratch.entries(), 0u);
  const FileLock again = lock_output(scratch / "out");
}

TEST(OutputLock, MakesMissingParents) {
  const ScratchDirectory scratch;
  const FileLock lock = lock_output(scratch / "a" / "b" / "out");
  EXPECT_TRUE(std::filesystem::is_directory(scratch / "a" / "b"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "a" / "b" / "out"));
}

TEST(OutputLock, WhatAKilledProcessLeftLocksNothing) {
  const ScratchDirectory scratch;
  std::ofstream(scratch / ".out.lock") << "4194304";
  const FileLock lock = lock_output(scratch / "out");
}

TEST(OutputLock, ADirectoryThatVanishedIsNoError) {
  const ScratchDirectory scratch;
  EXPECT_FALSE(FileLock::take(scratch / "gone" / "lock", scratch / "gone").has_value());
}

TEST(OutputLock, RemovesOnlyItsOwnFile) {
  const ScratchDirectory scratch;
  {
    const auto lock = FileLock::take(scratch / "lock", scratch / "out");
    ASSERT_TRUE(lock.has_value());
    std::filesystem::remove(scratch / "lock");
    std::ofstream(scratch / "lock") << "of another process";
  }
  EXPECT_TRUE(std::filesystem::exists(scratch / "lock"));
}

}  // namespace
}  // namespace fathom
