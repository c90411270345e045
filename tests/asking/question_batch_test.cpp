#include "fathom/asking/question_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/ops/cross_entropy.h"
#include "tests/asking/small_examples.h"
#include "tests/base/scratch_directory.h"

namespace fathom::asking {
namespace {

using testing::batch_of;
using ::testing::ElementsAre;
using testing::example_of;
using ::testing::HasSubstr;
using testing::small_config;

EncodedExample encode(const questions::Example& example, const QuestionModelConfig& config = small_config()) {
  return encode_example(example, testing::small_table(), config);
}

std::vector<std::int64_t> values(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous().view({-1});
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

// "king" (10), "paris" (11) and "old" (12) have an embedding and cannot be generated; "zork" has neither.
TEST(EncodedExample, NumbersWordsThatCanOnlyBeCopied) {
  const EncodedExample out = encode(example_of("the zork king the king was zork", 1, 3, "who was the king zork paris glark ?"));
  EXPECT_THAT(out.words, ElementsAre(3, 0, 10, 3, 10, 5, 0));
  EXPECT_THAT(out.source, ElementsAre(3, 10, 11, 3, 11, 5, 10));
  EXPECT_THAT(out.copied, ElementsAre(0, 10));
  EXPECT_THAT(out.copied_words, ElementsAre("zork", "king"));
  EXPECT_THAT(out.question, ElementsAre(8, 5, 3, 11, 10, unknown_id, unknown_id, 6));
  EXPECT_EQ(out.answer_begin, 1);
  EXPECT_EQ(out.answer_words, 2);
  EXPECT_EQ(out.type, static_cast<std::int64_t>(questions::QuestionType::who));
}

TEST(EncodedExample, IsCutAroundTheAnswer) {
  QuestionModelConfig config = small_config();
  config.longest_sentence = 5;
  config.longest_question = 2;
  std::string sentence = "w0";
  for (int i = 1; i < 20; ++i) sentence += " w" + std::to_string(i);
  const auto kept = [&](std::size_t begin, std::size_t end) {
    return encode(example_of(sentence, begin, end, "who was the king ?"), config);
  };
  EXPECT_THAT(kept(10, 11).copied_words, ElementsAre("w8", "w9", "w10", "w11", "w12"));
  EXPECT_EQ(kept(10, 11).answer_begin, 2);
  EXPECT_THAT(kept(0, 1).copied_words, ElementsAre("w0", "w1", "w2", "w3", "w4"));
  EXPECT_THAT(kept(19, 20).copied_words, ElementsAre("w15", "w16", "w17", "w18", "w19"));
  EXPECT_EQ(kept(19, 20).answer_begin, 4);
  // An answer that is longer than the sentence may be: its beginning.
  EXPECT_THAT(kept(3, 12).copied_words, ElementsAre("w3", "w4", "w5", "w6", "w7"));
  EXPECT_EQ(kept(3, 12).answer_words, 5);
  EXPECT_EQ(kept(17, 20).answer_words, 3);
  EXPECT_EQ(kept(10, 11).question.size(), 2U);
}

TEST(EncodedExample, SaysWhatIsWrong) {
  const auto refusal = [](const questions::Example& example) { return message_of<Error>([&] { encode(example); }); };
  EXPECT_THAT(refusal(example_of("the king", 1, 1)), HasSubstr("'e': no word of the sentence is marked as the answer"));
  EXPECT_THAT(refusal({}), HasSubstr("a sentence of 0 words"));
  questions::Example example = example_of("the king", 1, 2);
  example.entity[1] = 3;
  EXPECT_THAT(refusal(example), HasSubstr("entity class 3 is not below 3"));
  example.entity.pop_back();
  EXPECT_THAT(refusal(example), HasSubstr("2 words with features of 2, 2, 1 and 2"));
}

TEST(QuestionBatch, PutsTheLongestSentenceFirst) {
  const QuestionModelConfig config = small_config();
  const std::vector<questions::Example> examples = {example_of("zork king", 0, 1, "who ?"),
                                                    example_of("the old king", 1, 3, "was the king ?")};
  const QuestionBatch batch = batch_of(testing::encoded(examples, config), config);
  EXPECT_THAT(batch.order, ElementsAre(1, 0));
  EXPECT_THAT(batch.row_lengths, ElementsAre(3, 2));
  // Rows: the|zork, old|king, king.
  EXPECT_THAT(values(batch.words), ElementsAre(3, 0, 12, 10, 10));
  EXPECT_THAT(values(batch.answer), ElementsAre(0, 1, 1, 0, 2));
  EXPECT_THAT(values(batch.source), ElementsAre(3, 10, 11, 10, 11, -1));
  // Neighbours that cannot be generated are unknown.
  EXPECT_THAT(values(batch.next), ElementsAre(0, 0, 0, ops::ignore_index, ops::ignore_index));
  EXPECT_THAT(values(batch.previous), ElementsAre(ops::ignore_index, ops::ignore_index, 3, 0, 0));
  EXPECT_EQ(batch.copied_words, 2);
  EXPECT_EQ(batch.copied, (std::vector<std::vector<std::int64_t>>{{12, 10}, {0, 10}}));
  // Words are read as the table numbers them and written as output; the shorter question ends earlier.
  EXPECT_THAT(values(batch.inputs.select(1, 0)), ElementsAre(start_id, 5, 3, 10, 6));
  EXPECT_THAT(values(batch.targets.select(1, 0)), ElementsAre(5, 3, 11, 6, end_id));
  EXPECT_THAT(values(batch.targets.select(1, 1)), ElementsAre(8, 6, end_id, -1, -1));
  EXPECT_EQ(batch.target_words, 8);
  EXPECT_THAT(values(batch.lengths), ElementsAre(3, 2));
}

TEST(QuestionBatch, FindsTheRowsOfAnswers) {
  const QuestionModelConfig config = small_config();
  const std::vector<questions::Example> examples = {example_of("a b c d", 3, 4), example_of("e f g", 0, 2), example_of("h i", 0, 2)};
  const QuestionBatch batch = batch_of(testing::encoded(examples, config), config, false);
  // Rows: a0 e1 h2 b3 f4 i5 c6 g7 d8; answers in the order of their lengths: (e f), (h i), (d).
  EXPECT_THAT(batch.span_steps.sizes, ElementsAre(3, 2));
  EXPECT_THAT(values(batch.span_rows), ElementsAre(1, 2, 8, 4, 5));
  EXPECT_THAT(values(batch.span_of_sentence), ElementsAre(2, 0, 1));
  EXPECT_FALSE(batch.targets.defined());
}

TEST(QuestionBatch, NeedsExamples) { EXPECT_THROW(batch_of({}, small_config()), Error); }

}  // namespace
}  // namespace fathom::asking
