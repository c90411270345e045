#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/base/scratch_directory.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

using testing::HasSubstr;

class DataCommandDuplicates : public testing::Test {
 protected:
  std::string store(const std::string& name, const std::vector<std::string>& texts) {
    std::string lines;
    for (const std::string& text : texts) lines += Json{{"text", text}}.dump() + "\n";
    write_file_atomically(scratch_ / name, lines);
    return scratch_ / name;
  }
  ScratchDirectory scratch_;
};

std::string story(int chapter) {
  std::string text;
  for (int i = 0; i < 120; ++i) text += "word" + std::to_string(chapter * 1000 + i) + " ";
  return text;
}

TEST_F(DataCommandDuplicates, ListsThem) {
  const std::string file = store("a.jsonl", {story(1), story(2), story(1) + "\n", story(2) + "Changed at the end."});
  const ProgramResult result = run_program({"data", "duplicates", "--input", file, "--quiet"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("exact  " + file + ":3  repeats  " + file + ":1"));
  EXPECT_THAT(result.out, HasSubstr(file + ":4  repeats  " + file + ":2"));
  EXPECT_THAT(result.out, HasSubstr("1 repeat an earlier one exactly, 1 nearly, 2 are new"));
  const ProgramResult exact = run_program({"data", "duplicates", "--input", file, "--quiet", "--exact", "--json"});
  EXPECT_THAT(exact.out, HasSubstr(R"({"documents":4,"exact":1,"near":0,"kept":3})"));
}

TEST_F(DataCommandDuplicates, RemembersEarlierRuns) {
  const std::string first = store("first.jsonl", {story(1), story(2)}), second = store("second.jsonl", {story(3), story(2)});
  const std::string saved = scratch_ / "signatures";
  EXPECT_EQ(run_program({"data", "duplicates", "--input", first, "--save", saved, "--quiet"}).code, 0);
  const ProgramResult against = run_program({"data", "duplicates", "--input", second, "--against", saved, "--json", "--quiet"});
  EXPECT_EQ(against.code, 0) << against.err;
  const Json line = Json::parse(against.out.substr(0, against.out.find('\n')));
  EXPECT_EQ(line["document"], second + ":2");
  EXPECT_EQ(line["duplicate_of"], first + ":2");
  EXPECT_EQ(line["kind"], "exact");
  EXPECT_EQ(line["store"], saved);
  // A store that is there is extended.
  const ProgramResult extended = run_program({"data", "duplicates", "--input", second, "--save", saved, "--quiet"});
  EXPECT_THAT(extended.out, HasSubstr("1 are new"));
  EXPECT_THAT(run_program({"data", "duplicates", "--input", second, "--save", saved, "--quiet"}).out, HasSubstr("0 are new"));
  const ProgramResult other =
      run_program({"data", "duplicates", "--input", second, "--against", saved, "--permutations", "256", "--quiet"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("permutations = 128, this run has 256"));
}

TEST_F(DataCommandDuplicates, RefusesWhatItCannotUse) {
  const std::string file = store("a.jsonl", {story(1)});
  const ProgramResult here = run_program({"data", "duplicates", "--input", file, "--save", scratch_.path(), "--quiet"});
  EXPECT_EQ(here.code, 1);
  EXPECT_THAT(here.err, HasSubstr("neither a signature store nor an empty directory"));
  EXPECT_THAT(run_program({"data", "duplicates", "--input", file, "--against", scratch_ / "none"}).err, HasSubstr("no signature store"));
  EXPECT_THAT(run_program({"data", "duplicates", "--input", file, "--text-field", "body"}).err, HasSubstr("'body' is missing"));
  EXPECT_THAT(run_program({"data", "duplicates", "--input", file, "--bands", "99"}).err, HasSubstr("99 bands of 6 rows"));
  EXPECT_EQ(run_program({"data", "duplicates"}).code, 2);
  // Nothing is left of a failed run.
  const ProgramResult broken = run_program({"data", "duplicates", "--input", file, scratch_ / "missing.jsonl", "--save", scratch_ / "new"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "new"));
}

}  // namespace
}  // namespace fathom::cli
