#include "fathom/pages/encoder_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/pages/click_page_encoder.h"

namespace fathom::pages {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path fresh(const char* name) {
  const fs::path directory = fs::path(testing::TempDir()) / name;
  fs::remove_all(directory);
  fs::create_directories(directory);
  return directory;
}

std::string load_message(const fs::path& directory) {
  try {
    ClickPageEncoder::load(directory);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(EncoderVocabulary, RareWordsShareTheRowsOfTheirParts) {
  const EncoderVocabulary vocabulary({"the", "snow"}, {9, 4}, 100'000);
  EXPECT_EQ(vocabulary.find("snow"), 1);
  EXPECT_EQ(vocabulary.find("sleet"), -1);
  const auto rows = vocabulary.ngram_rows("glacier"), similar = vocabulary.ngram_rows("glaciers");
  EXPECT_EQ(rows, vocabulary.ngram_rows("glacier"));
  std::size_t shared = 0;
  for (const auto row : rows) shared += static_cast<std::size_t>(std::count(similar.begin(), similar.end(), row) > 0);
  EXPECT_GT(shared, rows.size() / 2);
  for (const auto row : rows) EXPECT_THAT(row, testing::AllOf(testing::Ge(2), testing::Lt(100'002)));
  // <a>: the whole alone; é is one character.
  EXPECT_EQ(vocabulary.ngram_rows("a").size(), 1U);
  EXPECT_EQ(vocabulary.ngram_rows("é").size(), 1U);
}

TEST(EncoderVocabulary, ComesBackFromItsFile) {
  const fs::path directory = fresh("vocabulary");
  EncoderVocabulary({"the", "snow"}, {9, 4}, 10).save(directory);
  const EncoderVocabulary read = EncoderVocabulary::load(directory, 10);
  EXPECT_THAT(read.words(), testing::ElementsAre("the", "snow"));
  EXPECT_THAT(read.counts(), testing::ElementsAre(9, 4));
  write_file_atomically(directory / "vocabulary.txt", "the 9\nsnow\n");
  EXPECT_THAT([&] { EncoderVocabulary::load(directory, 10); }, testing::ThrowsMessage<Error>(HasSubstr("vocabulary.txt:2")));
  write_file_atomically(directory / "vocabulary.txt", "the 9\nthe 4\n");
  EXPECT_THAT([&] { EncoderVocabulary::load(directory, 10); }, testing::ThrowsMessage<Error>(HasSubstr("given twice")));
}

TEST(EncoderVocabulary, ReadsWordsWithoutPunctuation) {
  EXPECT_THAT(encoder_words("Mont Blanc's top: 4,806 m!", 100), testing::ElementsAre("mont", "blanc", "'s", "top", "4,806", "m"));
  EXPECT_EQ(encoder_words("a b c d", 2).size(), 2U);
  EXPECT_TRUE(encoder_words("…", 2).empty());
}

TEST(EncoderConfig, RefusesWhatItDoesNotFit) {
  const fs::path directory = fresh("config");
  const auto with = [&](const char* key, const OrderedJson& value) {
    EncoderConfig config;
    OrderedJson json = config.to_json();
    json[key] = value;
    write_file_atomically(directory / "config.json", json.dump());
    return load_message(directory);
  };
  EXPECT_THAT(with("model_type", "llama"), HasSubstr("fathom_page_encoder"));
  EXPECT_THAT(with("format_version", 99), HasSubstr("format_version is 99"));
  EXPECT_THAT(with("width", 20), HasSubstr("multiple"));
  EXPECT_THAT(with("form", "many"), HasSubstr("no form of a page 'many'"));
  EXPECT_THAT(with("heads", 0), HasSubstr("heads"));
  EXPECT_THAT(with("width", 128), HasSubstr("vocabulary.txt"));  // the config is right, the next file is missing
}

TEST(EncoderConfig, LatePositionsShareTheirRow) {
  EXPECT_EQ(position_bucket(0), 0);
  EXPECT_EQ(position_bucket(7), 7);
  EXPECT_EQ(position_bucket(8), 8);
  EXPECT_EQ(position_bucket(15), 8);
  EXPECT_EQ(position_bucket(16), 9);
  EXPECT_EQ(position_bucket(std::int64_t{1} << 40), position_buckets - 1);
}

}  // namespace
}  // namespace fathom::pages
