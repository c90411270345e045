#include "fathom/faq/faq_entries.h"

#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/faq/faq_evaluation.h"
#include "tests/faq/small_faq.h"

namespace fathom::faq {
namespace {

using testing::write_text;

class FaqEntries : public ::testing::Test {
 protected:
  std::vector<FaqEntry> read(const std::string& name, const std::string& text, bool answers_required = true) {
    write_text(scratch / name, text);
    FaqReadOptions options;
    options.answers_required = answers_required;
    options.warn = [this](const std::string& message) { warnings.push_back(message); };
    return read_faq_entries({(scratch / name).string()}, options);
  }
  std::string error(const std::string& name, const std::string& text) {
    return message_of<Error>([&] { read(name, text); });
  }
  ScratchDirectory scratch;
  std::vector<std::string> warnings;
};

TEST_F(FaqEntries, ReadsJsonLinesAndLists) {
  const auto entries = read(
      "a.jsonl", "{\"question\": \" How \\n much? \", \"answer\": \"Ten.\", \"id\": 7}\n\n{\"question\": \"Why?\", \"answer\": \"So.\"}\n");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].question, "How much?");
  EXPECT_EQ(entries[0].id, "7");
  EXPECT_EQ(entries[1].id, "2");
  EXPECT_EQ(read("b.json", "[{\"question\": \"Why?\", \"answers\": [\"a\", \"b\"]}]")[0].answer, "a\n\nb");
}

TEST_F(FaqEntries, ReadsCsv) {
  const auto entries =
      read("a.csv", "\xEF\xBB\xBFid,question,answer\r\nx,\"Salt, or \"\"pepper\"\"?\",\"Both,\nplease\"\r\n\r\ny,Why?,So\r\n");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].question, "Salt, or \"pepper\"?");
  EXPECT_EQ(entries[0].answer, "Both,\nplease");
  EXPECT_EQ(entries[1].id, "y");
}

TEST_F(FaqEntries, CsvErrorsNameTheLine) {
  EXPECT_NE(error("a.csv", "question,answer\nWhy?,\"So\n").find("a.csv:2: the quote that opens here is never closed"), std::string::npos);
  EXPECT_NE(error("a.csv", "question,answer\nWhy?,\"So\"x\n").find("a.csv:2: text follows a closing quote"), std::string::npos);
  EXPECT_NE(error("a.csv", "question,answer\nWhy \"now\"?,So\n").find("a.csv:2: a quote stands inside"), std::string::npos);
  EXPECT_NE(error("a.csv", "question,answer\nA?,B\nWhy?,So,there\n").find("a.csv:3: 3 fields, but the header has 2"), std::string::npos);
  EXPECT_NE(error("a.csv", "frage,antwort\nA?,B\n").find("'question' and 'answer'"), std::string::npos);
  EXPECT_NE(error("a.csv", "question,answer\nA?,\xFF\n").find("a.csv:2: the text is not UTF-8"), std::string::npos);
  EXPECT_NE(error("a.csv", "question;answer\nWhy?;So\n").find("a.csv:1: the fields seem to be separated by ';', but ',' is expected"),
            std::string::npos);
  EXPECT_NE(error("a.csv", "question\tanswer\nWhy?\tSo\n").find("separated by 'tab'"), std::string::npos);
  EXPECT_NE(error("a.csv", "question,answer\n").find("no question"), std::string::npos);
  EXPECT_NE(error("a.csv", "").find("no question"), std::string::npos);
}

TEST_F(FaqEntries, BrokenRecordsNameFileAndLine) {
  const std::string good = "{\"question\": \"Why?\", \"answer\": \"So.\"}\n";
  EXPECT_NE(error("a.jsonl", good + "{\"question\": \"Wh\n" + good).find("a.jsonl:2"), std::string::npos);
  EXPECT_NE(error("a.jsonl", good + "[1]\n").find("a.jsonl:2"), std::string::npos);
  EXPECT_NE(error("a.jsonl", good + "{\"question\": 5, \"answer\": \"x\"}\n").find("a.jsonl:2"), std::string::npos);
  EXPECT_NE(error("a.jsonl", "{\"question\": \"\xFF\", \"answer\": \"x\"}\n").find("a.jsonl:1"), std::string::npos);
  EXPECT_NE(error("a.jsonl", ""), "");
  EXPECT_NE(error("a.txt", "Why?\n").find(".jsonl, .json, .csv or"), std::string::npos);
  EXPECT_THROW(read_faq_entries({(scratch / "missing.jsonl").string()}, {}), Error);
}

TEST_F(FaqEntries, AQuestionNeedsAnAnswerUnlessAllowed) {
  EXPECT_NE(error("a.jsonl", "{\"question\": \"Why?\"}\n").find("a.jsonl:1: the question 'Why?' has no answer"), std::string::npos);
  EXPECT_NE(error("a.jsonl", "{\"question\": \"Why?\", \"answer\": \" \"}\n").find("no answer"), std::string::npos);
  EXPECT_NE(error("a.jsonl", "{\"answer\": \"So.\"}\n").find("a.jsonl:1: the question is missing"), std::string::npos);
  EXPECT_EQ(read("a.jsonl", "{\"question\": \"Why?\"}\n", false).size(), 1u);
}

TEST_F(FaqEntries, DuplicatesAreReported) {
  const auto entries = read("a.jsonl",
                            "{\"question\": \"Why?\", \"answer\": \"So.\"}\n{\"question\": \"Why? \", \"answer\": \"So.\"}\n"
                            "{\"question\": \"Why?\", \"answer\": \"Because.\"}\n");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].answer, "Because.");
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("a.jsonl:2: the same question and answer as"), std::string::npos);
  EXPECT_NE(warnings[1].find("a.jsonl:3: the same question as"), std::string::npos);
}

TEST_F(FaqEntries, AnIdStandsForOneEntry) {
  const std::string first = "{\"id\": \"x\", \"question\": \"Why?\", \"answer\": \"So.\"}\n";
  EXPECT_NE(error("a.jsonl", first + "{\"id\": \"x\", \"question\": \"How?\", \"answer\": \"So.\"}\n")
                .find("a.jsonl:2: the id 'x' is given twice, first at " + (scratch / "a.jsonl").string() + ":1"),
            std::string::npos);
  EXPECT_EQ(read("a.jsonl", first + first).size(), 1u);  // the same entry: left out, as any other that comes twice
  // A number that is given, and the one that an entry without an id would get.
  EXPECT_NE(error("a.jsonl", "{\"id\": 2, \"question\": \"Why?\", \"answer\": \"So.\"}\n{\"question\": \"How?\", \"answer\": \"So.\"}\n")
                .find("a.jsonl:2: this entry has no id and would be called '2'"),
            std::string::npos);
}

TEST_F(FaqEntries, RecordsOfAListAreNamedByLine) {
  const std::string list =
      "\n[{\"question\": \"Why [, {\\\"?\", \"answer\": \"So.\"},\n {\"question\": \"How?\",\n \"answer\": \"So.\"},\n";
  EXPECT_NE(error("a.json", list + "{\"answer\": \"So.\"}]").find("a.json:5: the question is missing"), std::string::npos);
  EXPECT_NE(error("a.json", list + "{\"question\": \"Wh").find("a.json:5: column"), std::string::npos);
  EXPECT_NE(error("a.json", list + "7]").find("a.json:5: a JSON object is expected"), std::string::npos);
}

TEST_F(FaqEntries, ReadsPublishedFormats) {
  const std::string pair =
      R"({"qid": "Q1", "rid": "Q1_R1", "rank": 1, "relevant": 1, "q": "new", "r": "old", "comments": ["first", "second"]})";
  const auto entries = read("pairs.jsonl", pair + "\n" + pair + "\n");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].question, "old");
  EXPECT_EQ(entries[0].answer, "first");
  EXPECT_EQ(
      read("typed.json",
           R"([{"query_type": "faq", "question": "A?", "answer": "B"}, {"query_type": "user_query", "question": "a", "answer": "B"}])")
          .size(),
      1u);
}

using QuestionSets = FaqEntries;

TEST_F(QuestionSets, RecognisesFormats) {
  write_text(scratch / "p.jsonl",
             R"({"qid": "Q1", "rid": "b", "rank": 9, "relevant": 1, "q": "x", "r": "y"}
{"qid": "Q1", "rid": "a", "rank": 2, "relevant": 0, "q": "x", "r": "z"}
)");
  const QuestionSet pairs = read_question_set(scratch / "p.jsonl");
  ASSERT_EQ(pairs.lists.size(), 1u);
  EXPECT_EQ(pairs.lists[0].candidates[0].id, "a");  // by rank
  write_text(scratch / "r.jsonl", R"({"question": "A  b?", "rephrasings": ["b a", "ab"], "answers": ["x"]})");
  const QuestionSet rephrasings = read_question_set(scratch / "r.jsonl");
  ASSERT_EQ(rephrasings.queries.size(), 2u);
  EXPECT_TRUE(rephrasings.queries[0].questions.contains("A b?"));
}

TEST_F(QuestionSets, ErrorsNameTheLine) {
  const auto message = [&](const std::string& text) {
    write_text(scratch / "s.jsonl", text);
    return message_of<Error>([&] { read_question_set(scratch / "s.jsonl"); });
  };
  const std::string good = R"({"qid": "Q1", "rid": "a", "rank": 2, "relevant": 0, "q": "x", "r": "z"})"
                           "\n";
  EXPECT_NE(message(R"({"text": "x"})").find("s.jsonl:1: unknown format"), std::string::npos);
  EXPECT_NE(message(good + "{\"qid\": \"Q2\"").find("s.jsonl:2"), std::string::npos);
  EXPECT_NE(
      message(good + R"({"qid": "Q1", "rid": "a", "rank": 2, "relevant": 3, "q": "x", "r": "z"})").find("s.jsonl:2: 'relevant' is 0 or 1"),
      std::string::npos);
  EXPECT_NE(message(good +
                    R"({"qid": "Q2", "rid": "a", "rank": 2, "relevant": 0, "q": "x", "r": "z"})"
                    "\n" +
                    good)
                .find("s.jsonl:3: the candidates of question 'Q1' do not stand together; its first is at " +
                      (scratch / "s.jsonl").string() + ":1"),
            std::string::npos);
  EXPECT_NE(message(good + good)
                .find("s.jsonl:2: the candidate 'a' of question 'Q1' is given twice, first at " + (scratch / "s.jsonl").string() + ":1"),
            std::string::npos);
}

TEST_F(QuestionSets, ReRanksCandidatesAndKeepsTheEnginesOrderBeside) {
  FaqSearcher searcher(testing::build_small(scratch));
  CandidateList list{"Q", "open a bank account", {{"1", "rent a car", 1, false}, {"2", "How do I open a bank account", 2, true}}};
  const OrderedJson scores = evaluate_candidates({list}, searcher.matcher());
  EXPECT_DOUBLE_EQ(scores.at("map").get<double>(), 100.0);
  EXPECT_DOUBLE_EQ(scores.at("engine").at("map").get<double>(), 50.0);
  EXPECT_DOUBLE_EQ(scores.at("engine").at("mrr").get<double>(), 50.0);
  EXPECT_TRUE(scores.at("ablations").contains("without_mismatch"));
}

TEST_F(QuestionSets, RefusesToMeasureWithoutARelevantCandidate) {
  FaqSearcher searcher(testing::build_small(scratch));
  const CandidateList list{"Q", "open a bank account", {{"1", "rent a car", 1, false}}};
  EXPECT_NE(
      message_of<Error>([&] { evaluate_candidates({list}, searcher.matcher()); }).find("none of the 1 questions has a relevant candidate"),
      std::string::npos);
}

TEST_F(QuestionSets, SearchesForQueries) {
  FaqSearcher searcher(testing::build_small(scratch));
  const OrderedJson scores = evaluate_search({{"bank account open", {"How do I open a bank account?"}, {}},
                                              {"cheap car", {}, {"At the airport."}},
                                              {"unknown", {"not in it"}, {}}},
                                             searcher, {});
  EXPECT_EQ(scores.at("queries"), 2);
  EXPECT_EQ(scores.at("queries_without_entry"), 1);
  EXPECT_DOUBLE_EQ(scores.at("mrr").get<double>(), 1.0);
  EXPECT_THROW(evaluate_search({{"unknown", {"not in it"}, {}}}, searcher, {}), Error);
}

}  // namespace
}  // namespace fathom::faq
