#include "fathom/questions/generated_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::questions {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GeneratedTextsFiles : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::ofstream(scratch_ / name, std::ios::binary) << content;
    return scratch_ / name;
  }
  // What reading these files fails with.
  std::string failure(const std::string& generated, const std::string& references, const std::string& extension = "jsonl") const {
    try {
      read_generated_texts({write("generated." + extension, generated)}, {write("references." + extension, references)}, "question");
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  ScratchDirectory scratch_;
};

TEST_F(GeneratedTextsFiles, LinesBelongTogetherByOrder) {
  const GeneratedTexts texts =
      read_generated_texts({write("a.txt", "who ?\n\n"), write("b.txt", "when ?\nwhere ?\n")},
                           {write("r1.txt", "who is it ?\nwhy ?\n"), write("r2.txt", "who was it ?\r\nwhat for ?\r\n")}, "question");
  EXPECT_THAT(texts.systems, ElementsAre(ElementsAre("who ?", ""), ElementsAre("when ?", "where ?")));
  EXPECT_THAT(texts.references, ElementsAre(ElementsAre("who is it ?", "who was it ?"), ElementsAre("why ?", "what for ?")));
  EXPECT_THAT(texts.ids, IsEmpty());
}

TEST_F(GeneratedTextsFiles, RecordsBelongTogetherById) {
  const auto references = write(
      "r.jsonl", "{\"id\": \"a\", \"question\": \"1\"}\n{\"id\": 7, \"question\": [\"2\", \"3\"]}\n{\"id\": \"a\", \"question\": \"4\"}\n");
  const auto system = write("g.jsonl", "{\"id\": \"7\", \"question\": \"x\", \"score\": 1}\n{\"id\": \"a\", \"question\": \"y\"}\n");
  const GeneratedTexts texts = read_generated_texts({system}, {references}, "question");
  EXPECT_THAT(texts.ids, ElementsAre("a", "7"));
  EXPECT_THAT(texts.references, ElementsAre(ElementsAre("1", "4"), ElementsAre("2", "3")));
  EXPECT_THAT(texts.systems, ElementsAre(ElementsAre("y", "x")));
}

TEST_F(GeneratedTextsFiles, RecordsWithoutIdsAndLinesMayBeMixed) {
  const GeneratedTexts texts = read_generated_texts(
      {write("g.txt", "x\ny\n")}, {write("r.jsonl", "{\"id\": 1, \"text\": \"1\"}\n{\"id\": 2, \"text\": \"2\"}\n")}, "text");
  EXPECT_THAT(texts.references, ElementsAre(ElementsAre("1"), ElementsAre("2")));
  EXPECT_THAT(texts.systems, ElementsAre(ElementsAre("x", "y")));
}

TEST_F(GeneratedTextsFiles, OtherCountsNameTheFirstWithoutPartner) {
  EXPECT_THAT(failure("a\nb\n", "a\n", "txt"), AllOf(HasSubstr("generated.txt has 2 texts"), HasSubstr("references.txt has 1"),
                                                     HasSubstr("generated.txt:2 has no partner")));
  EXPECT_THAT(failure("a\n", "a\nb\nc\n", "txt"), HasSubstr("references.txt:2 has no partner"));
}

TEST_F(GeneratedTextsFiles, EmptyFilesAndReferences) {
  EXPECT_THAT(failure("", "a\n", "txt"), HasSubstr("generated.txt: the file is empty"));
  EXPECT_THAT(failure("a\n", "", "txt"), HasSubstr("references.txt: the file is empty"));
  EXPECT_THAT(failure("a\nb\n", "a\n \n", "txt"), HasSubstr("references.txt:2: the reference is empty"));
  EXPECT_THAT(failure("{\"question\": \"a\"}\n", "{\"question\": []}\n"), HasSubstr("references.jsonl:1: the reference is empty"));
  EXPECT_THAT(failure("", "{\"question\": \"a\"}\n"), HasSubstr("generated.jsonl"));
}

TEST_F(GeneratedTextsFiles, TextThatIsNotUtf8) {
  EXPECT_THAT(failure("fine\ncaf\xE9\n", "a\nb\n", "txt"), AllOf(HasSubstr("generated.txt:2: the line is not UTF-8"), HasSubstr("byte 4")));
  EXPECT_THAT(failure("{\"question\": \"caf\xE9\"}\n", "{\"question\": \"a\"}\n"), HasSubstr("generated.jsonl:1"));
}

TEST_F(GeneratedTextsFiles, RecordsWithoutTheField) {
  EXPECT_THAT(failure("{\"question\": \"a\"}\n{\"text\": \"b\"}\n", "{\"question\": \"a\"}\n{\"question\": \"b\"}\n"),
              AllOf(HasSubstr("generated.jsonl:2: the record has no key 'question'"), HasSubstr("--field")));
  EXPECT_THAT(failure("{\"question\": [\"a\"]}\n", "{\"question\": \"a\"}\n"),
              HasSubstr("generated.jsonl:1: key 'question' must be a string"));
  EXPECT_THAT(failure("{\"question\": \"a\"}\n", "{\"question\": [1]}\n"), HasSubstr("references.jsonl:1: key 'question' must be a list"));
  EXPECT_THAT(failure("{\"question\": \n", "{\"question\": \"a\"}\n"), HasSubstr("generated.jsonl:1"));
}

TEST_F(GeneratedTextsFiles, IdsOfOneSideOnly) {
  EXPECT_THAT(
      failure("{\"id\": \"a\", \"question\": \"x\"}\n{\"id\": \"a\", \"question\": \"y\"}\n", "{\"id\": \"a\", \"question\": \"1\"}\n"),
      AllOf(HasSubstr("generated.jsonl:2: the id 'a' is given twice"), HasSubstr("generated.jsonl:1")));
  EXPECT_THAT(failure("{\"id\": \"b\", \"question\": \"x\"}\n", "{\"id\": \"a\", \"question\": \"1\"}\n"),
              HasSubstr("generated.jsonl:1: the id 'b' is not in"));
  EXPECT_THAT(
      failure("{\"id\": \"a\", \"question\": \"x\"}\n", "{\"id\": \"a\", \"question\": \"1\"}\n{\"id\": \"b\", \"question\": \"2\"}\n"),
      HasSubstr("there is no text for the id 'b' of"));
}

TEST_F(GeneratedTextsFiles, WithoutFiles) {
  EXPECT_THROW(read_generated_texts({}, {write("r.txt", "a\n")}, "question"), UsageError);
  EXPECT_THROW(read_generated_texts({write("g.txt", "a\n")}, {}, "question"), UsageError);
  EXPECT_THROW(read_generated_texts({scratch_ / "none.txt"}, {write("r.txt", "a\n")}, "question"), Error);
}

}  // namespace
}  // namespace fathom::questions
