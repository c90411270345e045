#include "fathom/asking/question_training.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "fathom/asking/neural_generator.h"
#include "fathom/asking/training_data.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/asking/small_examples.h"
#include "tests/asking/small_features.h"
#include "tests/base/scratch_directory.h"

namespace fathom::asking {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<EncodedExample> examples_of_lengths(std::size_t count) {
  std::vector<EncodedExample> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].question.resize(1 + i * 7 % 5);
    out[i].words.resize(1 + i * 3 % 11);
  }
  return out;
}

TEST(BatchesOfEpoch, HoldEveryExampleOnce) {
  for (const std::size_t count : {1U, 10U, 131U}) {
    std::multiset<std::int64_t> seen;
    std::size_t smaller = 0;
    for (const auto& batch : batches_of_epoch(examples_of_lengths(count), 4, 1, 1)) {
      EXPECT_LE(batch.size(), 4U);
      if (batch.size() < 4) ++smaller;
      seen.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), count);
    EXPECT_LE(smaller, 1U);
  }
}

TEST(BatchesOfEpoch, AreAFunctionOfSeedAndEpoch) {
  const auto examples = examples_of_lengths(60);
  const auto first = batches_of_epoch(examples, 4, 1, 1);
  EXPECT_EQ(batches_of_epoch(examples, 4, 1, 1), first);
  EXPECT_NE(batches_of_epoch(examples, 4, 2, 1), first);
  EXPECT_NE(batches_of_epoch(examples, 4, 1, 2), first);
  for (const auto& batch : first) {
    const auto [least, most] = std::minmax_element(batch.begin(), batch.end(), [&](std::int64_t a, std::int64_t b) {
      return examples[static_cast<std::size_t>(a)].question.size() < examples[static_cast<std::size_t>(b)].question.size();
    });
    EXPECT_LE(examples[static_cast<std::size_t>(*most)].question.size() - examples[static_cast<std::size_t>(*least)].question.size(), 1U);
  }
}

// Sixty records: who was born where and when.
class QuestionTraining : public ::testing::Test {
 protected:
  static constexpr const char* names[] = {"Anna", "Carl", "Emma", "Fred", "Gina"};
  static constexpr const char* cities[] = {"Paris", "London", "Rome", "Bonn"};

  void SetUp() override {
    fs::create_directories(scratch_ / "features");
    testing::small_features(scratch_.path()).save(scratch_ / "features");
    std::string lines;
    for (int i = 0; i < 20; ++i) {
      const std::string name = names[i % 5], city = cities[i % 4], year = std::to_string(1801 + 7 * i);
      const std::string context = fmt::format("{} was born in {} in {}.", name, city, year);
      const auto add = [&](const std::string& answer, const std::string& question) {
        lines +=
            Json{{"context", context}, {"answer", answer}, {"answer_start", context.find(answer)}, {"question", question}}.dump() + "\n";
      };
      add(name, fmt::format("Who was born in {} in {}?", city, year));
      add(city, fmt::format("Where was {} born?", name));
      add(year, fmt::format("When was {} born in {}?", name, city));
    }
    write_file_atomically(scratch_ / "train.jsonl", lines);
  }

  Recipe recipe(const std::string& more = "") const {
    Recipe out = Recipe::parse(
        fmt::format("[model]\nembedding_width = 16\nanswer_width = 4\npart_of_speech_width = 4\nentity_width = 4\ncase_width = 4\n"
                    "encoder_width = 24\ndecoder_width = 24\nlanguage_width = 16\ntype_width = 8\nquestion_types = true\n"
                    "language_modelling = \"hierarchical\"\n[data]\ntrain = [\"{0}/train.jsonl\"]\nvalidation = [\"{0}/train.jsonl\"]\n"
                    "features = \"{0}/features\"\n[vocabulary]\nmin_count = 2\n[vectors]\nrandom = true\n[train]\nepochs = 4\nbatch = 8\n"
                    "dropout = 0.2\n[schedule]\npeak = 1e-2\nwarmup_steps = 2\n",
                    scratch_.path().string()),
        "test");
    for (std::size_t begin = 0; begin < more.size();) {
      const std::size_t end = std::min(more.find(';', begin), more.size());
      out.set(more.substr(begin, end - begin));
      begin = end + 1;
    }
    return out;
  }
  QuestionTrainingResult train(const char* run, const std::string& more = "", bool resume = false) const {
    Recipe wanted = recipe(more);
    return train_question_generator(wanted, {scratch_ / run, at::kCPU, resume, true}, 1);
  }
  std::string weights(const char* run) const { return read_file(scratch_ / run / "model" / "model.safetensors"); }
  const ScratchDirectory scratch_;
};

TEST_F(QuestionTraining, LearnsToAsk) {
  const QuestionTrainingResult result = train("run", "train.epochs=25;train.dropout=0;schedule.peak=2e-2");
  EXPECT_EQ(result.epochs, 25);
  EXPECT_EQ(result.steps, 25 * 8);
  const OrderedJson& history = result.record.at("history");
  ASSERT_EQ(history.size(), 25U);
  EXPECT_GT(history[0].at("training").at("loss").get<double>(), 1.5);
  EXPECT_LT(*result.validation_loss, 0.3);
  EXPECT_GT(*result.type_accuracy, 0.95);
  EXPECT_LT(history[24].at("training").at("language_loss").get<double>(), history[0].at("training").at("language_loss").get<double>());

  NeuralGenerator generator(result.model, {});
  const std::string context = "Emma was born in Bonn in 1803.";  // a year that no record has
  const std::vector<questions::AnswerInContext> answers = {{context, "Emma", 0}, {context, "Bonn", context.find("Bonn")}};
  const auto found = generator.generate(answers, 1);
  EXPECT_EQ(found[0].at(0).type, questions::QuestionType::who);
  EXPECT_THAT(found[0].at(0).question, HasSubstr("1803"));  // copied
  EXPECT_EQ(found[1].at(0).question, "Where was Emma born?");
}

TEST_F(QuestionTraining, GoesOnAsIfItHadNotStopped) {
  train("whole");
  const QuestionTrainingResult part = train("parts", "train.seconds=0.000001");
  EXPECT_EQ(part.epochs, 1);
  EXPECT_NE(weights("parts"), weights("whole"));
  const QuestionTrainingResult rest = train("parts", "", true);
  EXPECT_EQ(rest.epochs, 4);
  EXPECT_EQ(rest.steps, 32);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(QuestionTraining, AnUnfinishedEpochIsBegunAnew) {
  // Ctrl-C, once an epoch is done; wherever that stops the run, the rest shall look the same.
  std::atomic<bool> over = false;
  std::thread interrupter([&] {
    std::error_code error;
    while (!over && (fs::file_size(scratch_ / "parts" / "metrics.jsonl", error) == 0 || error))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (!over) std::raise(SIGINT);
  });
  QuestionTrainingResult stopped;
  try {
    stopped = train("parts", "train.epochs=3000");
  } catch (...) {
    over = true;
    interrupter.join();
    throw;
  }
  interrupter.join();
  ASSERT_TRUE(stopped.interrupted);
  EXPECT_EQ(stopped.steps, 8 * stopped.epochs);
  const QuestionTrainingResult rest = train("parts", "train.epochs=3000;train.seconds=0.000001", true);
  EXPECT_EQ(rest.epochs, stopped.epochs + 1);
  ASSERT_LT(rest.epochs, 200);
  train("whole", "train.epochs=3000;train.seconds=0.000001");
  for (std::int64_t epoch = 1; epoch < rest.epochs; ++epoch) train("whole", "train.epochs=3000;train.seconds=0.000001", true);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(QuestionTraining, MayGetValidationRecordsLater) {
  train("run", "data.validation=[];train.seconds=0.000001");
  const QuestionTrainingResult result = train("run", "train.epochs=2", true);
  EXPECT_EQ(result.epochs, 2);
  EXPECT_TRUE(result.validation_loss.has_value());
}

TEST_F(QuestionTraining, IsAFunctionOfTheSeed) {
  const char* short_run = "train.epochs=1";
  train("a", short_run);
  train("b", short_run);
  train("c", "train.epochs=1;train.seed=2");
  EXPECT_EQ(weights("a"), weights("b"));
  EXPECT_NE(weights("a"), weights("c"));
}

TEST_F(QuestionTraining, IsNotResumedAsAnotherModel) {
  train("run", "train.epochs=1");
  const auto refusal = [&](const std::string& change) { return message_of<Error>([&] { train("run", change, true); }); };
  EXPECT_THAT(refusal("model.decoder_width=32"), HasSubstr("model.decoder_width"));
  EXPECT_THAT(refusal("model.question_types=false"), HasSubstr("model.question_types"));
  EXPECT_THAT(refusal("vocabulary.min_count=1"), HasSubstr("vocabulary.min_count"));
  EXPECT_EQ(message_of<UsageError>([&] { train("other", "", true); }).empty(), false);
  EXPECT_EQ(message_of<UsageError>([&] { train("run"); }).empty(), false);
}

TEST_F(QuestionTraining, NamesTheKeyThatIsWrong) {
  const std::map<std::string, std::string> wrong = {{"train.epochs=0", "train.epochs"},
                                                    {"train.batch=0", "train.batch"},
                                                    {"train.dropout=1.0", "train.dropout"},
                                                    {"train.seconds=-1", "train.seconds"},
                                                    {"loss.type=-1", "loss.type"},
                                                    {"loss.language=-0.1", "loss.language"},
                                                    {"loss.coverage=-2", "loss.coverage"},
                                                    {"model.encoder_width=7", "model.encoder_width"},
                                                    {"model.answer_width=0", "model.answer_width"},
                                                    {"model.language_modelling=\"deep\"", "model.language_modelling"},
                                                    {"model.readout_parts=0", "model.readout_parts"},
                                                    {"vocabulary.words=0", "vocabulary.words"},
                                                    {"vocabulary.min_count=100000", "vocabulary.min_count"},
                                                    {"data.train=[]", "data.train"},
                                                    {"data.train=[\"absent.jsonl\"]", "data.train"},
                                                    {"data.features=\"absent\"", "data.features"},
                                                    {"vectors.path=\"absent\"", "vectors.path"},
                                                    {"train.speed=3", "train.speed"}};
  for (const auto& [change, key] : wrong) {
    EXPECT_THAT(message_of<UsageError>([&, &change = change] { train("run", change); }), HasSubstr(key)) << change;
    EXPECT_FALSE(fs::exists(scratch_ / "run" / "model")) << change;
    fs::remove_all(scratch_ / "run");
  }
}

TEST_F(QuestionTraining, TheRecipeOnShowHasTheDefaults) {
  const std::string records = fmt::format("data.train=[\"{}\"]", (scratch_ / "train.jsonl").string());
  Recipe shown = Recipe::load(fs::path(FATHOM_SOURCE_DIR) / "recipes/questions.toml"), empty = Recipe::parse("", "test");
  for (Recipe* recipe : {&shown, &empty}) {
    recipe->set(records);
    QuestionTrainingRecipe::from_recipe(*recipe);
  }
  EXPECT_EQ(shown.resolved(), empty.resolved());
}

TEST_F(QuestionTraining, SaysWhichRecordIsBad) {
  write_file_atomically(scratch_ / "train.jsonl",
                        "{\"context\": \"Anna was born.\", \"answer\": \"Carl\", \"answer_start\": 0, \"question\": \"Who?\"}\n");
  EXPECT_THAT(message_of<Error>([&] { train("run"); }), HasSubstr("train.jsonl:1"));
  write_file_atomically(scratch_ / "train.jsonl", "{\"context\": \"Anna was born.\", \"answer\": \"Anna\", \"answer_start\": 0}\n");
  EXPECT_THAT(message_of<Error>([&] { train("run"); }), HasSubstr("question"));
  write_file_atomically(scratch_ / "train.jsonl", "");
  EXPECT_NE(message_of<Error>([&] { train("run"); }), "");
}

}  // namespace
}  // namespace fathom::asking
