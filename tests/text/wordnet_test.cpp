#include "fathom/text/wordnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A database of a few lines in a directory of its own.
class SmallWordNet : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 (std::string("wordnet-") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    write("data.noun",
          "  1 a licence line\n"
          "00000020 05 n 02 mouse 0 small_rodent 0 001 @ 00000040 n 0000 | any of many rodents\n"
          "00000040 05 n 01 rodent 0 000 | an animal\n"
          "00000060 18 n 02 Einstein 0 Albert_Einstein 0 001 @i 00000080 n 0000 | a physicist\n"
          "00000080 18 n 01 physicist 0 000 | one who works in physics\n"
          "00000100 06 n 01 mouse 1 000 | a device\n"
          "00000120 04 n 01 run 0 000 | the act of running\n");
    write("index.noun",
          "albert_einstein n 1 1 @ 1 0 00000060  \n"
          "einstein n 1 1 @ 1 0 00000060  \n"
          "mouse n 2 1 @ 2 1 00000020 00000100  \n"
          "physicist n 1 0 1 0 00000080  \n"
          "rodent n 1 0 1 0 00000040  \n"
          "run n 1 0 1 1 00000120  \n"
          "small_rodent n 1 1 @ 1 0 00000020  \n");
    write("noun.exc", "mice mouse\n");
    write("data.verb", "00000010 38 v 02 run 0 race 1 000 01 + 02 00 | move fast\n");
    write("index.verb", "race v 1 0 1 1 00000010  \nrun v 1 0 1 1 00000010  \n");
    write("verb.exc", "ran run\n");
    write("data.adj", "00000010 00 s 02 galore(ip) 0 big(a) 0 000 | many\n");
    write("index.adj", "big a 1 0 1 0 00000010  \ngalore a 1 0 1 0 00000010  \n");
    write("adj.exc", "");
    write("data.adv", "00000010 02 r 01 fast 0 000 | quickly\n");
    write("index.adv", "fast r 1 0 1 0 00000010  \n");
    write("adv.exc", "");
    write("cntlist.rev", "run%1:04:00:: 1 3\nrun%2:38:00:: 1 20\nbig%5:00:00:many:00 1 4\n");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const char* name, const std::string& content) const { std::ofstream(directory_ / name) << content; }
  WordNet open() const { return WordNet::open(directory_); }
  std::string failure() const {
    try {
      open();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::filesystem::path directory_;
};

TEST_F(SmallWordNet, SynsetsWithClassesWordsAndInstances) {
  const WordNet net = open();
  const std::vector<Synset> mouse = net.synsets("Mice");
  ASSERT_EQ(mouse.size(), 2U);
  EXPECT_EQ(mouse[0].part_of_speech, PartOfSpeech::noun);
  EXPECT_EQ(lexicographer_class_name(mouse[0].lexicographer_class), "noun.animal");
  EXPECT_THAT(mouse[0].words, ElementsAre("mouse", "small_rodent"));
  EXPECT_FALSE(mouse[0].instance);
  EXPECT_EQ(lexicographer_class_name(mouse[1].lexicographer_class), "noun.artifact");
  const std::vector<Synset> einstein = net.synsets("albert einstein");
  ASSERT_EQ(einstein.size(), 1U);
  EXPECT_TRUE(einstein[0].instance);
  EXPECT_EQ(lexicographer_class_name(einstein[0].lexicographer_class), "noun.person");
  EXPECT_THAT(net.synsets("galore").at(0).words, ElementsAre("galore", "big"));
  EXPECT_THAT(net.synsets("unknown"), IsEmpty());
  EXPECT_EQ(net.synset_count(), 9U);
}

TEST_F(SmallWordNet, BaseFormsByExceptionsAndSuffixes) {
  const WordNet net = open();
  EXPECT_THAT(net.base_forms("mice", PartOfSpeech::noun), ElementsAre("mouse"));
  EXPECT_THAT(net.base_forms("ran", PartOfSpeech::verb), ElementsAre("run"));
  EXPECT_THAT(net.base_forms("racing", PartOfSpeech::verb), ElementsAre("race"));
  EXPECT_THAT(net.base_forms("physicists", PartOfSpeech::noun), ElementsAre("physicist"));
  EXPECT_THAT(net.base_forms("racings", PartOfSpeech::verb), ElementsAre("race"));  // two rules, one after the other
  EXPECT_THAT(net.base_forms("mouse", PartOfSpeech::verb), IsEmpty());
  EXPECT_THAT(net.base_forms("", PartOfSpeech::noun), IsEmpty());
  EXPECT_THAT(net.base_forms(std::string(1000, 's'), PartOfSpeech::noun), IsEmpty());
  EXPECT_THAT(net.parts_of_speech("runs"), ElementsAre(PartOfSpeech::noun, PartOfSpeech::verb));
  EXPECT_THAT(net.parts_of_speech("galore"), ElementsAre(PartOfSpeech::adjective));
  EXPECT_TRUE(net.are_synonyms("racing", "ran"));
  EXPECT_FALSE(net.are_synonyms("mouse", "rodent"));
}

TEST_F(SmallWordNet, EveryLemmaOfAPartOfSpeech) {
  const WordNet net = open();
  std::vector<std::string_view> lemmas;
  for (std::size_t i = 0; i < net.lemma_count(PartOfSpeech::noun); ++i) lemmas.push_back(net.lemma(PartOfSpeech::noun, i));
  EXPECT_THAT(lemmas, ElementsAre("albert_einstein", "einstein", "mouse", "physicist", "rodent", "run", "small_rodent"));
  EXPECT_EQ(net.synsets_of_lemma(PartOfSpeech::noun, 2).size(), 2U);
  EXPECT_EQ(net.tagged_count(PartOfSpeech::noun, net.find_lemma(PartOfSpeech::noun, "run")), 3U);
  EXPECT_EQ(net.tagged_count(PartOfSpeech::verb, net.find_lemma(PartOfSpeech::verb, "run")), 20U);
  EXPECT_EQ(net.tagged_count(PartOfSpeech::adjective, net.find_lemma(PartOfSpeech::adjective, "big")), 4U);
  EXPECT_EQ(net.find_lemma(PartOfSpeech::adverb, "slowly"), net.lemma_count(PartOfSpeech::adverb));
}

TEST_F(SmallWordNet, MissingFilesAreNamedWithTheirPackage) {
  std::filesystem::remove(directory_ / "index.verb");
  EXPECT_THAT(failure(), AllOf(HasSubstr("index.verb: not found"), HasSubstr("wordnet-base")));
  std::filesystem::remove_all(directory_);
  EXPECT_THAT(failure(), AllOf(HasSubstr("data.noun: not found"), HasSubstr("wordnet-base")));
}

TEST_F(SmallWordNet, BrokenLinesAreNamed) {
  write("data.adv", "00000010 02 r 01 fast 0 000 | quickly\n00000020 02 r 02 slow 0\n");
  EXPECT_THAT(failure(), AllOf(HasSubstr("data.adv:2: expected a word"), HasSubstr("end of the line")));
  write("data.adv", "00000010 45 r 01 fast 0 000 | quickly\n");
  EXPECT_THAT(failure(), HasSubstr("data.adv:1: expected the number of a lexicographer file, 0 to 44, found '45'"));
  write("data.adv", "00000010 02 n 01 fast 0 000 | quickly\n");
  EXPECT_THAT(failure(), HasSubstr("data.adv:1: expected the type"));
  write("data.adv", "00000010 02 r 01 fast 0 000 |\n00000010 02 r 01 slow 0 000 |\n");
  EXPECT_THAT(failure(), HasSubstr("data.adv:2: expected a synset further on"));
  write("data.adv", "<html>\n");
  EXPECT_THAT(failure(), HasSubstr("data.adv:1: expected the byte of the synset, found '<html>'"));
  write("data.adv", "00000010 02 r 01 fast 0 000 | quickly\n");
  write("index.adv", "fast r 1 0 1 0 00000011  \n");
  EXPECT_THAT(failure(), HasSubstr("index.adv:1: expected the byte at which the data file has a synset, found '11'"));
  write("index.adv", "fast r 1 0 1 0 00000010  \nask r 1 0 1 0 00000010  \n");
  EXPECT_THAT(failure(), HasSubstr("index.adv:2: expected a lemma after the one before"));
  write("index.adv", "fast n 1 0 1 0 00000010  \n");
  EXPECT_THAT(failure(), HasSubstr("index.adv:1: expected the part of speech of the file, found 'n'"));
  write("index.adv", "fast r 1 0 1 0 00000010  \n");
  write("adv.exc", "best\n");
  EXPECT_THAT(failure(), HasSubstr("adv.exc:1: expected a base form"));
  write("adv.exc", "");
  write("cntlist.rev", "run 1 3\n");
  EXPECT_THAT(failure(), HasSubstr("cntlist.rev:1: expected a sense key"));
}

TEST(WordNetDatabase, OfDebian) {
  if (!std::filesystem::exists(WordNet::default_directory)) GTEST_SKIP() << "wordnet-base is not installed";
  const WordNet net = WordNet::open();
  EXPECT_EQ(net.synset_count(), 117659U);  // WordNet 3.0
  EXPECT_EQ(net.lemma_count(PartOfSpeech::noun), 117798U);
  EXPECT_THAT(net.base_forms("geese", PartOfSpeech::noun), ElementsAre("goose"));
  EXPECT_THAT(net.base_forms("axes", PartOfSpeech::noun), ElementsAre("ax", "axis"));
  EXPECT_THAT(net.parts_of_speech("quickly"), ElementsAre(PartOfSpeech::adverb));
  const std::vector<Synset> paris = net.synsets("Paris", PartOfSpeech::noun);
  EXPECT_TRUE(std::ranges::any_of(paris, [](const Synset& synset) {
    return synset.instance && lexicographer_class_name(synset.lexicographer_class) == "noun.location";
  }));
  EXPECT_THAT(net.synsets("car", PartOfSpeech::noun).at(0).words, Contains("automobile"));
  EXPECT_TRUE(net.are_synonyms("cars", "automobile"));
  EXPECT_GT(net.tagged_count(PartOfSpeech::noun, net.find_lemma(PartOfSpeech::noun, "water")),
            net.tagged_count(PartOfSpeech::verb, net.find_lemma(PartOfSpeech::verb, "water")));
}

}  // namespace
}  // namespace fathom::text
