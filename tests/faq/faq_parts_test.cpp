#include "fathom/faq/faq_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/index/sqlite.h"
#include "tests/faq/small_faq.h"

namespace fathom::faq {
namespace {

using ::testing::AllOf;
using testing::build_small;
using ::testing::HasSubstr;
using testing::write_text;

namespace fs = std::filesystem;

class FaqParts : public ::testing::Test {
 protected:
  FaqParts() : directory(build_small(scratch)) {
    // As many questions and words, so that only contents differ.
    std::string text = testing::small_faq;
    write_text(scratch / "other.jsonl", text.replace(text.find("Where can I rent a cheap car?"), 29, "How long do I have a visa for?"));
    build_faq(testing::options_for(scratch / "other.jsonl"), scratch / "other");
  }
  std::string opened(PartCheck check = PartCheck::quick) {
    return message_of<Error>([&] { FaqSearcher searcher(directory, check); });
  }
  void take_from_other(const std::string& part) {
    fs::copy(scratch / "other" / part, directory / part, fs::copy_options::overwrite_existing | fs::copy_options::recursive);
  }
  // Changes the file, opens the FAQ, and puts the file back.
  std::string after_change(const std::string& part, const std::string& from, const std::string& to) {
    const std::string whole = read_file(directory / part);
    std::string changed = whole;
    EXPECT_NE(changed.find(from), std::string::npos) << part;
    write_text(directory / part, changed.replace(changed.find(from), from.size(), to));
    const std::string message = opened();
    write_text(directory / part, whole);
    return message;
  }

  ScratchDirectory scratch;
  fs::path directory;
};

TEST_F(FaqParts, AWholeFaqOpens) {
  FaqSearcher quick(directory), full(directory, PartCheck::full);
  EXPECT_EQ(quick.size(), 5);
}

TEST_F(FaqParts, PartsOfAnotherFaqAreRefused) {
  for (const char* part : {"matcher/word-counts.tsv", "index.sqlite", "matcher"}) {
    take_from_other(part);
    EXPECT_THAT(opened(), AllOf(HasSubstr(directory.string()), HasSubstr("build the FAQ again"))) << part;
    directory = build_small(scratch);
  }
  // As many vectors of the same width.
  const fs::path vectors = directory / "generation-1" / "question-vectors.safetensors";
  const index::Int8Search own = index::Int8Search::open(vectors);
  const std::vector<float> ones(static_cast<std::size_t>(own.size() * own.width()), 1.0f);
  index::write_int8_vectors(vectors, index::quantize(ones.data(), own.size(), own.width()));
  EXPECT_THAT(opened(), HasSubstr("question-vectors.safetensors: this is not the file"));
}

TEST_F(FaqParts, ChangedPartsAreRefused) {
  EXPECT_THAT(after_change("matcher/word-counts.tsv", "\t1\n", "\t2\n"), HasSubstr("word-counts.tsv: this is not the file"));
  EXPECT_THAT(after_change("matcher/word-counts.tsv", "\t1\n", "\tx\n"), HasSubstr("a count is expected"));
  const std::string vocabulary = read_file(directory / "matcher/word-vectors/vocabulary.txt");
  const std::size_t first = vocabulary.find('\n'), second = vocabulary.find('\n', first + 1);
  EXPECT_THAT(after_change("matcher/word-vectors/vocabulary.txt", vocabulary.substr(0, second + 1),
                           vocabulary.substr(first + 1, second - first) + vocabulary.substr(0, first + 1)),
              HasSubstr("vocabulary.txt: this is not the file"));
  fs::remove(directory / "matcher/word-vectors/config.json");
  EXPECT_THAT(opened(), HasSubstr("config.json"));
}

TEST_F(FaqParts, NumbersOfTheConfigurationMustMakeSense) {
  EXPECT_THAT(after_change("matcher/config.json", "\"alignment\": 0.6", "\"alignment\": 1e300"), HasSubstr("'alignment' is 1e+300"));
  EXPECT_THAT(after_change("matcher/config.json", "\"alignment\": 0.6", "\"alignment\": -1"), HasSubstr("'alignment' is -1"));
  EXPECT_THAT(after_change("matcher/config.json", "\"alignment\": 0.6", "\"alignment\": NaN"), HasSubstr("not valid JSON"));
  EXPECT_THAT(after_change("matcher/config.json", "\"alignment\": 0.6", "\"alignment\": 1e999"), HasSubstr("not valid JSON"));
  EXPECT_THAT(after_change("matcher/config.json", "\"alignment\": 0.6", "\"alignment\": null"), HasSubstr("'alignment' must be a number"));
  EXPECT_THAT(after_change("matcher/config.json", "\"alignment\": 0.6", "\"alignment\": 0.7"),
              HasSubstr("config.json: this is not the file"));
}

TEST_F(FaqParts, ChangedWordsOfDocumentsAreNoticedByContent) {
  // Of a large file only samples are read on opening; the words of the documents are always read as a whole.
  const std::string digest = check_parts(directory, PartCheck::quick);
  const index::DocumentStore store(directory, faq_kind);
  auto words = store.all_words();
  EXPECT_EQ(digest_of_words(words), digest);
  std::swap(words[0], words[1]);
  EXPECT_NE(digest_of_words(words), digest);
  EXPECT_NE(digest_of_words({{1, 2}, {3}}), digest_of_words({{1}, {2, 3}}));
}

TEST_F(FaqParts, AFullCheckReadsWhatAQuickOneSamples) {
  // Larger than what is read as a whole, and changed between two samples.
  const fs::path large = directory / "generation-1" / "large.bin";
  std::string bytes(6 << 20, 'x');
  write_text(large, bytes);
  write_parts(directory, check_parts(directory, PartCheck::none));
  check_parts(directory, PartCheck::full);
  bytes[50'000] = 'y';
  write_text(large, bytes);
  check_parts(directory, PartCheck::quick);
  EXPECT_THAT(message_of<Error>([&] { check_parts(directory, PartCheck::full); }), HasSubstr("large.bin: this is not the file"));
  bytes[0] = 'y';
  write_text(large, bytes);
  EXPECT_THAT(message_of<Error>([&] { check_parts(directory, PartCheck::quick); }), HasSubstr("large.bin: this is not the file"));
  fs::remove(large);
  EXPECT_THAT(message_of<Error>([&] { check_parts(directory, PartCheck::quick); }), HasSubstr("large.bin: the file is missing"));
}

TEST_F(FaqParts, WithoutTheListOrOfAnotherVersionAFaqIsRefused) {
  EXPECT_THAT(after_change("faq.json", "\"format_version\": 2", "\"format_version\": 9"), HasSubstr("format version 9"));
  fs::remove(directory / "faq.json");
  EXPECT_THAT(opened(), HasSubstr("faq.json is missing"));
}

TEST_F(FaqParts, AMatcherIsTakenFromAWholeFaqOnly) {
  const std::string counts = read_file(directory / "matcher/word-counts.tsv");
  write_text(directory / "matcher/word-counts.tsv", counts + "zebra\t1\n");
  FaqBuildOptions options = testing::options_for(scratch / "other.jsonl");
  options.matcher = directory.string();
  EXPECT_THAT(message_of<Error>([&] { build_faq(options, scratch / "third"); }), HasSubstr("word-counts.tsv"));
  EXPECT_FALSE(fs::exists(scratch / "third"));
}

}  // namespace
}  // namespace fathom::faq
