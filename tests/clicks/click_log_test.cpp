// Click logs in JSON lines and tab-separated values, read and written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/clicks/click_log_import.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/clicks/click_log_reader.h"
#include "tests/base/scratch_directory.h"
#include "tests/clicks/small_logs.h"

namespace fathom::clicks {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ClickLogTest : public testing::Test {
 protected:
  std::vector<SearchRecord> read(const std::string& name, std::string_view text, ClickLogOptions options = {}) {
    write_file_atomically(scratch_ / name, text);
    std::vector<SearchRecord> records;
    counts_ = read_click_log(scratch_ / name, options, [&](SearchRecord& record, const std::string&) { records.push_back(record); });
    return records;
  }
  std::string refusal(const std::string& name, std::string_view text) {
    return message_of<Error>([&] { read(name, text); });
  }
  ScratchDirectory scratch_;
  ClickLogCounts counts_;
};

TEST_F(ClickLogTest, JsonHasPagesSentencesPositionsAndDwellTimes) {
  const auto records = read("log.jsonl",
                            "{\"query\":\"q\",\"time\":1700000000,\"topic\":\"t\",\"shown\":[\"a\",{\"page\":\"b\",\"sentence\":3},null],"
                            "\"clicked\":[{\"page\":\"b\",\"dwell\":2},3,{\"position\":2,\"dwell\":1.5}]}\n\n"
                            "{\"query\":\"r\",\"shown\":[],\"clicked\":[]}\n");
  ASSERT_EQ(records.size(), 2U);
  const SearchRecord& record = records[0];
  EXPECT_EQ(record.time, 1700000000);
  EXPECT_EQ(record.topic, "t");
  ASSERT_EQ(record.shown.size(), 3U);
  EXPECT_EQ(record.shown[0].sentence, -1);
  EXPECT_FALSE(record.shown[0].clicked);
  EXPECT_EQ(record.shown[1].sentence, 3);
  EXPECT_DOUBLE_EQ(record.shown[1].dwell, 3.5);
  EXPECT_EQ(record.shown[2].page, "");
  EXPECT_TRUE(record.shown[2].clicked);
  EXPECT_TRUE(records[1].shown.empty());
  EXPECT_EQ(counts_.searches, 2);
}

TEST_F(ClickLogTest, WhatIsWrittenIsReadBack) {
  SearchRecord record = search("\"quoted\"\ttab", "a b* c*");
  record.time = 5;
  record.topic = "7";
  record.shown[1].sentence = 0;
  record.shown[1].dwell = 0.25;
  record.shown[2].page = "";
  const std::string line = search_line(record, "id-1");
  const ClickLogLine back = parse_click_log_line(line, "here");
  EXPECT_EQ(back.id, "id-1");
  ASSERT_TRUE(back.search.has_value());
  EXPECT_EQ(search_line(*back.search, "id-1"), line);
  EXPECT_TRUE(back.search->shown[2].clicked);
  EXPECT_DOUBLE_EQ(back.search->shown[1].dwell, 0.25);
}

TEST_F(ClickLogTest, ClicksOnLaterLinesFindTheirSearch) {
  const std::string text = search_line(search("one", "a b"), "1") + "\n" + search_line(search("two", "a b*")) + "\n" +
                           click_line("1", {{.page = "b"}}) + "\n" + click_line("9", {{.page = "b"}}) + "\n";
  const auto records = read("log.jsonl", text);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].query, "one");
  EXPECT_TRUE(records[0].shown[1].clicked);
  EXPECT_EQ(counts_.unmatched_clicks, 1);
}

TEST_F(ClickLogTest, FewSearchesWaitForTheirClicks) {
  std::string text;
  for (int i = 0; i < 5; ++i) text += search_line(search("query " + std::to_string(i), "a b"), std::to_string(i)) + "\n";
  text += click_line("0", {{.page = "a"}}) + "\n" + click_line("4", {{.page = "a"}}) + "\n";
  ClickLogOptions options;
  options.max_open_searches = 3;
  const auto records = read("log.jsonl", text, options);
  ASSERT_EQ(records.size(), 5U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(records[static_cast<std::size_t>(i)].query, "query " + std::to_string(i));
  EXPECT_FALSE(records[0].shown[0].clicked);
  EXPECT_TRUE(records[4].shown[0].clicked);
  EXPECT_EQ(counts_.unmatched_clicks, 1);
}

TEST_F(ClickLogTest, BadJsonIsNamedByItsLine) {
  const auto line = [](const std::string& members) { return "{\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[]}\n{" + members + "}\n"; };
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":")), AllOf(HasSubstr("x.jsonl:2"), HasSubstr("not valid JSON")));
  EXPECT_THAT(refusal("x.jsonl", "[1]\n"), AllOf(HasSubstr("x.jsonl:1"), HasSubstr("a JSON object is expected, found array")));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\"]")), HasSubstr("'clicked' is missing"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"clicked\":[]")), HasSubstr("'shown' is missing"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\" \",\"shown\":[],\"clicked\":[]")), HasSubstr("the query is blank"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":3,\"shown\":[],\"clicked\":[]")), HasSubstr("must be a string"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":\"a\",\"clicked\":[]")), HasSubstr("'shown' must be a list"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[3],\"clicked\":[]")), HasSubstr("an entry of 'shown'"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"\"],\"clicked\":[]")), HasSubstr("is empty; write null"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\",\"a\"],\"clicked\":[]")), HasSubstr("'a' is shown twice"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[\"b\"]")),
              HasSubstr("'b' was clicked but not shown"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[2]")), HasSubstr("position 2 was clicked, but 1"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[0]")), HasSubstr("neither a page nor a position"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[true]")), HasSubstr("an entry of 'clicked'"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[\"a\"],\"clicked\":[{\"page\":\"a\",\"dwell\":-2}]")),
              HasSubstr("dwell"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"shown\":[{\"page\":\"a\",\"sentence\":-2}],\"clicked\":[]")),
              HasSubstr("sentence"));
  EXPECT_THAT(refusal("x.jsonl", line("\"query\":\"q\",\"time\":1700000000000,\"shown\":[],\"clicked\":[]")), HasSubstr("milliseconds"));
  EXPECT_THAT(refusal("x.jsonl", search_line(search("q", "a"), "1") + "\n" + search_line(search("q", "a"), "1")),
              HasSubstr("earlier search"));
  EXPECT_THAT(message_of<Error>([&] { read_click_log(scratch_ / "none.jsonl", {}, [](SearchRecord&, const std::string&) {}); }),
              HasSubstr("none.jsonl"));
}

TEST_F(ClickLogTest, LinesThatAreTooLongAreBad) {
  ClickLogOptions options;
  options.max_record_bytes = 100;
  EXPECT_THAT(message_of<Error>([&] { read("x.jsonl", search_line(search(std::string(200, 'q'), "a")) + "\n", options); }),
              HasSubstr("x.jsonl:1: the line is longer than 100 bytes"));
}

TEST_F(ClickLogTest, BadRecordsCanBePassedOver) {
  ClickLogOptions options;
  options.on_bad = data::OnBad::skip;
  std::vector<std::string> messages;
  options.report_bad = [&](const std::string& message) { messages.push_back(message); };
  const auto records = read("x.jsonl", search_line(search("q", "a*")) + "\n{\"query\": \"torn", options);
  EXPECT_EQ(records.size(), 1U);
  EXPECT_EQ(counts_.bad_records, 1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_THAT(messages[0], HasSubstr("x.jsonl:2"));
}

TEST_F(ClickLogTest, TabSeparatedValues) {
  const auto records = read("log.tsv",
                            "time\tquery\tshown\tclicked\tsentences\ttopic\n"
                            "12\twhat is it\ta|b\\|c|d e\tb\\|c|d e\t1||\t5\n"
                            "\tback\\\\slash\\tand tab\ta\t\t\t\r\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].query, "what is it");
  EXPECT_EQ(records[0].time, 12);
  EXPECT_EQ(records[0].topic, "5");
  ASSERT_EQ(records[0].shown.size(), 3U);
  EXPECT_EQ(records[0].shown[0].sentence, 1);
  EXPECT_EQ(records[0].shown[1].page, "b|c");
  EXPECT_EQ(records[0].shown[1].sentence, -1);
  EXPECT_TRUE(records[0].shown[2].clicked);
  EXPECT_EQ(records[1].query, "back\\slash\tand tab");
  EXPECT_EQ(records[1].time, 0);
}

TEST_F(ClickLogTest, BadTabSeparatedValues) {
  const std::string header = "query\tshown\tclicked\ttime\tsentences\n";
  EXPECT_THAT(refusal("x.tsv", ""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("x.tsv", "query\tshown\n"), AllOf(HasSubstr("x.tsv:1"), HasSubstr("'clicked' is missing")));
  EXPECT_THAT(refusal("x.tsv", "query\tshown\tclick\n"), HasSubstr("no column 'click'"));
  EXPECT_THAT(refusal("x.tsv", "query\tquery\tshown\tclicked\n"), HasSubstr("stands twice"));
  EXPECT_THAT(refusal("x.tsv", header + "q\ta\n"), AllOf(HasSubstr("x.tsv:2"), HasSubstr("2 fields where the first line names 5")));
  EXPECT_THAT(refusal("x.tsv", header + "q\ta\t\tyesterday\t\n"), HasSubstr("column time must hold whole numbers, but has 'yesterday'"));
  EXPECT_THAT(refusal("x.tsv", header + "q\ta\\x\t\t\t\n"), HasSubstr("a backslash"));
  EXPECT_THAT(refusal("x.tsv", header + "q\ta|b\t\t\t1\n"), HasSubstr("1 sentences for 2 results"));
  EXPECT_THAT(refusal("x.tsv", header + "q\ta\tb\t\t\n"), HasSubstr("'b' was clicked but not shown"));
  EXPECT_THAT(refusal("x.tsv", header + "q\ta\ta|\t\t\n"), HasSubstr("an empty entry"));
  EXPECT_THAT(refusal("x.tsv", header + "q\xFF\ta\t\t\t\n"), HasSubstr("byte 1 of the query is not UTF-8"));
}

TEST_F(ClickLogTest, ImportKeepsThePlacesOfUnknownPages) {
  write_file_atomically(scratch_ / "a.jsonl", search_line(search("q", "gone* a b*")) + "\n" + search_line(search("r", "gone lost")) + "\n" +
                                                  search_line(search("s", "a")) + "\n");
  write_file_atomically(scratch_ / "b.tsv", "query\tshown\tclicked\nt\tb|a\ta\n");
  ImportOptions options;
  options.known_page = [](std::string_view page) { return page == "a" || page == "b"; };
  const ClickLogReport report = import_click_logs({scratch_ / "a.jsonl", scratch_ / "b.tsv"}, scratch_ / "out.jsonl", options);
  EXPECT_EQ(report.searches, 3);
  EXPECT_EQ(report.left_out, 1);
  EXPECT_EQ(report.results, 6);
  EXPECT_EQ(report.clicks, 3);
  EXPECT_EQ(report.with_clicks, 2);
  EXPECT_EQ(report.unknown_results, 3);
  EXPECT_EQ(report.unknown_clicks, 1);
  EXPECT_THAT(report.unknown_pages, testing::ElementsAre("gone", "lost"));
  ASSERT_EQ(report.positions.size(), 3U);
  EXPECT_EQ(report.positions[0].shown, 3);
  EXPECT_EQ(report.positions[0].clicked, 1);
  EXPECT_EQ(read_file(scratch_ / "out.jsonl"),
            "{\"query\":\"q\",\"shown\":[null,\"a\",\"b\"],\"clicked\":[1,\"b\"]}\n"
            "{\"query\":\"s\",\"shown\":[\"a\"],\"clicked\":[]}\n"
            "{\"query\":\"t\",\"shown\":[\"b\",\"a\"],\"clicked\":[\"a\"]}\n");
}

TEST_F(ClickLogTest, AnImportThatFailsLeavesNothing) {
  write_file_atomically(scratch_ / "a.jsonl", search_line(search("q", "a")) + "\nbroken\n");
  EXPECT_THROW(import_click_logs({scratch_ / "a.jsonl"}, scratch_ / "out.jsonl", {}), Error);
  EXPECT_EQ(scratch_.entries(), 1U);
}

}  // namespace
}  // namespace fathom::clicks
