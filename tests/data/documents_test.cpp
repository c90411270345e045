#include "fathom/data/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
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

std::string gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

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
  EXPECT_THAT(documents(store("d.jsonl.gz", gzipped(R"({"text": "packed"})"))), ElementsAre("packed"));
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
  const std::string whole = gzipped(std::string(100000, 'x'));
  EXPECT_THAT(refusal(store("cut.txt.gz", std::string_view(whole).substr(0, whole.size() / 2))), HasSubstr("cut.txt.gz"));
}

}  // namespace
}  // namespace fathom::data
