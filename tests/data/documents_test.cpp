#include "fathom/data/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/gzip.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class DocumentsTest : public testing::Test {
 protected:
  std::filesystem::path store(const std::string& name, std::string_view bytes) {
    std::filesystem::create_directories((scratch_ / name).parent_path());
    write_file_atomically(scratch_ / name, bytes);
    return scratch_ / name;
  }
  std::vector<std::string> documents(const std::filesystem::path& path, const DocumentOptions& options = {}) {
    std::vector<std::string> result;
    for_each_document(path, options, [&](std::string_view document) { result.emplace_back(document); });
    return result;
  }
  std::string refusal(const std::filesystem::path& path) {
    return message_of<Error>([&] { documents(path); });
  }
  ScratchDirectory scratch_;
};

TEST_F(DocumentsTest, APlainTextFileIsOneDocument) {
  EXPECT_THAT(documents(store("a.txt", "one\n\ntwo\n")), ElementsAre("one\n\ntwo\n"));
  EXPECT_THAT(documents(store("b.txt", "\xEF\xBB\xBFtext")), ElementsAre("text"));
}

TEST_F(DocumentsTest, LongTextIsCutAtParagraphs) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "paragraph " + std::to_string(i) + "\nhas two lines\n\n";
  const std::vector<std::string> pieces = documents(store("a.txt", text), {.max_document_bytes = 100});
  EXPECT_GT(pieces.size(), 3u);
  std::string joined;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), 100u);
    EXPECT_TRUE(piece.starts_with("paragraph")) << piece;
    joined += piece;
  }
  EXPECT_EQ(joined, text);
}

TEST_F(DocumentsTest, CharactersAreNeverCut) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "你";
  std::string joined;
  for (const std::string& piece : documents(store("a.txt", text), {.max_document_bytes = 31})) {
    EXPECT_EQ(piece.size() % 3, 0u);
    joined += piece;
  }
  EXPECT_EQ(joined, text);
}

TEST_F(DocumentsTest, RecordsOfJsonLinesAndLists) {
  EXPECT_THAT(documents(store("a.jsonl", "{\"text\": \"one\"}\n\n{\"text\": \"  \"}\n{\"text\": \"two\\nlines\"}\r\n")),
              ElementsAre("one", "two\nlines"));
  EXPECT_THAT(documents(store("b.json", "[{\"text\": \"one\"},\n {\"text\": \"two\"}]\n")), ElementsAre("one", "two"));
  EXPECT_THAT(documents(store("c.jsonl", R"({"body": "x"})"), {.text_field = "body"}), ElementsAre("x"));
  EXPECT_THAT(documents(store("d.jsonl.gz", gzip(R"({"text": "packed"})"))), ElementsAre("packed"));
}

TEST_F(DocumentsTest, DirectoriesAreWalkedInNameOrder) {
  store("corpus/b.txt", "second");
  store("corpus/a/z.txt", "first");
  store("corpus/c.jsonl", R"({"text": "third"})");
  store("corpus/.hidden", "never");
  EXPECT_THAT(documents(scratch_ / "corpus"), ElementsAre("first", "second", "third"));
  std::filesystem::create_directories(scratch_ / "nothing");
  EXPECT_THAT(refusal(scratch_ / "nothing"), HasSubstr("holds no files"));
}

TEST_F(DocumentsTest, HiddenDirectoriesAndPreparedCorporaAreNoInput) {
  store("in/a.txt", "a");
  store("in/.git/config", "hidden");
  store("in/.hidden.txt", "hidden");
  store("in/running/.work/lock", "1234");
  store("in/done/manifest.json", "{}");
  store("in/done/train/shard.txt", "tokens");
  std::filesystem::create_directory_symlink("..", scratch_ / "in/upwards");
  EXPECT_THAT(documents(scratch_ / "in"), ElementsAre("a"));
  // What cannot be read is not passed over in silence.
  std::filesystem::create_symlink("loop", scratch_ / "in/loop");
  EXPECT_THAT(refusal(scratch_ / "in"), HasSubstr("loop"));
}

TEST_F(DocumentsTest, WhatHasNoTextIsTold) {
  std::vector<std::string> blank;
  DocumentOptions options;
  options.report_blank = [&](const DocumentPlace& place) { blank.push_back(place.describe()); };
  const auto records = store("a.jsonl", "{\"text\": \"\"}\n\n{\"text\": \"b\"}\n{\"text\": \" \\n\"}\n"), empty = store("c/empty.txt", "");
  store("c/full.txt", "c");
  EXPECT_THAT(documents(records, options), ElementsAre("b"));
  EXPECT_THAT(documents(scratch_ / "c", options), ElementsAre("c"));
  EXPECT_THAT(blank, ElementsAre(records.string() + ":1", records.string() + ":4", empty.string()));
  EXPECT_THAT(refusal(empty), HasSubstr("no text"));
}

TEST_F(DocumentsTest, SaysWhereInputIsBad) {
  EXPECT_THAT(refusal(scratch_ / "absent.txt"), HasSubstr("absent.txt"));
  EXPECT_THAT(refusal(store("empty.txt", "")), AllOf(HasSubstr("empty.txt"), HasSubstr("no text")));
  EXPECT_THAT(refusal(store("blank.txt", " \n\n")), HasSubstr("no text"));
  EXPECT_THAT(refusal(store("binary.txt", std::string_view("abc\0def", 7))),
              AllOf(HasSubstr("binary.txt"), HasSubstr("byte 3"), HasSubstr("NUL")));
  EXPECT_THAT(refusal(store("latin1.txt", "caf\xE9 au lait")), AllOf(HasSubstr("byte 3"), HasSubstr("0xe9"), HasSubstr("UTF-8")));
  EXPECT_THAT(refusal(store("cut.txt", "caf\xC3")), HasSubstr("byte 3"));
  EXPECT_THAT(refusal(store("bad.jsonl", "{\"text\": \"fine\"}\n{\"text\": \n")), HasSubstr("bad.jsonl:2"));
  EXPECT_THAT(refusal(store("key.jsonl", "{\"text\": \"fine\"}\n{\"body\": \"x\"}\n")),
              AllOf(HasSubstr("key.jsonl:2"), HasSubstr("'text'")));
  EXPECT_THAT(refusal(store("type.jsonl", "{\"text\": 3}\n")), AllOf(HasSubstr("type.jsonl:1"), HasSubstr("string")));
  EXPECT_THAT(refusal(store("array.jsonl", "{\"text\": \"fine\"}\n[1]\n")), HasSubstr("array.jsonl:2"));
  EXPECT_THAT(refusal(store("list.json", "[{\"text\": \"fine\"}, 3]")), HasSubstr("list.json: record 2"));
  EXPECT_THAT(refusal(store("nothing.jsonl", "\n\n")), HasSubstr("no records"));
  const std::string whole = gzip(std::string(100000, 'x'));
  EXPECT_THAT(refusal(store("cut.txt.gz", std::string_view(whole).substr(0, whole.size() / 2))), HasSubstr("cut.txt.gz"));
}

TEST_F(DocumentsTest, HtmlFilesAndFields) {
  const std::string html = "<title>T</title><nav><a href=x>menu</a></nav><p>One &amp; two</p>";
  EXPECT_THAT(documents(store("a.html", html)), ElementsAre("T\n\nmenu\n\nOne & two\n"));
  EXPECT_THAT(documents(store("b.HTM.htm.gz", gzip("<p>packed"))), ElementsAre("packed\n"));
  EXPECT_THAT(documents(store("c.jsonl", R"({"text": "<p>a<p>b"})"), {.html_field = true}), ElementsAre("a\n\nb\n"));
  EXPECT_THAT(documents(store("d.jsonl", R"({"text": "<p>a<p>b"})")), ElementsAre("<p>a<p>b"));
  EXPECT_THAT(refusal(store("binary.html", std::string_view("<p>\0\0", 5))), AllOf(HasSubstr("binary.html"), HasSubstr("NUL")));
}

TEST_F(DocumentsTest, ReaderKnowsPlacesAndGoesOn) {
  const auto path = store("a.jsonl", "{\"text\": \"one\"}\n\n{\"text\": \" \"}\n{\"text\": \"two\"}\n{\"text\": \"three\"}");
  DocumentReader reader(path, {});
  std::vector<std::int64_t> ordinals, lines, bytes;
  while (reader.next()) {
    EXPECT_EQ(reader.place().file, path);
    ordinals.push_back(reader.place().ordinal);
    lines.push_back(reader.place().line);
    bytes.push_back(reader.place().byte);
    EXPECT_EQ(reader.next_ordinal(), ordinals.back() + 1);
  }
  EXPECT_THAT(ordinals, ElementsAre(0, 2, 3));
  EXPECT_THAT(lines, ElementsAre(1, 4, 5));
  EXPECT_THAT(bytes, ElementsAre(0, 31, 47));
  EXPECT_EQ(reader.place().describe(), path.string() + ":5");
}

// Whatever the kind of file, starting at a document gives it and the rest.
TEST_F(DocumentsTest, StartsAtAnOrdinal) {
  std::string text, records, list = "[";
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    text += "paragraph " + number + "\n\n";
    records += "{\"text\": \"record " + number + "\"}\n";
    list += std::string(i == 0 ? "" : ", ") + "{\"text\": \"entry " + number + "\"}";
  }
  for (const auto& path : {store("a.txt", text), store("b.jsonl", records), store("c.json", list + "]"), store("d.html", "<p>x")}) {
    std::vector<std::pair<std::int64_t, std::string>> all;
    const DocumentOptions options{.max_document_bytes = 50};
    for (DocumentReader reader(path, options); reader.next();) all.emplace_back(reader.place().ordinal, reader.text());
    for (std::size_t from = 0; from < all.size(); ++from) {
      DocumentReader reader(path, options, all[from].first);
      for (std::size_t i = from; i < all.size(); ++i) {
        ASSERT_TRUE(reader.next()) << path;
        EXPECT_EQ(reader.place().ordinal, all[i].first);
        EXPECT_EQ(reader.text(), all[i].second);
      }
      EXPECT_FALSE(reader.next());
      EXPECT_FALSE(reader.next());
    }
  }
}

TEST_F(DocumentsTest, BadInputIsPassedOverAndTold) {
  std::vector<std::string> told;
  DocumentOptions options;
  options.on_bad = OnBad::skip;
  options.max_document_bytes = 20;
  options.max_record_bytes = 60;
  options.report_bad = [&](const BadDocument& bad) {
    told.push_back(bad.describe().substr(scratch_.path().string().size() + 1) + (bad.rest_of_file ? " [rest]" : ""));
  };
  const std::string nul = "{\"text\": \"a\\u0000b\"}\n";
  EXPECT_THAT(documents(store("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \n" + nul + "{\"text\": \"" + std::string(100, 'x') +
                                             "\"}\n{\"body\": 1}\n3\n{\"text\": \"caf\xE9\"}\n{\"text\": \"two\"}\n"),
                        options),
              ElementsAre("one", "two"));
  EXPECT_THAT(told,
              ElementsAre(AllOf(HasSubstr("a.jsonl:2: "), HasSubstr("not valid JSON")), AllOf(HasSubstr("a.jsonl:3: "), HasSubstr("NUL")),
                          HasSubstr("a.jsonl:4: the line is longer than 60 bytes"), HasSubstr("a.jsonl:5: required key 'text' is missing"),
                          HasSubstr("a.jsonl:6: a JSON object is expected"), HasSubstr("a.jsonl:7: ")));
  told.clear();
  EXPECT_THAT(documents(store("b.txt", "good piece here\n\ncaf\xE9 au lait\n\ngood again\n\n"), options),
              ElementsAre("good piece here\n\n", "good again\n\n"));
  EXPECT_THAT(told, ElementsAre(HasSubstr("b.txt: byte 20 (0xe9) is not UTF-8")));
  told.clear();
  EXPECT_THAT(documents(store("c.txt", std::string("text\n\n") + std::string(30, '\0') + "\n\nmore"), options), ElementsAre("text\n\n"));
  EXPECT_THAT(told, ElementsAre(AllOf(HasSubstr("NUL"), testing::EndsWith("[rest]"))));
  told.clear();
  EXPECT_THAT(documents(store("d.txt", std::string("\xFF\xFEt\0e\0", 6)), options), testing::IsEmpty());
  EXPECT_THAT(told, ElementsAre(AllOf(HasSubstr("UTF-16"), testing::EndsWith("[rest]"))));
  told.clear();
  std::string lines;
  for (int i = 0; i < 200000; ++i) lines += "{\"text\": \"" + std::to_string(i * 37 % 1009) + "\"}\n";
  const std::string whole = gzip(lines);
  EXPECT_GT(documents(store("e.jsonl.gz", std::string_view(whole).substr(0, whole.size() - 2000)), options).size(), 100u);
  EXPECT_THAT(told, ElementsAre(AllOf(testing::StartsWith("e.jsonl.gz: the gzip data ends early"), testing::EndsWith("[rest]"))));
}

TEST_F(DocumentsTest, LongLines) {
  // Longer than the reader's chunks, without a line end, and the next line is found behind it.
  const std::string value(3000000, 'y');
  EXPECT_THAT(documents(store("a.jsonl", "{\"text\": \"" + value + "\"}\n{\"text\": \"b\"}")), ElementsAre(value, "b"));
  DocumentOptions options;
  options.on_bad = OnBad::skip;
  options.max_record_bytes = 1000;
  DocumentReader reader(scratch_ / "a.jsonl", options);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text(), "b");
  EXPECT_EQ(reader.place().byte, 3000013);
  EXPECT_EQ(reader.place().ordinal, 1);
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace fathom::data
