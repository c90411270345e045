#include "fathom/faq/semeval_xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/faq/faq_entries.h"
#include "fathom/faq/question_sets.h"
#include "tests/faq/small_faq.h"

namespace fathom::faq {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::write_text;

constexpr const char* small_xml = R"(<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE xml [
<!ELEMENT xml (OrgQuestion*)>
]>
<xml version="1.0">
<OrgQuestion ORGQ_ID="Q1">
  <OrgQSubject>Bank &amp; money</OrgQSubject>
  <OrgQBody>Which one?</OrgQBody>
  <Thread THREAD_SEQUENCE="Q1_R2">
    <RelQuestion RELQ_ID="Q1_R2" RELQ_RANKING_ORDER="2" RELQ_RELEVANCE2ORGQ="Irrelevant">
      <RelQSubject>Cars</RelQSubject><RelQBody></RelQBody>
    </RelQuestion>
  </Thread>
</OrgQuestion>
<OrgQuestion ORGQ_ID="Q1">
  <OrgQSubject>Bank &amp; money</OrgQSubject>
  <OrgQBody>Which one?</OrgQBody>
  <Thread THREAD_SEQUENCE="Q1_R1">
    <RelQuestion RELQ_ID="Q1_R1" RELQ_RANKING_ORDER="1" RELQ_RELEVANCE2ORGQ="PerfectMatch">
      <RelQSubject>Best bank</RelQSubject><RelQBody>for me?</RelQBody>
    </RelQuestion>
    <RelComment RELC_ID="C1"><RelCText>The near one.</RelCText></RelComment>
    <RelComment RELC_ID="C2"><RelCText>Any.</RelCText></RelComment>
  </Thread>
</OrgQuestion>
</xml>
)";

// Whoever made the pairs took no-break spaces for white space.
std::string spaced(std::string text) {
  for (std::size_t at = text.find("\xC2\xA0"); at != std::string::npos; at = text.find("\xC2\xA0", at)) text.replace(at, 2, " ");
  return text;
}

class SemevalXml : public ::testing::Test {
 protected:
  std::vector<SemevalThread> read(const std::string& text) {
    write_text(scratch / "a.xml", text);
    std::vector<SemevalThread> threads;
    for_each_semeval_thread(scratch / "a.xml", [&](const SemevalThread& thread) { threads.push_back(thread); });
    return threads;
  }
  std::string error(const std::string& text) {
    return message_of<Error>([&] { read(text); });
  }
  static std::string with(const std::string& from, const std::string& to) {
    std::string text = small_xml;
    return text.replace(text.find(from), from.size(), to);
  }
  ScratchDirectory scratch;
};

TEST_F(SemevalXml, ReadsThreads) {
  const auto threads = read(small_xml);
  ASSERT_EQ(threads.size(), 2u);
  EXPECT_EQ(threads[0].query_id, "Q1");
  EXPECT_EQ(threads[0].query, "Bank & money. Which one?");
  EXPECT_EQ(threads[0].id, "Q1_R2");
  EXPECT_EQ(threads[0].text, "Cars. ");
  EXPECT_EQ(threads[0].rank, 2);
  EXPECT_TRUE(threads[0].comments.empty());
  EXPECT_THAT(threads[0].position, HasSubstr("a.xml:10"));
  EXPECT_EQ(threads[1].relevance, "PerfectMatch");
  EXPECT_THAT(threads[1].comments, ElementsAre("The near one.", "Any."));
}

TEST_F(SemevalXml, ErrorsNameFileAndLine) {
  const std::string whole = small_xml;
  EXPECT_THAT(error(whole.substr(0, whole.find("Which one"))), HasSubstr("a.xml:8: the XML is broken here"));
  EXPECT_THAT(error(with("</RelQSubject>", "</RelQBody>")), HasSubstr("a.xml:11: the XML is broken here"));
  EXPECT_THAT(error(with("Bank &amp; money", "Bank & money")), HasSubstr("a.xml:7"));
  EXPECT_THAT(error(with("Cars", "Caf\xE9")), HasSubstr("a.xml:11"));
  EXPECT_THAT(error(with("RELQ_RANKING_ORDER=\"2\"", "RELQ_RANKING_ORDER=\"two\"")), HasSubstr("a.xml:10: RELQ_RANKING_ORDER is 'two'"));
  EXPECT_THAT(error(with("RELQ_ID=\"Q1_R2\"", "")), HasSubstr("a.xml:10: RelQuestion has no attribute RELQ_ID"));
  EXPECT_THAT(error("<xml><Thread></Thread></xml>"), HasSubstr("a.xml:1: a Thread stands outside"));
  EXPECT_THAT(error("<xml><OrgQuestion ORGQ_ID=\"Q1\">\n<Thread></Thread></OrgQuestion></xml>"),
              HasSubstr("a.xml:2: the Thread that ends"));
  EXPECT_THAT(error(with("<!ELEMENT xml (OrgQuestion*)>", "<!ENTITY a \"b\">")), HasSubstr("a.xml:3: the file declares an entity"));
  EXPECT_THAT(error("<html></html>"), HasSubstr("there is no Thread"));
  EXPECT_THAT(error(""), HasSubstr("a.xml:1"));
}

TEST_F(SemevalXml, IsAFaqAndAQuestionSet) {
  write_text(scratch / "a.xml", small_xml);
  const auto entries = read_faq_entries({(scratch / "a.xml").string()}, {});
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].question, "Cars.");
  EXPECT_EQ(entries[1].answer, "The near one.");
  const QuestionSet set = read_question_set(scratch / "a.xml");
  ASSERT_EQ(set.lists.size(), 1u);
  ASSERT_EQ(set.lists[0].candidates.size(), 2u);
  EXPECT_EQ(set.lists[0].candidates[0].id, "Q1_R1");
  EXPECT_TRUE(set.lists[0].candidates[0].relevant);
  EXPECT_FALSE(set.lists[0].candidates[1].relevant);
  // Labels that are kept back cannot be measured with; a candidate counts once.
  write_text(scratch / "b.xml", with("PerfectMatch", "?"));
  EXPECT_THAT(message_of<Error>([&] { read_question_set(scratch / "b.xml"); }), HasSubstr("b.xml:19: RELQ_RELEVANCE2ORGQ is '?'"));
  write_text(scratch / "c.xml", with("RELQ_ID=\"Q1_R1\"", "RELQ_ID=\"Q1_R2\""));
  EXPECT_THAT(message_of<Error>([&] { read_question_set(scratch / "c.xml"); }), HasSubstr("'Q1_R2' of question 'Q1' is given twice"));
}

TEST_F(SemevalXml, OfficialFilesGiveThePairsThatWereMadeOfThem) {
  const char* shared = std::getenv("FATHOM_SHARED");
  const std::filesystem::path data = std::filesystem::path(shared != nullptr ? shared : "../shared") / "data" / "semeval-cqa";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << data << " is not there";
  const QuestionSet xml = read_question_set(data / "xml" / "SemEval2016-Task3-CQA-QL-dev.xml.xz");
  const QuestionSet pairs = read_question_set(data / "pairs-2016-dev.jsonl.xz");
  ASSERT_EQ(xml.lists.size(), pairs.lists.size());
  for (std::size_t i = 0; i < xml.lists.size(); ++i) {
    EXPECT_EQ(xml.lists[i].id, pairs.lists[i].id);
    ASSERT_EQ(xml.lists[i].candidates.size(), pairs.lists[i].candidates.size());
    for (std::size_t j = 0; j < xml.lists[i].candidates.size(); ++j) {
      const JudgedCandidate &a = xml.lists[i].candidates[j], &b = pairs.lists[i].candidates[j];
      EXPECT_EQ(a.id, b.id);
      EXPECT_EQ(a.relevant, b.relevant);
      EXPECT_EQ(normalize_space(spaced(a.text)), normalize_space(spaced(b.text))) << a.id;
    }
  }
}

}  // namespace
}  // namespace fathom::faq
