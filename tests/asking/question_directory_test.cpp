#include "fathom/asking/question_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fathom/asking/neural_generator.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/asking/small_examples.h"
#include "tests/asking/small_features.h"
#include "tests/base/scratch_directory.h"

namespace fathom::asking {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::small_config;

class QuestionDirectory : public ::testing::Test {
 protected:
  QuestionDirectory() {
    config_.part_of_speech_values = questions::FeatureExtractor::part_of_speech_values;
    config_.entity_values = questions::FeatureExtractor::entity_values;
    config_.case_values = questions::FeatureExtractor::word_case_values;
    fs::create_directories(directory_);
    save_question_files(directory_, testing::small_model(config_), testing::small_table(), testing::small_features(scratch_.path()),
                        {{"seed", 5}});
  }
  std::string refusal() const {
    return message_of<Error>([&] { load_question_directory(directory_, at::kCPU); });
  }
  void change_config(const char* key, const Json& value) const {
    Json config = read_json(directory_ / "config.json");
    config[key] = value;
    write_file_atomically(directory_ / "config.json", config.dump());
  }
  const ScratchDirectory scratch_;
  const fs::path directory_ = scratch_ / "model";
  QuestionModelConfig config_ = small_config(true, LanguageModelling::hierarchical);
};

TEST_F(QuestionDirectory, ComesBackAsItWas) {
  const at::NoGradGuard no_grad;
  const QuestionGeneratorParts parts = load_question_directory(directory_, at::kCPU);
  EXPECT_EQ(parts.model.config().to_json(), config_.to_json());
  EXPECT_EQ(parts.table.words(), testing::small_table().words());
  EXPECT_EQ(parts.record.at("seed"), 5);
  const QuestionModel before = testing::small_model(config_);
  const std::vector<questions::Example> examples = testing::small_examples();
  const QuestionBatch batch = testing::batch_of(testing::encoded(examples, config_), config_, false);
  BeamOptions options;
  options.n_best = 3;
  const auto expected = beam_search(before, batch, before.encode(batch, 0.0), options);
  const auto found = beam_search(parts.model, batch, parts.model.encode(batch, 0.0), options);
  for (std::size_t s = 0; s < expected.size(); ++s) {
    ASSERT_EQ(found[s].size(), expected[s].size());
    for (std::size_t i = 0; i < found[s].size(); ++i) {
      EXPECT_EQ(found[s][i].words, expected[s][i].words);
      EXPECT_EQ(found[s][i].score, expected[s][i].score);
    }
  }
}

TEST_F(QuestionDirectory, WritesQuestionsInTheOrderOfTheAnswers) {
  NeuralGeneratorOptions options;
  options.batch = 2;
  options.threads = 1;
  NeuralGenerator generator(directory_, options);
  const std::string context = "The old king was born in Paris. Carl ruled the city of London from 1802 to 1820. He was old.";
  std::vector<questions::AnswerInContext> answers;
  for (const char* answer : {"Paris", "1802", "He", "Carl", "London"}) answers.push_back({context, answer, context.find(answer)});
  const auto together = generator.generate(answers, 4);
  ASSERT_EQ(together.size(), answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto alone = generator.generate({&answers[i], 1}, 4);
    ASSERT_EQ(together[i].size(), alone[0].size()) << i;
    ASSERT_FALSE(together[i].empty());
    std::set<std::string> texts;
    for (std::size_t q = 0; q < alone[0].size(); ++q) {
      EXPECT_EQ(together[i][q].question, alone[0][q].question) << i;
      EXPECT_NEAR(together[i][q].score, alone[0][q].score, 1e-4);
      EXPECT_TRUE(texts.insert(alone[0][q].question).second) << alone[0][q].question;
      EXPECT_EQ(alone[0][q].question.back(), '?');
    }
  }
  EXPECT_TRUE(generator.generate({}, 1).empty());
  EXPECT_THROW(generator.generate(answers, 0), UsageError);
  answers[0].answer_start = 1;
  EXPECT_THROW(generator.generate(answers, 1), Error);
}

TEST_F(QuestionDirectory, SaysWhatDoesNotFit) {
  change_config("format_version", 2);
  EXPECT_THAT(refusal(), HasSubstr("format_version is 2; this fathom reads 1"));
  change_config("format_version", 1);
  change_config("model_type", std::string("llama"));
  EXPECT_THAT(refusal(), HasSubstr("model_type is 'llama'"));
  change_config("model_type", question_model_type);
  change_config("entity_values", 3);
  EXPECT_THAT(refusal(), HasSubstr("a lexical feature has 3 values"));
  change_config("entity_values", questions::FeatureExtractor::entity_values);
  change_config("output_words", 14);
  EXPECT_THAT(refusal(), HasSubstr("output_words is 14, more than the vocabulary's 13"));
  change_config("output_words", 10);
  change_config("decoder_width", 5);
  EXPECT_THAT(refusal(), HasSubstr("model.safetensors"));
  change_config("decoder_width", 6);
  EXPECT_EQ(refusal(), "");
  write_file_atomically(directory_ / "vocabulary.txt", "the\nin\n");
  EXPECT_THAT(refusal(), HasSubstr("vocabulary.txt has 5 words with the three marks, but config.json states 13"));
}

TEST_F(QuestionDirectory, NamesTheMissingFile) {
  for (const char* name : {"config.json", "model.safetensors", "vocabulary.txt", "lexicon.tsv"}) {
    fs::rename(directory_ / name, scratch_ / "kept");
    EXPECT_THAT(refusal(), HasSubstr(name));
    fs::rename(scratch_ / "kept", directory_ / name);
  }
  EXPECT_THAT(message_of<Error>([&] { load_question_directory(scratch_ / "absent", at::kCPU); }), HasSubstr("absent"));
}

}  // namespace
}  // namespace fathom::asking
