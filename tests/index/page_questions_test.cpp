// Questions of pages in the index: what BM25 makes of them, the older format, snapshots and bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/index/document_store.h"
#include "fathom/index/page_reader.h"
#include "fathom/index/page_writer.h"
#include "tests/base/scratch_directory.h"
#include "tests/index/hash_page_encoder.h"

namespace fathom::index {
namespace {

using testing::HasSubstr;

class PageQuestions : public testing::Test {
 protected:
  PageQuestions() {
    PageWriter::create(directory(), {});
    PageWriter writer(directory(), nullptr);
    for (std::uint64_t i = 0; i < 20; ++i) writer.add(prepared(random_page(i)));
    writer.commit();
  }
  const std::filesystem::path& directory() const { return scratch_.path(); }
  static std::vector<TextHit> find(PageReader& reader, const std::string& query) { return reader.search_text(reader.text_query(query)); }
  // The index as the program of version 1 wrote it.
  void downgrade() {
    Database database = Database::open_shared(directory() / store_file, Database::Access::write);
    database.execute(
        "BEGIN; DROP TABLE full_text; DROP VIEW searchable; DROP TABLE questions; DROP TABLE suggestions;"
        "CREATE VIRTUAL TABLE full_text USING fts5(title, body, content = 'documents', content_rowid = 'number',"
        " tokenize = 'porter fathom_words');"
        "INSERT INTO full_text(full_text, rank) VALUES('rank', 'bm25(1.0, 1.0)');"
        "INSERT INTO full_text(rowid, title, body) SELECT number, title, body FROM documents;"
        "DELETE FROM meta WHERE key = 'question_weight'; UPDATE meta SET value = '1' WHERE key = 'version'; COMMIT");
  }
  static void expect_equal(const std::vector<TextHit>& a, const std::vector<TextHit>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].document, b[i].document);
      EXPECT_DOUBLE_EQ(a[i].score, b[i].score);
    }
  }
  ScratchDirectory scratch_;
};

TEST_F(PageQuestions, CountAsTheirWeightSays) {
  PageReader reader(directory());
  for (const double weight : {0.0, 0.5, 1.0, 3.0}) {
    PageWriter writer(directory(), nullptr);
    writer.set_questions("page-3", {{0, "who saw unicorns"}, {1, "where are unicorns seen"}});
    writer.set_questions("page-4", {{0, "what are word1 and word2"}});
    writer.set_question_weight(weight);
    writer.commit();
    ASSERT_TRUE(reader.refresh());
    EXPECT_EQ(reader.state().question_weight, weight);
    EXPECT_EQ(reader.questions(*reader.find("page-3"))[1].question, "where are unicorns seen");
    // What SQLite counts and what score_text() says of the same text are one.
    for (const char* words : {"unicorn", "word1 word2 unicorns", "seen", "title"}) {
      const TextQuery query = reader.text_query(words);
      for (const TextHit& hit : reader.search_text(query)) {
        const Page page = reader.page(hit.document);
        EXPECT_NEAR(hit.score, reader.score_text(query, page.title, page.text, joined(reader.questions(hit.document))), 1e-5)
            << words << " " << page.id;
      }
    }
    EXPECT_EQ(reader.text_query("unicorn").terms.at(0).documents, 1);
  }
  EXPECT_EQ(reader.question_counts().questions, 3);
  EXPECT_EQ(reader.question_counts().pages_with_questions, 2);
}

TEST_F(PageQuestions, LeaveNoTraceWhenTheyAreCleared) {
  PageReader reader(directory());
  const std::vector<TextHit> before = find(reader, "word1 word2 word3 title");
  const std::int64_t tokens = reader.state().tokens;
  {
    PageWriter writer(directory(), nullptr);
    for (int i = 0; i < 10; ++i) writer.set_questions("page-" + std::to_string(i), {{0, "what is word" + std::to_string(i)}});
    writer.commit();
  }
  reader.refresh();
  EXPECT_GT(reader.state().tokens, tokens);
  {
    PageWriter writer(directory(), nullptr);
    EXPECT_EQ(writer.clear_questions(), 10);
    writer.compact();
  }
  reader.refresh();
  EXPECT_EQ(reader.state().tokens, tokens);
  EXPECT_EQ(reader.text_query("what").terms.at(0).documents, 0);
  expect_equal(find(reader, "word1 word2 word3 title"), before);
}

TEST_F(PageQuestions, AreNotThereBeforeTheCommit) {
  PageReader reader(directory());
  {
    PageWriter writer(directory(), nullptr);
    writer.set_questions("page-3", {{0, "who saw unicorns"}});
    writer.set_suggestions("page-3", {{0, "who saw unicorns", "nobody"}});
  }  // without a commit
  EXPECT_FALSE(reader.refresh());
  EXPECT_TRUE(find(reader, "unicorns").empty());
  EXPECT_TRUE(reader.suggestions(*reader.find("page-3")).empty());
  PageWriter writer(directory(), nullptr);
  writer.set_questions("page-3", {{0, "who saw unicorns"}});
  writer.commit();
  EXPECT_TRUE(find(reader, "unicorns").empty());  // the reader's snapshot
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(find(reader, "unicorns").size(), 1U);
}

TEST_F(PageQuestions, MakeAnOlderIndexOneOfThisVersion) {
  PageReader before(directory());
  const std::vector<TextHit> hits = find(before, "word1 word2 word3 title");
  before.release();
  downgrade();
  PageReader reader(directory());
  EXPECT_EQ(reader.state().version, 1);
  expect_equal(find(reader, "word1 word2 word3 title"), hits);
  EXPECT_TRUE(reader.questions(1).empty());
  EXPECT_EQ(reader.question_counts().suggestions, 0);
  TextQuery text_only = reader.text_query("word1", {.questions = false});
  EXPECT_FALSE(reader.search_text(text_only).empty());
  {
    PageWriter writer(directory(), nullptr);
    writer.remove("page-0");
    writer.set_questions("page-3", {{0, "who saw unicorns"}});
    writer.set_suggestions("page-3", {{0, "who saw unicorns", "nobody"}});
    writer.commit();
  }
  expect_equal(find(reader, "word1 word2 word3 title"), hits);  // still the older state
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.state().version, page_index_version);
  EXPECT_EQ(reader.state().pages, 19);
  EXPECT_EQ(find(reader, "unicorns").size(), 1U);
  EXPECT_EQ(reader.suggestions(*reader.find("page-3")).at(0).answer, "nobody");
}

TEST_F(PageQuestions, SayWhatIsWrong) {
  PageWriter writer(directory(), nullptr);
  EXPECT_THAT(message_of<Error>([&] { writer.set_questions("page-99", {}); }), HasSubstr("no page with the id 'page-99'"));
  EXPECT_THAT(message_of<Error>([&] { writer.set_questions("page-1", {{9, "who"}}); }), HasSubstr("about its sentence 9, but it has 3"));
  EXPECT_THAT(message_of<Error>([&] { writer.set_questions("page-1", {{0, " "}}); }), HasSubstr("a question of page 'page-1' is blank"));
  EXPECT_THAT(message_of<Error>([&] { writer.set_questions("page-1", {{0, "\xff"}}); }), HasSubstr("no UTF-8"));
  EXPECT_THAT(message_of<Error>([&] { writer.set_suggestions("page-1", {{0, "who", ""}}); }),
              HasSubstr("an answer of page 'page-1' is blank"));
}

}  // namespace
}  // namespace fathom::index
