#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/clicks/click_log_import.h"
#include "fathom/clicks/click_log_reader.h"
#include "fathom/clicks/judged_rankings.h"
#include "tests/base/scratch_directory.h"

namespace fathom::clicks {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* two_results =
    "<results><result rank=\"1\"><url>u1</url><clueweb12id>d1</clueweb12id><title>T &amp; &#xE9;</title><snippet>s1</snippet></result>\n"
    "<result rank='2'><url>u2</url><clueweb12id>d2</clueweb12id><title/><snippet><![CDATA[<b>]]></snippet></result></results>";

class TrecSessionsTest : public testing::Test {
 protected:
  std::vector<SearchRecord> read(const std::string& xml, ClickLogOptions options = {}) {
    write_file_atomically(scratch_ / "s.xml", xml);
    options.report_page = [&](const LoggedPage& page) { pages_.push_back(page); };
    std::vector<SearchRecord> records;
    counts_ = read_click_log(scratch_ / "s.xml", options, [&](SearchRecord& record, const std::string&) { records.push_back(record); });
    return records;
  }
  std::string refusal(const std::string& xml) {
    return message_of<Error>([&] { read(xml); });
  }
  static std::string session(const std::string& interactions) {
    return "<?xml version=\"1.0\"?>\n<!-- of two -->\n<sessiontrack2013><session num=\"1\"><topic num=\"7\"><desc>x</desc></topic>\n" +
           interactions + "</session></sessiontrack2013>\n";
  }
  static std::string interaction(const std::string& clicks) {
    return std::string("<interaction num=\"1\"><query>civil war</query>\n") + two_results + clicks + "</interaction>";
  }
  ScratchDirectory scratch_;
  ClickLogCounts counts_;
  std::vector<LoggedPage> pages_;
};

TEST_F(TrecSessionsTest, InteractionsBecomeSearches) {
  const auto records = read(session(interaction("<clicked><click num=\"1\" starttime=\"10.5\" endtime=\"12\"><rank>2</rank></click>"
                                                "<click num=\"2\" starttime=\"20\" endtime=\"21\"><rank>2</rank></click></clicked>") +
                                    "<currentquery><query>next</query></currentquery>"));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].query, "civil war");
  EXPECT_EQ(records[0].topic, "7");
  ASSERT_EQ(records[0].shown.size(), 2U);
  EXPECT_EQ(records[0].shown[0].page, "d1");
  EXPECT_FALSE(records[0].shown[0].clicked);
  EXPECT_TRUE(records[0].shown[1].clicked);
  EXPECT_DOUBLE_EQ(records[0].shown[1].dwell, 2.5);
  ASSERT_EQ(pages_.size(), 2U);
  EXPECT_EQ(pages_[0].title, "T & \xC3\xA9");
  EXPECT_EQ(pages_[1].snippet, "<b>");
}

TEST_F(TrecSessionsTest, BadRecordsAreNamedByTheirLine) {
  EXPECT_THAT(refusal(session(interaction("<clicked><click><rank>3</rank></click></clicked>"))),
              AllOf(HasSubstr("s.xml:"), HasSubstr("rank 3 was clicked but not shown")));
  EXPECT_THAT(refusal(session(interaction("<clicked><click/></clicked>"))), HasSubstr("<click> has no rank from 1"));
  EXPECT_THAT(refusal(session("<interaction>\n</interaction>")), AllOf(HasSubstr("s.xml:4"), HasSubstr("the query is blank")));
  EXPECT_THAT(refusal(session("<interaction><query>q</query><results><result rank=\"1\"/></results></interaction>")),
              HasSubstr("clueweb12id"));
  EXPECT_THAT(refusal(session("<interaction><query>q</query><results><result rank=\"2\"><docno>a</docno></result>"
                              "<result rank=\"2\"><docno>b</docno></result></results></interaction>")),
              HasSubstr("rank 2 follows rank 2"));
}

TEST_F(TrecSessionsTest, BrokenXmlIsRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("no element"));
  EXPECT_THAT(refusal("query\tshown"), HasSubstr("text outside of any element"));
  EXPECT_THAT(refusal("<html></html>"), HasSubstr("no file of the TREC Session track"));
  EXPECT_THAT(refusal("<sessiontrack2013><session>"), HasSubstr("ends inside <session>"));
  EXPECT_THAT(refusal("<sessiontrack2013></session>"), HasSubstr("</sessiontrack2013> is expected"));
  EXPECT_THAT(refusal("<sessiontrack2013/><sessiontrack2013/>"), HasSubstr("a second element"));
  EXPECT_THAT(refusal("<sessiontrack2013 a=b/>"), HasSubstr("has no quotes"));
  EXPECT_THAT(refusal("<sessiontrack2013 a=\"b/>"), HasSubstr("is not closed"));
  EXPECT_THAT(refusal("<sessiontrack2013>&unknown;</sessiontrack2013>"), HasSubstr("'&unknown;' is no character"));
  EXPECT_THAT(refusal("<sessiontrack2013>a & b</sessiontrack2013>"), HasSubstr("&amp;"));
  EXPECT_THAT(refusal("<sessiontrack2013>&#0;</sessiontrack2013>"), HasSubstr("is no character"));
  EXPECT_THAT(refusal("<sessiontrack2013><!-- open</sessiontrack2013>"), HasSubstr("never closed"));
  EXPECT_THAT(refusal("<!DOCTYPE x [<!ENTITY a \"b\">]><sessiontrack2013/>"), HasSubstr("document type"));
  EXPECT_THAT(refusal("<sessiontrack2013>a < b</sessiontrack2013>"), HasSubstr("&lt;"));
  std::string deep = "<sessiontrack2013>";
  for (int i = 0; i < 200; ++i) deep += "<a>";
  EXPECT_THAT(refusal(deep), HasSubstr("nest deeper"));
}

TEST_F(TrecSessionsTest, AnElementThatIsTooLongIsRefused) {
  ClickLogOptions options;
  options.max_record_bytes = 1000;
  EXPECT_THAT(
      message_of<Error>([&] { read(session("<interaction><query>" + std::string(2000, 'q') + "</query></interaction>"), options); }),
      HasSubstr("longer than 1000 bytes"));
}

TEST_F(TrecSessionsTest, BadRecordsCanBePassedOver) {
  ClickLogOptions options;
  options.on_bad = data::OnBad::skip;
  const auto records = read(session("<interaction></interaction>" + interaction("")) + "<rest>", options);
  EXPECT_EQ(records.size(), 1U);
  EXPECT_EQ(counts_.bad_records, 2);  // the empty interaction, and what stands behind the end
}

TEST_F(TrecSessionsTest, TheTrackOf2013) {
  const char* const named = std::getenv("FATHOM_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(named != nullptr ? named : FATHOM_SOURCE_DIR "/../shared") / "data/trec-session-2013";
  if (!std::filesystem::exists(folder / "sessiontrack2013.xml.xz")) GTEST_SKIP() << folder << " is not there; set FATHOM_SHARED";
  const ClickLogReport report = import_click_logs({folder / "sessiontrack2013.xml.xz"}, scratch_ / "log.jsonl", {});
  // 586 clicks in the file; 28 of them are on a result that was clicked before.
  EXPECT_EQ(report.searches, 401);
  EXPECT_EQ(report.results, 4449);
  EXPECT_EQ(report.clicks, 558);
  EXPECT_EQ(report.without_results, 2);
  EXPECT_EQ(report.positions[0].clicked, 121);
  EXPECT_EQ(report.positions[0].shown, 399);
  const JudgedTopics judgements = read_judgements(folder / "qrels.txt.xz");
  std::size_t count = 0;
  for (const auto& [topic, pages] : judgements) count += pages.size();
  EXPECT_EQ(count, 13132U);
}

}  // namespace
}  // namespace fathom::clicks
