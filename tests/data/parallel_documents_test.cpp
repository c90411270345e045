#include "fathom/data/parallel_documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;
using Documents = std::multiset<std::string>;

class ParallelDocuments : public testing::Test {
 protected:
  void SetUp() override {
    std::string records;
    for (int i = 0; i < 3000; ++i)
      records += "{\"text\": \"record " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 2000), 'x') + "\"}\n";
    write_file_atomically(scratch_ / "many.jsonl", records);
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += "line " + std::to_string(i) + (i % 20 == 0 ? "\n\n" : "\n");
    write_file_atomically(scratch_ / "long.txt", text);
    write_file_atomically(scratch_ / "short.txt", "short");
    files_ = {scratch_ / "many.jsonl", scratch_ / "long.txt", scratch_ / "short.txt"};
  }

  Documents one_by_one() const {
    Documents documents;
    for (const auto& file : files_) for_each_document(file, {}, [&](std::string_view document) { documents.emplace(document); });
    return documents;
  }

  ScratchDirectory scratch_;
  std::vector<std::filesystem::path> files_;
};

TEST_F(ParallelDocuments, VisitEveryDocumentOnce) {
  const Documents expected = one_by_one();
  for (const int threads : {1, 2, 5}) {
    std::mutex mutex;
    Documents documents;
    ReadingProgress last;
    for_each_document_in_parallel(
        files_, {}, threads,
        [&](std::string_view document) {
          const std::lock_guard lock(mutex);
          documents.emplace(document);
        },
        [&](const ReadingProgress& progress) {
          EXPECT_FALSE(last.finished);
          EXPECT_GE(progress.text_bytes, last.text_bytes);
          last = progress;
        });
    EXPECT_EQ(documents, expected) << threads << " threads";
    EXPECT_TRUE(last.finished);
    EXPECT_EQ(last.files, 3);
    EXPECT_EQ(last.file_bytes, bytes_on_disk(files_));
    std::int64_t bytes = 0;
    for (const std::string& document : expected) bytes += static_cast<std::int64_t>(document.size());
    EXPECT_EQ(last.text_bytes, bytes);
  }
}

TEST_F(ParallelDocuments, AnErrorEndsTheReading) {
  write_file_atomically(scratch_ / "binary.txt", std::string("a\0b", 3));
  files_.push_back(scratch_ / "binary.txt");
  for (const int threads : {1, 3}) {
    EXPECT_THAT(message_of<Error>([&] { for_each_document_in_parallel(files_, {}, threads, [](std::string_view) {}); }),
                HasSubstr("binary.txt"));
  }
}

TEST_F(ParallelDocuments, AnErrorOfTheVisitorIsThrown) {
  for (const int threads : {1, 3}) {
    const auto visit = [](std::string_view document) { require(document != "short", "no short texts"); };
    EXPECT_EQ(message_of<Error>([&] { for_each_document_in_parallel(files_, {}, threads, visit); }), "no short texts");
  }
}

}  // namespace
}  // namespace fathom::data
