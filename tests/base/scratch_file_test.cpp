#include "fathom/base/scratch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

using testing::HasSubstr;

TEST(ScratchFile, GivesBackWhatWasWritten) {
  const ScratchDirectory directory;
  ScratchFile file(directory.path());
  file.append("one ", 4);
  file.append("two", 3);
  EXPECT_EQ(file.size(), 7u);
  char buffer[16];
  EXPECT_EQ(std::string(buffer, file.read_at(0, buffer, sizeof buffer)), "one two");
  EXPECT_EQ(std::string(buffer, file.read_at(4, buffer, 2)), "tw");
  EXPECT_EQ(file.read_at(7, buffer, sizeof buffer), 0u);
}

TEST(ScratchFile, LeavesNoName) {
  const ScratchDirectory directory;
  ScratchFile file(directory.path());
  file.append("x", 1);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  const ScratchFile moved = std::move(file);
  char byte = 0;
  EXPECT_EQ(moved.read_at(0, &byte, 1), 1u);
  EXPECT_EQ(byte, 'x');
}

TEST(ScratchFile, NamesADirectoryThatCannotBeUsed) {
  const ScratchDirectory directory;
  const auto absent = directory / "absent";
  EXPECT_THAT(message_of<Error>([&] { ScratchFile file(absent); }), HasSubstr(absent.string()));
  EXPECT_THAT(message_of<Error>([&] { ScratchMemory::in_file(1, absent); }), HasSubstr(absent.string()));
}

TEST(ScratchFile, AFullDiskIsAnError) {
  const ScratchDirectory directory;
  // No disk has this much: what would otherwise be a signal when the memory is written.
  EXPECT_THAT(message_of<Error>([&] { ScratchMemory::in_file(std::size_t{1} << 60, directory.path()); }), HasSubstr("cannot reserve"));
}

TEST(ScratchMemory, IsZeroAndKeepsWhatIsWritten) {
  const ScratchDirectory directory;
  constexpr std::size_t size = 100'000;
  for (const bool in_file : {false, true}) {
    ScratchMemory memory = in_file ? ScratchMemory::in_file(size, directory.path()) : ScratchMemory::in_memory(size);
    char* bytes = static_cast<char*>(memory.data());
    EXPECT_EQ(std::count(bytes, bytes + size, '\0'), static_cast<std::ptrdiff_t>(size));
    bytes[size - 1] = 'z';
    const ScratchMemory moved = std::move(memory);
    EXPECT_EQ(static_cast<char*>(moved.data())[size - 1], 'z');
  }
  EXPECT_EQ(ScratchMemory::in_memory(0).data(), nullptr);
  EXPECT_EQ(ScratchMemory::in_file(0, directory.path()).data(), nullptr);
}

}  // namespace
}  // namespace fathom
