#include "fathom/data/decontamination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/generated_text.h"

namespace fathom::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DecontaminationTest : public testing::Test {
 protected:
  std::filesystem::path store(const std::string& name, std::string_view bytes) {
    write_file_atomically(scratch_ / name, bytes);
    return scratch_ / name;
  }
  // One set of JSON records in one field.
  DecontaminationIndex index_of(const std::vector<std::string>& questions, const DecontaminationOptions& options = {}) {
    std::string lines;
    for (const std::string& question : questions)
      lines += Json{{"question", question}, {"id", "an id of more than ten words which is never searched for at all"}}.dump() + "\n";
    return DecontaminationIndex({{"questions", store("questions.jsonl", lines), {"question"}}}, options);
  }
  ScratchDirectory scratch_;
};

const std::string question = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?";

TEST_F(DecontaminationTest, FindsTenWordsInARow) {
  const DecontaminationIndex index = index_of({"What is the capital of the country that lies north of the river Elbe?", question});
  const std::string before = "Some web page.\n", passage = "takes 2 bolts of blue fiber and half that much", after = " red cloth.";
  const auto hits = index.find(before + passage + after);
  ASSERT_THAT(hits, SizeIs(1));
  EXPECT_EQ(hits[0].begin, before.size());
  EXPECT_EQ(hits[0].end, before.size() + passage.size());
  EXPECT_EQ(hits[0].sample, passage);
  EXPECT_EQ(index.set_name(hits[0].set), "questions");
  EXPECT_EQ(hits[0].record, (scratch_ / "questions.jsonl").string() + ":2");
  EXPECT_TRUE(index.hits(before + passage + after));
  // Nine words are no hit.
  EXPECT_FALSE(index.hits(before + "takes 2 bolts of blue fiber and half that" + after));
  EXPECT_THAT(index.find("takes 2 bolts of blue fiber or half that much white fiber, how many bolts in"), IsEmpty());
  EXPECT_FALSE(index.hits("an id of more than ten words which is never searched for at all"));
}

TEST_F(DecontaminationTest, CasePunctuationAndLineBreaksHideNothing) {
  const DecontaminationIndex index = index_of({question});
  EXPECT_TRUE(index.hits("A ROBE TAKES 2 BOLTS OF BLUE FIBER AND HALF THAT"));
  EXPECT_TRUE(index.hits("* a \"robe\" takes\n2 bolts (of blue fiber), and - half\r\n\tthat!"));
  EXPECT_FALSE(index.hits("a robe takes two bolts of blue fiber and half that"));
}

TEST_F(DecontaminationTest, OverlappingMatchesAreOneHit) {
  const DecontaminationIndex index = index_of({question});
  const std::string document = "First: " + question + "\nNothing here.\nAgain: " + question + "\n";
  const auto hits = index.find(document);
  ASSERT_THAT(hits, SizeIs(2));
  EXPECT_EQ(document.substr(hits[0].begin, hits[0].end - hits[0].begin), question.substr(0, question.size() - 1));
  EXPECT_LT(hits[0].end, hits[1].begin);
  EXPECT_THAT(index.find(document, 1), SizeIs(1));
  EXPECT_THAT(index.find(document, 0), IsEmpty());
}

TEST_F(DecontaminationTest, ChineseByCharacters) {
  const std::string chinese = "小明有二十五个苹果，他给了小红七个，请问小明现在还剩下多少个苹果？";
  const DecontaminationIndex index = index_of({chinese});
  const auto hits = index.find("网页内容。小明有二十五个苹果他给了小红七个。其他");
  ASSERT_THAT(hits, SizeIs(1));
  EXPECT_EQ(hits[0].sample, "小明有二十五个苹果他给了小红七个");
  EXPECT_TRUE(index.hits("，有二十五个苹果 他给了小红七个 请问，"));
  EXPECT_FALSE(index.hits("二十五个苹果，他给了小红七个"));  // 14 of the 16 characters
}

TEST_F(DecontaminationTest, ShortTextsAreWholeLines) {
  const DecontaminationIndex index = index_of({"Who wrote the Iliad?", "What is it?", "谁写了《红楼梦》这本书"});
  EXPECT_EQ(index.left_out(0), 1);  // three words
  EXPECT_EQ(index.records(0), 3);
  const auto hits = index.find("Quiz\n1. Who\nwho wrote THE Iliad\nHomer\n");
  ASSERT_THAT(hits, SizeIs(1));
  EXPECT_EQ(hits[0].sample, "who wrote THE Iliad");
  EXPECT_TRUE(index.hits("Who wrote the Iliad?"));
  EXPECT_TRUE(index.hits("Who wrote\nthe Iliad?"));  // the document as a whole
  EXPECT_TRUE(index.hits("a\n谁写了红楼梦这本书？\nb"));
  EXPECT_FALSE(index.hits("Someone asked who wrote the Iliad."));
  EXPECT_FALSE(index.hits("What is it?"));
  EXPECT_FALSE(index.hits("x\nWho wrote\nthe Iliad?"));
}

TEST_F(DecontaminationTest, CutsPassages) {
  const DecontaminationIndex index = index_of({question, "Who wrote the Iliad?"});
  EXPECT_EQ(index.without_passages("Text before.\nQ: " + question + "\nText after, kept.\n"), "Text before.\nQ: ?\nText after, kept.\n");
  EXPECT_EQ(index.without_passages("Text before.\n" + question + "\nText after.\n"), "Text before.\nText after.\n");
  EXPECT_EQ(index.without_passages("a\nWho wrote the Iliad?\nb"), "a\nb");
  std::string broken = question;
  for (const std::size_t space : {std::size_t{20}, std::size_t{47}}) broken[broken.find(' ', space)] = '\n';
  EXPECT_EQ(index.without_passages("before " + broken + " after\nend"), "before ? after\nend");
  EXPECT_EQ(index.without_passages("nothing\n\n to cut"), "nothing\n\n to cut");
  EXPECT_EQ(index.without_passages(""), "");
}

TEST_F(DecontaminationTest, FieldsAndKindsOfFiles) {
  const auto records =
      store("records.jsonl", R"({"question": {"stem": "one two three four five six seven eight nine ten"}, "a.b": "r s t u"}
{"question": {"stem": "x", "choices": ["alpha beta gamma delta", "epsilon"]}, "id": 7}
)");
  const DecontaminationIndex all({{"", records, {}}});
  EXPECT_EQ(all.set_name(0), "records.jsonl");
  EXPECT_TRUE(all.hits("one two three four five six seven eight nine ten"));
  EXPECT_TRUE(all.hits("Alpha, beta, gamma, delta!"));
  EXPECT_TRUE(all.hits("r s t u"));
  const DecontaminationIndex stems({{"stems", records, {"question.stem"}}});
  EXPECT_TRUE(stems.hits("one two three four five six seven eight nine ten"));
  EXPECT_FALSE(stems.hits("alpha beta gamma delta"));
  const DecontaminationIndex pointed({{"p", records, {"a.b"}}});
  EXPECT_TRUE(pointed.hits("r s t u"));

  const auto plain = store("plain.txt", "the first paragraph has more\nthan ten words on two lines of text\n\n\nthe second one is here\n");
  const DecontaminationIndex paragraphs({{"plain", plain, {}}, {"stems", records, {"question.stem"}}});
  EXPECT_EQ(paragraphs.records(0), 2);
  const auto hits = paragraphs.find("The second one is here.\nThe first paragraph has more than ten words on two lines");
  ASSERT_THAT(hits, SizeIs(2));
  EXPECT_EQ(hits[0].record, plain.string() + ":5");
  EXPECT_EQ(hits[1].record, plain.string() + ":1");
  EXPECT_EQ(hits[1].set, 0);
}

TEST_F(DecontaminationTest, RefusesSetsThatSearchForNothing) {
  const auto records = store("records.jsonl", "{\"q\": \"yes\"}\n{\"q\": \"no\"}\n");
  const auto refusal = [&](const TestSet& set) { return message_of<Error>([&] { DecontaminationIndex index({set}); }); };
  EXPECT_THAT(refusal({"", records, {"question"}}), HasSubstr("no record has the field 'question'"));
  EXPECT_THAT(refusal({"", records, {"q"}}), HasSubstr("no text has 4 words or more"));
  EXPECT_THAT(refusal({"", scratch_ / "none.jsonl", {}}), HasSubstr("none.jsonl"));
  EXPECT_THAT(refusal({"", store("a.txt", "one two three four five"), {"q"}}), HasSubstr("no file of JSON records"));
  EXPECT_THAT(refusal({"", store("b.txt", "one two\nthree \xFF four five"), {}}), HasSubstr("b.txt:2"));
  EXPECT_THAT(refusal({"", store("c.txt", "\n\n"), {}}), HasSubstr("no text"));
}

TEST_F(DecontaminationTest, AgainstPlainSearch) {
  Rng rng(1);
  // Words from a small vocabulary, so that runs of three meet often.
  const Words vocabulary = random_words(rng, 12);
  const auto draw = [&](std::size_t count) {
    Words words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(vocabulary[rng.below(vocabulary.size())]);
    return words;
  };
  std::vector<std::string> questions;
  for (int i = 0; i < 10; ++i) questions.push_back(joined(draw(8)));
  const DecontaminationIndex index = index_of(questions, {.ngram = {3, 5}, .min_short_words = 1});
  int hit = 0;
  for (int i = 0; i < 500; ++i) {
    const Words words = draw(12);
    bool expected = false;
    for (std::size_t k = 0; k + 3 <= words.size(); ++k) {
      const std::string run = " " + words[k] + " " + words[k + 1] + " " + words[k + 2] + " ";
      for (const std::string& q : questions) expected = expected || (" " + q + " ").find(run) != std::string::npos;
    }
    ASSERT_EQ(index.hits(joined(words)), expected);
    ASSERT_EQ(!index.find(joined(words)).empty(), expected);
    hit += expected ? 1 : 0;
  }
  EXPECT_GT(hit, 100);
  EXPECT_LT(hit, 400);
}

TEST_F(DecontaminationTest, FingerprintFollowsWhatIsSearchedFor) {
  const auto fingerprint_of = [&](const std::vector<std::string>& questions, const DecontaminationOptions& options = {}) {
    return index_of(questions, options).fingerprint();
  };
  const std::string other = "what is the sum of all numbers from one to one hundred";
  EXPECT_EQ(fingerprint_of({question, other}), fingerprint_of({other, question, question}));
  EXPECT_NE(fingerprint_of({question}), fingerprint_of({question, other}));
  EXPECT_NE(fingerprint_of({question}), fingerprint_of({question}, {.ngram = {9, 16}, .min_short_words = 4}));
}

TEST_F(DecontaminationTest, HostileDocuments) {
  const DecontaminationIndex index = index_of({question, "Who wrote the Iliad?"});
  EXPECT_FALSE(index.hits(""));
  EXPECT_FALSE(index.hits(std::string_view("\0\xFF\xFE\n\0", 5)));
  std::string repeated;
  for (int i = 0; i < 3000; ++i) repeated += question + "\n";
  EXPECT_THAT(index.find(repeated), SizeIs(100));
  EXPECT_EQ(index.without_passages(repeated), "");
  const auto hits = index.find(std::string("who\0wrote", 9) + "\xFFthe Iliad");
  EXPECT_THAT(hits, SizeIs(1));
}

}  // namespace
}  // namespace fathom::data
