#include "fathom/data/prepare/journal.h"

#include <gtest/gtest.h>

#include <vector>

#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

std::vector<int> entries_of(const std::filesystem::path& path) {
  std::vector<int> entries;
  Journal(path, [&](const Json& entry) { entries.push_back(entry["n"].get<int>()); });
  return entries;
}

TEST(Journal, KeepsWholeLinesWhereverItIsCut) {
  const ScratchDirectory scratch;
  {
    Journal journal(scratch / "journal", [](const Json&) {});
    EXPECT_TRUE(journal.empty());
    for (int n = 0; n < 3; ++n) journal.append({{"n", n}, {"text", "line\nbreak"}});
  }
  const std::string whole = read_file(scratch / "journal");
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file_atomically(scratch / "cut", std::string_view(whole).substr(0, size));
    const auto lines = static_cast<std::size_t>(std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    EXPECT_EQ(entries_of(scratch / "cut").size(), lines);
    // What follows stands behind the last whole line.
    Journal(scratch / "cut", [](const Json&) {}).append({{"n", 9}});
    const std::vector<int> entries = entries_of(scratch / "cut");
    ASSERT_EQ(entries.size(), lines + 1);
    EXPECT_EQ(entries.back(), 9);
  }
}

TEST(Journal, ADamagedLineIsAnError) {
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "journal", "{\"n\": 1}\n{\"n\"\n{\"n\": 2}\n");
  EXPECT_NE(message_of<Error>([&] { entries_of(scratch / "journal"); }).find("journal:2"), std::string::npos);
}

}  // namespace
}  // namespace fathom::data
