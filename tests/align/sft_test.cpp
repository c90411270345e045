#include "fathom/align/sft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "fathom/base/error.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/train/checkpoint.h"
#include "tests/base/scratch_directory.h"

namespace fathom::align {
namespace {

const char* gsm8k =
    "{\"question\": \"Tom has 3 apples and buys 4 more. How many?\", \"answer\": \"He has 3+4=<<3+4=7>>7 apples.\\n#### 7\"}\n"
    "{\"question\": \"Ann reads 2 pages a day for 5 days. How many pages?\", \"answer\": \"She reads 2*5=10 pages.\\n#### 10\"}\n"
    "{\"question\": \"What is 9 minus 4?\", \"answer\": \"It is 9-4=5.\\n#### 5\"}\n"
    "{\"question\": \"What is half of 8?\", \"answer\": \"It is 8/2=4.\\n#### 4\"}\n";

text::Tokenizer tokenizer() {
  text::BpeTrainerOptions options;
  options.vocab_size = 280;
  text::BpeTrainer trainer(options);
  trainer.add("What is half of 8? It is 4. How many apples has Tom? He has 7. How many pages? She reads 10 pages.");
  return trainer.train();
}

// A random base model with its tokenizer in `directory`.
void write_base_model(const std::filesystem::path& directory) {
  const text::Tokenizer words = tokenizer();
  model::ModelConfig config;
  config.architecture = model::Architecture::llama;
  config.vocab_size = words.vocab_size();
  config.hidden_size = 32;
  config.intermediate_size = 64;
  config.num_hidden_layers = 2;
  config.num_attention_heads = config.num_key_value_heads = 2;
  config.head_dim = 16;
  config.max_position_embeddings = 256;
  config.initializer_range = 0.05;
  model::CausalLM model(config);
  model.initialize(1);
  train::save_model_directory(directory, model, &words);
}

Recipe recipe_for(const ScratchDirectory& scratch, std::int64_t steps) {
  Recipe recipe;
  recipe.set("model.init_from=" + (scratch / "base").string());
  recipe.set("data.train=" + (scratch / "train.jsonl").string());
  recipe.set("data.sequence_length=200");
  recipe.set("data.validation_fraction=0.25");
  recipe.set("train.batch_sequences=2");
  recipe.set("train.steps=" + std::to_string(steps));
  recipe.set("schedule.peak=1e-2");
  return recipe;
}

train::RunSettings quiet(const std::filesystem::path& out, bool resume = false) { return {out, at::kCPU, resume, true}; }

TEST(Sft, WritesResponsesInEachStyle) {
  const data::Task task{"What is half of 8?", "4", "It is 8/2=4."};
  const data::Task short_task{"What is half of 8?", "4", ""};
  const data::Task boxed{"What is half of 8?", "4", "It is \\boxed{4}."};
  SftFormat format;
  EXPECT_EQ(response_text(task, format), "It is 8/2=4.\n#### 4");
  EXPECT_EQ(response_text(short_task, format), "4");
  EXPECT_EQ(response_text(boxed, format), "It is \\boxed{4}.");
  format.response = "answer";
  EXPECT_EQ(response_text(task, format), "4");
  format.response = "r1";
  EXPECT_EQ(response_text(task, format), "<think>It is 8/2=4.</think> <answer>4</answer>");
  EXPECT_THROW(response_text(short_task, format), Error);
}

TEST(Sft, LossIsOnTheAnswerAndItsEnd) {
  const text::Tokenizer words = tokenizer();
  const data::Task task{"What is half of 8?", "4", "It is 8/2=4."};
  for (const auto prompt : {text::PromptFormat::plain, text::PromptFormat::r1_zero, text::PromptFormat::chat}) {
    SftFormat format;
    format.prompt = prompt;
    const data::SupervisedExample example = supervised_example(task, format, words);
    const std::vector<text::TokenId> answer(example.ids.begin() + example.answer_begin, example.ids.end());
    EXPECT_EQ(answer.back(), words.eos_id());
    EXPECT_EQ(words.decode(answer, true), "It is 8/2=4.\n#### 4");
    EXPECT_EQ(std::vector<text::TokenId>(example.ids.begin(), example.ids.begin() + example.answer_begin),
              text::render_prompt(prompt, task.prompt, words));
  }
}

TEST(Sft, LearnsTheAnswersAndResumesBitExactly) {
  const ScratchDirectory scratch;
  write_base_model(scratch / "base");
  std::ofstream(scratch / "train.jsonl") << gsm8k;
  Recipe recipe = recipe_for(scratch, 30);
  const SftResult result = sft(recipe, quiet(scratch / "run"));
  EXPECT_EQ(result.examples, 3);
  EXPECT_LT(result.loop.last.loss, 1.0);  // from ln(280) = 5.6
  ASSERT_TRUE(result.loop.validation.has_value());
  EXPECT_GT(result.loop.validation->tokens, 5);
  EXPECT_TRUE(std::filesystem::exists(result.model / "tokenizer.json"));

  // The same run, cut short after its first checkpoint: the newest is taken away and the run resumed.
  Recipe again = recipe_for(scratch, 30);
  again.set("train.checkpoint_every=20");
  sft(again, quiet(scratch / "cut"));
  std::filesystem::remove_all(scratch / "cut/checkpoints/step-30");
  std::filesystem::remove_all(scratch / "cut/model");
  Recipe third = recipe_for(scratch, 30);
  third.set("train.checkpoint_every=20");
  const SftResult resumed = sft(third, quiet(scratch / "cut", true));
  const auto a = model::CausalLM::load(result.model)->parameters(), b = model::CausalLM::load(resumed.model)->parameters();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i].tensor, b[i].tensor)) << a[i].name;
}

TEST(Sft, SaysWhatIsWrongWithARecipe) {
  const ScratchDirectory scratch;
  write_base_model(scratch / "base");
  std::ofstream(scratch / "train.jsonl") << gsm8k;
  const std::pair<const char*, const char*> cases[] = {{"sft.respons=r1", "sft.response"},
                                                       {"data.sequence_length=1000", "256"},
                                                       {"prompt.format=xml", "r1-zero"},
                                                       {"data.train=[]", "data.train"},
                                                       {"model.init_from=\"\"", "model.init_from"},
                                                       {"train.epochs=2.0", "exactly one"},
                                                       {"data.answer_field=\"reply\"", "train.jsonl:1"}};
  for (const auto& [bad, expected] : cases) {
    Recipe recipe = recipe_for(scratch, 2);
    recipe.set(bad);
    const std::string message = message_of<Error>([&] { sft(recipe, quiet(scratch / "run")); });
    EXPECT_NE(message.find(expected), std::string::npos) << bad << ": " << message;
  }
}

TEST(Sft, NamesTheBrokenLine) {
  const ScratchDirectory scratch;
  write_base_model(scratch / "base");
  std::ofstream(scratch / "train.jsonl") << gsm8k << "{\"question\": \"unfinished\n";
  Recipe recipe = recipe_for(scratch, 2);
  EXPECT_NE(message_of<Error>([&] { sft(recipe, quiet(scratch / "run")); }).find("train.jsonl:5"), std::string::npos);
}

}  // namespace
}  // namespace fathom::align
