// fathom data as a user calls it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/cli/program_test.h"

namespace fathom::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DataCommand : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (IsSkipped()) return;
    std::string lines;
    for (int i = 0; i < 60; ++i) {
      const std::string eggs =
          "The farmer sold " + std::to_string(i * i) + " eggs at the market <b>&amp; came home on day " + std::to_string(i) + ".";
      lines += Json{{"text", i % 6 == 5 ? "All of this day is the same as another." : eggs}}.dump() + "\n";
    }
    write_file_atomically(scratch_ / "days.jsonl", lines);
    ASSERT_EQ(fathom("tokenizer train --input @days.jsonl --vocab-size 290 --out @tok").code, 0);
  }
};

TEST_F(DataCommand, PreparesInspectsAndCounts) {
  const ProgramResult prepared = fathom(
      "data prepare --input @days.jsonl --tokenizer @tok --out @prepared --set deduplicate.near=false --set validation.fraction=0.2");
  ASSERT_EQ(prepared.code, 0) << prepared.err;
  EXPECT_EQ(prepared.out, (scratch_ / "prepared").string() + "\n");
  EXPECT_THAT(prepared.err, AllOf(HasSubstr("exact_duplicate"), HasSubstr("kept"), HasSubstr("MB/s")));

  const ProgramResult inspected = fathom("data inspect @prepared --samples 2 --duplicates");
  ASSERT_EQ(inspected.code, 0) << inspected.err;
  EXPECT_THAT(inspected.out,
              AllOf(HasSubstr("The farmer sold"), HasSubstr("left out"), HasSubstr("days.jsonl:12"), HasSubstr("Documents by length")));
  const Json counts = Json::parse(fathom("data stats @prepared --json").out);
  EXPECT_EQ(counts["total"]["read"]["documents"], 60);
  EXPECT_EQ(counts["total"]["rejected"]["exact_duplicate"]["documents"], 9);
  EXPECT_EQ(counts["total"]["kept"]["documents"], 51);
  EXPECT_THAT(fathom("data stats @prepared").out, HasSubstr("exact_duplicate"));
  EXPECT_EQ(Json::parse(fathom("data inspect @prepared --json").out)["vocab_size"], 290);
  EXPECT_EQ(fathom("data inspect @prepared/train/shard-00000.safetensors --tokenizer @tok").code, 0);
  EXPECT_EQ(fathom("data inspect @prepared --verify").code, 0);

  const ProgramResult page = fathom("data inspect @prepared --html @look.html");
  ASSERT_EQ(page.code, 0) << page.err;
  const std::string html = read_file(scratch_ / "look.html");
  EXPECT_THAT(html, AllOf(HasSubstr("&lt;b&gt;&amp;amp; came home"), HasSubstr("exact_duplicate"), HasSubstr("prefers-color-scheme"),
                          Not(HasSubstr("<script")), Not(HasSubstr("http:")), Not(HasSubstr("https:"))));

  ASSERT_EQ(fathom("tokenizer train --input @days.jsonl --vocab-size 280 --out @other").code, 0);
  const ProgramResult other = fathom("data inspect @prepared --tokenizer @other");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("another tokenizer"));
}

TEST_F(DataCommand, ReadsARecipe) {
  write_file_atomically(scratch_ / "recipe.toml", "[sources.days]\npaths = [\"" + (scratch_ / "days.jsonl").string() +
                                                      "\"]\nrepeat = 2\n[tokenizer]\npath = \"" + (scratch_ / "tok").string() + "\"\n");
  const ProgramResult prepared = fathom("data prepare --config @recipe.toml --out @prepared --json --quiet --set validation.fraction=0");
  ASSERT_EQ(prepared.code, 0) << prepared.err;
  EXPECT_EQ(Json::parse(prepared.out)["sources"][0]["repeat"], 2.0);
  // The recipe beside the result makes the same result.
  ASSERT_EQ(fathom("data prepare --config @prepared/recipe.toml --out @again --quiet").code, 0);
  EXPECT_EQ(read_file(scratch_ / "prepared/manifest.json"), read_file(scratch_ / "again/manifest.json"));
  EXPECT_EQ(fathom("data prepare --config @prepared/recipe.toml --out @again --quiet --resume").code, 0);
}

TEST_F(DataCommand, SaysWhatIsWrong) {
  fails("data prepare --input @days.jsonl --out @x", 2, "--tokenizer");
  fails("data prepare --tokenizer @tok --out @x", 2, "no sources");
  fails("data prepare --input @days.jsonl --tokenizer @tok --out @x.safetensors", 2, "directory");
  fails("data prepare --input @absent.txt --tokenizer @tok --out @x", 1, "absent.txt");
  fails("data prepare --input @days.jsonl --tokenizer @tok --out @x --memory 3cows", 2, "512MiB");
  fails("data prepare --input @days.jsonl --tokenizer @tok --out @x --set fim.rate=0.1", 2, "<|fim_begin|>");
  fails("data prepare --input @days.jsonl --tokenizer @tok --out @x --set quality.enabled=true", 1, "0 documents left: 60 documents read");
  fails("data prepare --input @days.jsonl --tokenizer @tok --out @x --set deduplicate.nera=false", 2, "deduplicate.near");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "x"));
  fails("data inspect @absent", 1, "absent");
  fails("data stats @tok", 1, "manifest.json");
  fails("data prepare --input @days.jsonl --tokenizer @tok --out @tok", 2, "not empty");
}

}  // namespace
}  // namespace fathom::cli
