// What looking at every byte of an index finds, and what repairing can and cannot make again.
#include "fathom/index/page_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class PageIndexCheck : public testing::Test {
 protected:
  PageIndexCheck() {
    PageWriter::create(directory(), {});
    PageWriter writer(directory(), nullptr);
    writer.use_encoder(encoder_, "encoder-1");
    for (std::uint64_t i = 0; i < 150; ++i) writer.add(prepared(random_page(i, 5)));
    writer.commit();
  }
  const std::filesystem::path& directory() const { return scratch_.path(); }
  void change(const std::string& sql) { Database::open_shared(directory() / store_file, Database::Access::write).execute(sql); }
  static std::vector<std::string> texts(const std::filesystem::path& directory) {
    PageReader reader(directory);
    std::vector<std::string> found;
    for (const std::int64_t number : reader.all_pages()) found.push_back(reader.page(number).text);
    return found;
  }

  ScratchDirectory scratch_;
  HashPageEncoder encoder_;
};

TEST_F(PageIndexCheck, FindsNothingWrongWithASoundIndex) {
  EXPECT_THAT(check_page_index(directory()), IsEmpty());
  PageWriter writer(directory(), &encoder_);
  for (std::uint64_t i = 0; i < 20; ++i) writer.remove("page-" + std::to_string(3 * i));
  for (std::uint64_t i = 0; i < 30; ++i) writer.add(prepared(random_page(4 * i, 2, 9)));
  Page chinese{.id = "台", .title = "北京大学创办于哪一年？", .url = {}, .text = "It's the naïve “O'Neill” — 1898年。\n\nDon't."};
  writer.add(prepared(chinese));
  writer.commit();
  EXPECT_THAT(check_page_index(directory()), IsEmpty());
  writer.compact();
  EXPECT_THAT(check_page_index(directory()), IsEmpty());
  const PageWriter::Repair repair = writer.repair();
  EXPECT_FALSE(repair.full_text);
  EXPECT_EQ(repair.segments, 0);
  EXPECT_THAT(repair.beyond_help, IsEmpty());
}

TEST_F(PageIndexCheck, NamesPagesWhoseTextChanged) {
  change("UPDATE documents SET body = replace(body, 'word1', 'wird1') WHERE id = 'page-7'");
  const auto findings = check_page_index(directory());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings.front(), HasSubstr("'page-7'"));
  const PageWriter::Repair repair = PageWriter(directory(), &encoder_).repair();
  ASSERT_EQ(repair.beyond_help.size(), 1u);
  EXPECT_THAT(repair.beyond_help.front(), HasSubstr("add it again"));
  change("UPDATE sentences SET end = 100000 WHERE document = 9 AND ordinal = 1; DELETE FROM documents WHERE number = 12");
  EXPECT_EQ(check_page_index(directory()).size(), 3u);
}

TEST_F(PageIndexCheck, NamesQuestionsThatAreAboutNothing) {
  {
    PageWriter writer(directory(), &encoder_);
    writer.set_questions("page-3", {{.sentence = 0, .question = "which word0 is it?"}});
    writer.set_suggestions("page-4", {{.sentence = 0, .question = "and word1?", .answer = "word2"}});
    writer.commit();
  }
  EXPECT_THAT(check_page_index(directory()), IsEmpty());
  change("UPDATE suggestions SET sentence = 10000");
  EXPECT_THAT(check_page_index(directory()), testing::ElementsAre(HasSubstr("1 questions are about sentences")));
  EXPECT_EQ(PageWriter(directory(), &encoder_).repair().beyond_help.size(), 1u);
}

TEST_F(PageIndexCheck, RepairsWordCountsAndFullText) {
  change("UPDATE terms SET documents = documents + 1 WHERE term = 'word3'; DELETE FROM full_text_data WHERE id > 1000");
  EXPECT_THAT(check_page_index(directory()), testing::Not(IsEmpty()));
  PageWriter writer(directory(), &encoder_);
  EXPECT_TRUE(writer.repair().full_text);
  EXPECT_THAT(check_page_index(directory()), IsEmpty());
  PageReader reader(directory());
  EXPECT_FALSE(reader.search_text(reader.text_query("word3")).empty());
}

TEST_F(PageIndexCheck, NamesEverythingThatIsWrong) {
  change("UPDATE full_text_data SET block = randomblob(length(block)) WHERE id > 1000");
  change("UPDATE documents SET body = replace(body, 'word1', 'wird1') WHERE id IN ('page-7', 'page-8')");
  const auto findings = check_page_index(directory());
  EXPECT_THAT(findings, testing::Contains(HasSubstr("'page-7'")));
  EXPECT_THAT(findings, testing::Contains(HasSubstr("'page-8'")));
  EXPECT_GT(findings.size(), 2u);
}

TEST_F(PageIndexCheck, FindsDamagedAndMissingSegments) {
  const auto path = segment_path(directory(), read_segments(open_page_database(directory(), Database::Access::read)).front().name);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_EQ(check_page_index(directory()).size(), 1u);
  std::filesystem::remove(path);
  EXPECT_EQ(check_page_index(directory()).size(), 1u);
}

TEST_F(PageIndexCheck, FindsRandomBytesAnywhereInTheDatabaseAndSaysWhatCanBeDone) {
  const auto before = texts(directory());
  const auto size = std::filesystem::file_size(directory() / store_file);
  int found = 0, mended = 0, beyond_help = 0;
  constexpr int places = 24;
  for (int place = 0; place < places; ++place) {
    const ScratchDirectory copy;
    std::filesystem::copy(directory(), copy.path(), std::filesystem::copy_options::recursive);
    {
      std::fstream file(copy / store_file, std::ios::binary | std::ios::in | std::ios::out);
      file.seekp(static_cast<std::streamoff>(place * (size - 3000) / (places - 1)));
      Rng rng(7, static_cast<std::uint64_t>(place));
      for (int i = 0; i < 3000; ++i) file.put(static_cast<char>(rng.below(256)));
    }
    const auto damaged = [&] {
      try {
        return !check_page_index(copy.path()).empty();
      } catch (const Error&) {
        return true;
      }
    };
    if (!damaged()) {  // bytes that nothing uses
      EXPECT_EQ(texts(copy.path()), before) << place;
      continue;
    }
    ++found;
    try {
      PageWriter writer(copy.path(), &encoder_);
      if (!writer.repair().beyond_help.empty()) {
        ++beyond_help;
        continue;
      }
      EXPECT_FALSE(damaged()) << place;
      EXPECT_EQ(texts(copy.path()), before) << place;
      ++mended;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(store_file)) << place;
      ++beyond_help;
    }
  }
  RecordProperty("found", found);
  RecordProperty("mended", mended);
  EXPECT_GT(found, places * 2 / 3);
  EXPECT_EQ(mended + beyond_help, found);
}

}  // namespace
}  // namespace fathom::index
