#include "fathom/questions/features.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/questions/candidates.h"
#include "fathom/questions/tagged_sentences.h"

namespace fathom::questions {
namespace {

const std::string passage =
    "The river Rhine flows through Germany. Albert Einstein was born in Ulm on 14 March 1879. He sold 25 percent of his books for $2 "
    "million. "
    "American engineers built the second bridge in the 1930s.";

// Learned once from little text; the dictionary does most of it.
class LexicalFeatures : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(text::WordNet::default_directory)) return;
    const std::vector<std::string> texts = {
        passage,
        "The old king ruled the country. Many people saw the large city near the river. It was built in 1900 by the first company.",
        "She wrote a book about the war. The government of France has promised to reduce the price of water. Dr. Smith lived in London."};
    features_ = new FeatureExtractor(FeatureExtractor::learn(texts, text::WordNet::open()));
  }
  static void TearDownTestSuite() {
    delete features_;
    features_ = nullptr;
  }
  void SetUp() override {
    if (features_ == nullptr) GTEST_SKIP() << "wordnet-base is not installed";
    directory_ = std::filesystem::temp_directory_path() / ("fathom_features_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }
  static AnswerInContext place(const std::string& answer) { return {passage, answer, passage.find(answer)}; }
  static EntityClass entity_of(const AnalyzedText& text, std::string_view word) {
    const auto found = std::find(text.words.begin(), text.words.end(), word);
    return found == text.words.end() ? EntityClass::none : text.entities[static_cast<std::size_t>(found - text.words.begin())];
  }
  static std::string message_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  static FeatureExtractor* features_;
  std::filesystem::path directory_;
};
FeatureExtractor* LexicalFeatures::features_ = nullptr;

TEST_F(LexicalFeatures, DescribeTheSentenceOfTheAnswer) {
  const Example example = features_->describe(place("Ulm"));
  ASSERT_EQ(example.words.size(), 11U);
  EXPECT_EQ(example.words.front(), "albert");
  EXPECT_EQ(example.surface.front(), "Albert");
  EXPECT_EQ(example.answer[5], static_cast<std::uint8_t>(AnswerTag::begin));
  EXPECT_EQ(std::count(example.answer.begin(), example.answer.end(), 0), 10);
  EXPECT_EQ(example.part_of_speech[2], static_cast<std::uint8_t>(Tag::past));
  EXPECT_EQ(example.part_of_speech[6], static_cast<std::uint8_t>(Tag::preposition));
  EXPECT_EQ(example.entity[7], static_cast<std::uint8_t>(EntityClass::date));
  EXPECT_EQ(example.word_case[0], static_cast<std::uint8_t>(WordCase::upper_first));
}

TEST_F(LexicalFeatures, JoinSentencesUnderOneAnswer) {
  const Example example = features_->describe(place("Germany. Albert Einstein"));
  EXPECT_EQ(example.words.front(), "the");
  EXPECT_EQ(std::count(example.answer.begin(), example.answer.end(), static_cast<std::uint8_t>(AnswerTag::inside)), 3);
}

TEST_F(LexicalFeatures, TellEntities) {
  const AnalyzedText text = features_->analyze(passage);
  EXPECT_EQ(entity_of(text, "einstein"), EntityClass::person);
  EXPECT_EQ(entity_of(text, "germany"), EntityClass::location);
  EXPECT_EQ(entity_of(text, "march"), EntityClass::date);
  EXPECT_EQ(entity_of(text, "1930s"), EntityClass::date);
  EXPECT_EQ(entity_of(text, "percent"), EntityClass::percent);
  EXPECT_EQ(entity_of(text, "million"), EntityClass::money);
  EXPECT_EQ(entity_of(text, "second"), EntityClass::ordinal);
  EXPECT_EQ(entity_of(text, "american"), EntityClass::group);
  EXPECT_EQ(entity_of(text, "books"), EntityClass::none);
}

TEST_F(LexicalFeatures, TagMostWordsOfHandTaggedSentences) {
  const TaggedAgreement agreement = compare_tags(
      *features_, read_tagged_sentences(std::filesystem::path(FATHOM_SOURCE_DIR) / "tests/fixtures/questions/tagged_sentences.txt"));
  EXPECT_GT(agreement.words, 400);
  EXPECT_GT(static_cast<double>(agreement.right), 0.9 * static_cast<double>(agreement.words));
}

TEST_F(LexicalFeatures, AreTheSameAfterSaving) {
  features_->save(directory_);
  FeatureExtractor loaded = FeatureExtractor::load(directory_);
  for (const char* answer : {"Ulm", "25 percent", "American engineers"}) {
    const Example before = features_->describe(place(answer)), after = loaded.describe(place(answer));
    EXPECT_EQ(before.part_of_speech, after.part_of_speech);
    EXPECT_EQ(before.entity, after.entity);
  }
  const AnalyzedText before = features_->analyze("The unforgettable blorping of glarks was quickly zazzled.");
  EXPECT_EQ(before.tags, loaded.analyze("The unforgettable blorping of glarks was quickly zazzled.").tags);
}

TEST_F(LexicalFeatures, RefuseBrokenFiles) {
  const auto refusal = [&] { return message_of([&] { FeatureExtractor::load(directory_); }); };
  EXPECT_NE(message_of([&] { FeatureExtractor::load(directory_ / "absent"); }).find("no such directory"), std::string::npos);
  EXPECT_NE(refusal().find("tag_transitions.tsv"), std::string::npos);
  const auto spoil = [&](const char* name, std::string_view text) {
    features_->save(directory_);
    write_file_atomically(directory_ / name, text);
    return refusal();
  };
  EXPECT_NE(spoil("lexicon.tsv", "cat\t0\tseen\tnoun:x\n").find("lexicon.tsv:1: a share is expected"), std::string::npos);
  EXPECT_NE(spoil("lexicon.tsv", "cat\t0\tseen\tnoun:1\ncat\t0\tseen\tnoun:1\n").find(":2: the word 'cat' is given twice"),
            std::string::npos);
  EXPECT_NE(spoil("tag_transitions.tsv", "noun\t1\n").find("numbers are expected"), std::string::npos);
  EXPECT_NE(spoil("entity_phrases.tsv", "paris\tplanet\n").find("entity_phrases.tsv:1: there is no entity class 'planet'"),
            std::string::npos);
  EXPECT_NE(spoil("entity_evidence.tsv", "in paris\t1\t2\t3\t4\n").find("the first line is 'runs'"), std::string::npos);
  EXPECT_NE(message_of([&] { features_->describe(AnswerInContext{"A cat.", "dog", 2}); }).find("nowhere"), std::string::npos);
  EXPECT_NE(message_of([&] { FeatureExtractor::learn({}, text::WordNet::open()); }).find("no words"), std::string::npos);
  write_file_atomically(directory_ / "tags.txt", "a/determiner\ncat\n");
  EXPECT_NE(message_of([&] { read_tagged_sentences(directory_ / "tags.txt"); }).find("tags.txt:2: 'word/tag'"), std::string::npos);
  write_file_atomically(directory_ / "tags.txt", "cat/animal\n");
  EXPECT_NE(message_of([&] { read_tagged_sentences(directory_ / "tags.txt"); }).find("tags.txt:1: there is no part of speech"),
            std::string::npos);
}

TEST_F(LexicalFeatures, CutLongSentencesAroundTheAnswer) {
  std::string text;
  for (int i = 0; i < 600; ++i) text += "word ";
  const std::size_t start = text.size();
  text += "Ulm ";
  for (int i = 0; i < 600; ++i) text += "word ";
  const Example example = features_->describe(AnswerInContext{text, "Ulm", start});
  EXPECT_EQ(example.words.size(), FeatureExtractor::longest_sentence);
  EXPECT_EQ(std::count(example.answer.begin(), example.answer.end(), static_cast<std::uint8_t>(AnswerTag::begin)), 1);
}

TEST_F(LexicalFeatures, WriteQuestionsAsPeopleDo) {
  const Example example = features_->describe(place("Ulm"));
  const std::vector<std::string> words = {"in", "which", "city", "was", "albert", "einstein", "born", "?"};
  EXPECT_EQ(features_->write_question(words, example), "In which city was Albert Einstein born?");
  EXPECT_EQ(features_->write_question(std::vector<std::string>{"who"}, example), "Who?");
  EXPECT_EQ(features_->write_question({}, example), "");
}

TEST_F(LexicalFeatures, DescribeManyAlikeOnAnyNumberOfThreads) {
  std::vector<QuestionRecord> records(700, {place("Ulm"), "Where was he born?", "id", "article", ""});
  records[3].sentence = "Albert Einstein was born in Ulm on 14 March 1879.";
  const std::vector<Example> one = features_->describe_all(records, 1), two = features_->describe_all(records, 2);
  ASSERT_EQ(one.size(), records.size());
  EXPECT_EQ(one[699].words, two[699].words);
  EXPECT_EQ(one[3].words, one[0].words);
  EXPECT_EQ(one[0].type, QuestionType::where);
  EXPECT_EQ(one[0].question.back(), "?");
  EXPECT_EQ(distinct_contexts(records).size(), 1U);
}

TEST_F(LexicalFeatures, SelectorFindsAndRanksAnswers) {
  std::vector<QuestionRecord> records;
  for (const char* answer : {"Ulm", "14 March 1879", "25 percent", "$2 million", "Germany", "Albert Einstein"})
    records.push_back({place(answer), "?", "", "", ""});
  const AnswerSelector selector = AnswerSelector::learn(*features_, records);
  const std::vector<AnswerCandidate> best = selector.best(*features_, passage, 4);
  ASSERT_EQ(best.size(), 4U);
  for (std::size_t i = 1; i < best.size(); ++i) EXPECT_GE(best[i - 1].score, best[i].score);
  const std::vector<AnswerCandidate> all = selector.all(*features_, passage);
  EXPECT_GT(all.size(), 15U);
  const auto has = [&](std::string_view text) {
    return std::any_of(all.begin(), all.end(), [&](const auto& c) { return c.of(passage) == text; });
  };
  EXPECT_TRUE(has("Germany"));
  EXPECT_TRUE(has("Ulm"));
  EXPECT_TRUE(has("25"));
  constexpr int depths[] = {3};
  const CandidateMeasures measures = selector.measure(*features_, records, depths);
  EXPECT_EQ(measures.answers, 6);
  EXPECT_DOUBLE_EQ(measures.recall, 1.0);
  selector.save(directory_);
  EXPECT_NEAR(AnswerSelector::load(directory_).best(*features_, passage, 1)[0].score, best[0].score, 1e-6);
  write_file_atomically(directory_ / "answer_selector.tsv", "always\tx\n");
  EXPECT_NE(message_of([&] { AnswerSelector::load(directory_); }).find("answer_selector.tsv:1: a number"), std::string::npos);
  const std::vector<QuestionRecord> strange = {{place("flows through"), "?", "", "", ""}};
  EXPECT_NE(message_of([&] { AnswerSelector::learn(*features_, strange); }).find("nothing to learn a selector from"), std::string::npos);
  EXPECT_TRUE(selector.best(*features_, "", 3).empty());
}

TEST(WordCases, AreTold) {
  EXPECT_EQ(word_case_of("lower"), WordCase::lower);
  EXPECT_EQ(word_case_of("Élan"), WordCase::upper_first);
  EXPECT_EQ(word_case_of("A"), WordCase::upper_first);
  EXPECT_EQ(word_case_of("NATO"), WordCase::all_capitals);
  EXPECT_EQ(word_case_of("iPod"), WordCase::mixed);
  EXPECT_EQ(word_case_of("1990s"), WordCase::digits);
  EXPECT_EQ(word_case_of("--"), WordCase::other);
}

}  // namespace
}  // namespace fathom::questions
