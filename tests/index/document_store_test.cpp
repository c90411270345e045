#include "fathom/index/document_store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/text/words.h"
#include "tests/base/scratch_directory.h"

namespace fathom::index {
namespace {

void write_small(const std::filesystem::path& directory) {
  DocumentWriter writer(directory, "faq");
  writer.add({"a", "How do I open a bank account?", "Go to a bank. Bring your passport."}, {7, 8, 9});
  writer.add({"b", "Where can I open a window?", "In the wall."});
  writer.add({"c", "哪里可以买到自行车？", "在商店。"});
  writer.finish("generation-1");
}

TEST(DocumentStore, GivesBackWhatWasWritten) {
  const ScratchDirectory scratch;
  write_small(scratch.path());
  DocumentStore store(scratch.path(), "faq");
  EXPECT_EQ(store.size(), 3);
  EXPECT_EQ(store.generation(), "generation-1");
  EXPECT_EQ(store.document(1).body, "Go to a bank. Bring your passport.");
  EXPECT_EQ(store.document(2).id, "b");
  const auto spans = store.sentences(1);
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[1].of(store.document(1).body), "Bring your passport.");
  EXPECT_EQ(store.all_words(), (std::vector<std::vector<std::uint32_t>>{{7, 8, 9}, {}, {}}));
  EXPECT_THROW(store.document(4), Error);
}

TEST(DocumentStore, FindsWordsOfTitlesBestFirst) {
  const ScratchDirectory scratch;
  write_small(scratch.path());
  DocumentStore store(scratch.path(), "faq");
  EXPECT_EQ(store.document_frequency("open"), 2);
  EXPECT_EQ(store.document_frequency("passport"), 0);  // of a body
  const auto hits = store.search({"open", "account", "nowhere"});
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].document, 1);
  EXPECT_GT(hits[0].score, hits[1].score);
  EXPECT_EQ(store.search({"passport"}).size(), 0u);
  EXPECT_EQ(store.search({"passport"}, {.titles_only = false}).size(), 1u);
  EXPECT_TRUE(store.search({}).empty());
  EXPECT_TRUE(store.search({"\"", "AND", ")"}).empty());  // syntax of FTS5 is no syntax here
}

TEST(DocumentStore, FindsWordsInsideChineseSentences) {
  const ScratchDirectory scratch;
  write_small(scratch.path());
  DocumentStore store(scratch.path(), "faq");
  std::vector<std::string> words;
  for (const text::Word& word : text::WordSplitter().split("自行车")) words.push_back(word.text);
  const auto hits = store.search(words);
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].document, 3);
}

TEST(DocumentStore, ScoresAsBm25) {
  const ScratchDirectory scratch;
  DocumentWriter writer(scratch.path(), "faq");
  writer.add({"", "red red fox", ""});
  writer.add({"", "blue cat", ""});
  writer.add({"", "green bird sings", ""});
  writer.finish("g");
  DocumentStore store(scratch.path(), "faq");
  const auto hits = store.search({"red"});
  ASSERT_EQ(hits.size(), 1u);
  // idf = ln((N - n + 0.5) / (n + 0.5)); lengths count the words of all columns, 8 / 3 on average.
  const double idf = std::log((3 - 1 + 0.5) / (1 + 0.5));
  EXPECT_NEAR(hits[0].score, idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / (8.0 / 3))), 1e-9);
}

TEST(DocumentStore, LeavesFrequentWordsOutBeyondTheLimit) {
  const ScratchDirectory scratch;
  DocumentWriter writer(scratch.path(), "faq");
  for (int i = 0; i < 50; ++i) writer.add({"", i == 30 ? "common rare" : "common other", ""});
  writer.finish("g");
  DocumentStore store(scratch.path(), "faq");
  EXPECT_EQ(store.search({"common", "rare"}, {.most_matches = 10}).size(), 1u);
  EXPECT_EQ(store.search({"common", "rare"}, {.most_matches = 51}).size(), 50u);
  EXPECT_EQ(store.search({"common"}, {.most_matches = 10}).size(), 50u);  // the rarest word is always taken
}

TEST(DocumentStore, SaysWhatIsWrongWithADirectory) {
  const ScratchDirectory scratch;
  const auto message = [&](const std::string& kind = "faq") { return message_of<Error>([&] { DocumentStore(scratch.path(), kind); }); };
  EXPECT_NE(message().find("index.sqlite is missing"), std::string::npos);
  write_small(scratch.path());
  EXPECT_NE(message("pages").find("of kind 'faq', but 'pages'"), std::string::npos);

  const auto file = scratch / store_file;
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size / 2);
  EXPECT_NE(message().find("truncated"), std::string::npos) << message();
  std::filesystem::resize_file(file, 40);
  EXPECT_NE(message(), "");
  EXPECT_THROW(DocumentStore("/nonexistent/directory", "faq"), Error);
}

TEST(DocumentStore, RefusesAnotherVersionAndAnIncompleteIndex) {
  const ScratchDirectory scratch;
  {
    Database database = Database::create(scratch / store_file);
    database.execute("CREATE TABLE meta(key TEXT, value TEXT); INSERT INTO meta VALUES('kind', 'faq'), ('version', '99')");
  }
  const std::string message = message_of<Error>([&] { DocumentStore(scratch.path(), "faq"); });
  EXPECT_NE(message.find("format version 99, this program reads version 1"), std::string::npos) << message;
}

}  // namespace
}  // namespace fathom::index
