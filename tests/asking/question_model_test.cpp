// The model and what it is trained on.
#include "fathom/asking/question_model.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "fathom/asking/question_loss.h"
#include "tests/asking/small_examples.h"
#include "tests/ops/gradcheck.h"

namespace fathom::asking {
namespace {

using testing::batch_of;
using testing::small_config;
using testing::small_model;

struct Form {
  const char* name;
  bool types;
  LanguageModelling modelling;
};

std::vector<nn::Parameter> parameters_of(const QuestionModel& model) {
  std::vector<nn::Parameter> out;
  model.collect_parameters("", out);
  return out;
}

class QuestionModelForms : public ::testing::TestWithParam<Form> {
 protected:
  QuestionModelConfig config_ = small_config(GetParam().types, GetParam().modelling);
  std::vector<EncodedExample> examples_ = testing::encoded(testing::small_examples(), config_);
  QuestionBatch batch_ = batch_of(examples_, config_);
};

TEST_P(QuestionModelForms, Shapes) {
  const QuestionModel model = small_model(config_);
  const EncodedSentences encoded = model.encode(batch_, 0.0);
  const std::int64_t entries = 11 + (GetParam().types ? 1 : 0);
  EXPECT_EQ(encoded.memory.sizes(), at::IntArrayRef({4, entries, 8}));
  EXPECT_EQ(encoded.keys.sizes(), at::IntArrayRef({4, entries, 6}));
  EXPECT_EQ(encoded.state.sizes(), at::IntArrayRef({4, 14}));
  EXPECT_EQ(encoded.cell.sizes(), at::IntArrayRef({4, 6}));
  EXPECT_EQ(encoded.type_logits.defined(), GetParam().types);
  EXPECT_EQ(encoded.language_forward.defined(), GetParam().modelling != LanguageModelling::none);
  const DecodedWords decoded = model.decode(encoded, batch_.inputs, encoded.state, encoded.cell, 0.0);
  const std::int64_t steps = batch_.inputs.size(0);
  EXPECT_EQ(decoded.readout.sizes(), at::IntArrayRef({4 * steps, 7}));
  EXPECT_EQ(decoded.generate.sizes(), at::IntArrayRef({4 * steps}));
  EXPECT_EQ(decoded.attention.sizes(), at::IntArrayRef({steps, 4, 11}));
}

TEST_P(QuestionModelForms, CopiesAreSharedOutOverTheSentence) {
  const QuestionModel model = small_model(config_);
  const EncodedSentences encoded = model.encode(batch_, 0.0);
  const at::Tensor attention = model.decode(encoded, batch_.inputs, encoded.state, encoded.cell, 0.0).attention;
  EXPECT_LT((attention.sum(2) - 1).abs().max().item<float>(), 1e-5);
  for (std::int64_t s = 0; s < 4; ++s) {
    const std::int64_t words = batch_.row_lengths[static_cast<std::size_t>(s)];
    EXPECT_EQ(attention.select(1, s).narrow(1, words, 11 - words).abs().sum().item<float>(), 0.0f) << s;
  }
}

// -log p of one question, word by word from a sentence that is alone in its batch.
double slow_loss(const QuestionModel& model, const QuestionBatch& batch) {
  const EncodedSentences encoded = model.encode(batch, 0.0);
  at::Tensor state = encoded.state, cell = encoded.cell;
  double loss = 0;
  for (std::int64_t t = 0; t < batch.targets.size(0); ++t) {
    const DecodedWords decoded = model.decode(encoded, batch.inputs.narrow(0, t, 1), state, cell, 0.0);
    state = decoded.state;
    cell = decoded.cell;
    const at::Tensor p = at::softmax(at::matmul(model.output_embedding(), decoded.readout[0]), 0);
    const double generate = 1.0 / (1.0 + std::exp(-decoded.generate[0].item<double>()));
    const std::int64_t target = batch.targets[t][0].item<std::int64_t>();
    double probability = target < model.config().output_words ? generate * p[target].item<double>() : 0.0;
    for (std::int64_t i = 0; i < batch.source.size(1); ++i) {
      if (batch.source[0][i].item<std::int64_t>() == target) probability += (1.0 - generate) * decoded.attention[0][0][i].item<double>();
    }
    loss -= std::log(probability);
  }
  return loss;
}

TEST_P(QuestionModelForms, LossEqualsOneWordAfterAnother) {
  const at::NoGradGuard no_grad;
  const QuestionModel model = small_model(config_);
  double expected = 0, words = 0;
  for (const EncodedExample& example : examples_) {
    expected += slow_loss(model, batch_of({example}, config_));
    words += static_cast<double>(example.question.size()) + 1;
  }
  EXPECT_NEAR(question_loss(model, batch_, 0.0, {}).generation.item<double>(), expected / words, 1e-5);
}

TEST_P(QuestionModelForms, SecondTasksEqualPlainExpressions) {
  const at::NoGradGuard no_grad;
  const QuestionModel model = small_model(config_);
  const LossWeights weights{0.7, 0.4, 0.0};
  const QuestionLoss loss = question_loss(model, batch_, 0.0, weights);
  double total = loss.generation.item<double>();
  if (GetParam().types) {
    double expected = 0, right = 0;
    for (const EncodedExample& example : examples_) {
      const at::Tensor logits = model.encode(batch_of({example}, config_), 0.0).type_logits[0];
      expected -= at::log_softmax(logits, 0)[example.type].item<double>() / 4;
      right += logits.argmax().item<std::int64_t>() == example.type;
    }
    EXPECT_NEAR(loss.type.item<double>(), expected, 1e-5);
    EXPECT_EQ(loss.types_right.item<double>(), right);
    total += 0.7 * expected;
  }
  if (GetParam().modelling != LanguageModelling::none) {
    double expected = 0, pairs = 0;
    for (const EncodedExample& example : examples_) {
      const EncodedSentences encoded = model.encode(batch_of({example}, config_), 0.0);
      const auto log_p = [&](const at::Tensor& states, std::int64_t at, std::int64_t word) {
        const at::Tensor logits = at::matmul(model.language_readout(states.narrow(0, at, 1)), model.output_embedding().t());
        return at::log_softmax(logits, 1)[0][word < config_.output_words ? word : unknown_id].item<double>();
      };
      const auto length = static_cast<std::int64_t>(example.words.size());
      for (std::int64_t t = 0; t + 1 < length; ++t) {
        expected -= log_p(encoded.language_forward, t, example.words[static_cast<std::size_t>(t + 1)]) +
                    log_p(encoded.language_backward, t + 1, example.words[static_cast<std::size_t>(t)]);
        ++pairs;
      }
    }
    EXPECT_NEAR(loss.language.item<double>(), expected / pairs, 1e-5);
    total += 0.4 * expected / pairs;
  }
  EXPECT_NEAR(loss.total.item<double>(), total, 1e-4);
}

TEST_P(QuestionModelForms, GradientsAgreeWithDoublePrecisionAndFiniteDifferences) {
  const LossWeights weights{0.5, 0.3, 0.2};
  QuestionModel narrow = small_model(config_), wide = small_model(config_, at::kDouble);
  const auto gradients = [&](QuestionModel& model) {
    std::vector<at::Tensor> leaves;
    for (nn::Parameter& parameter : parameters_of(model)) leaves.push_back(parameter.tensor.set_requires_grad(true));
    std::vector<at::Tensor> out = torch::autograd::grad({question_loss(model, batch_, 0.0, weights).total}, leaves, {}, false, false, true);
    for (at::Tensor& leaf : leaves) leaf.set_requires_grad(false);
    return out;
  };
  const std::vector<at::Tensor> found = gradients(narrow), expected = gradients(wide);
  const std::vector<nn::Parameter> parameters = parameters_of(wide);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    ASSERT_TRUE(found[i].defined() && expected[i].defined()) << parameters[i].name;
    EXPECT_GT(expected[i].abs().max().item<double>(), 0.0) << parameters[i].name;
    EXPECT_LT(ops::testing::relative_error(found[i], expected[i]), 1e-4) << parameters[i].name;
    double* value = parameters[i].tensor.data_ptr<double>() + parameters[i].tensor.numel() / 2;
    const double kept = *value, step = 1e-5;
    const auto loss_at = [&](double moved) {
      *value = moved;
      return question_loss(wide, batch_, 0.0, weights).total.item<double>();
    };
    const double numeric = (loss_at(kept + step) - loss_at(kept - step)) / (2 * step);
    *value = kept;
    EXPECT_NEAR(expected[i].reshape({-1})[parameters[i].tensor.numel() / 2].item<double>(), numeric, 1e-6) << parameters[i].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, QuestionModelForms,
                         ::testing::Values(Form{"base", false, LanguageModelling::none}, Form{"types", true, LanguageModelling::none},
                                           Form{"flat", false, LanguageModelling::flat},
                                           Form{"hierarchical", false, LanguageModelling::hierarchical},
                                           Form{"both", true, LanguageModelling::hierarchical}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(QuestionModel, AsksForTheTypeThatIsGiven) {
  const QuestionModelConfig config = small_config(true);
  const QuestionModel model = small_model(config);
  const QuestionBatch batch = batch_of(testing::encoded(testing::small_examples(), config), config);
  const at::NoGradGuard no_grad;
  const at::Tensor expected = model.encode(batch, 0.0).state, who = model.encode(batch, 0.0, 2).state,
                   when = model.encode(batch, 0.0, 3).state;
  EXPECT_GT((who - when).abs().max().item<float>(), 1e-3);
  EXPECT_GT((who - expected).abs().max().item<float>(), 1e-4);
}

TEST(QuestionLoss, WordsThatCannotBeWrittenCountAsUnknown) {
  const QuestionModelConfig config = small_config();
  const QuestionModel model = small_model(config);
  const at::NoGradGuard no_grad;
  const auto loss_of = [&](const char* question) {
    const std::vector<questions::Example> examples = {testing::example_of("the king was born", 1, 2, question)};
    return question_loss(model, batch_of(testing::encoded(examples, config), config), 0.0, {}).generation.item<double>();
  };
  EXPECT_EQ(loss_of("who zebra ?"), loss_of("who glark ?"));
  EXPECT_TRUE(std::isfinite(loss_of("zebra")));
  EXPECT_NE(loss_of("who zebra ?"), loss_of("who king ?"));  // copied
}

TEST(QuestionLoss, CoverageIsAttentionThatFallsWhereItHasFallen) {
  const QuestionModelConfig config = small_config();
  const QuestionModel model = small_model(config);
  const at::NoGradGuard no_grad;
  const std::vector<questions::Example> examples = testing::small_examples();
  const QuestionBatch batch = batch_of(testing::encoded(examples, config), config);
  const EncodedSentences encoded = model.encode(batch, 0.0);
  const at::Tensor attention = model.decode(encoded, batch.inputs, encoded.state, encoded.cell, 0.0).attention;
  double expected = 0;
  for (std::int64_t s = 0; s < 4; ++s) {
    at::Tensor before = at::zeros({11});
    for (std::int64_t t = 0; t < attention.size(0) && batch.targets[t][s].item<std::int64_t>() >= 0; ++t) {
      expected += at::minimum(attention[t][s], before).sum().item<double>();
      before += attention[t][s];
    }
  }
  const QuestionLoss with = question_loss(model, batch, 0.0, {0.5, 0.3, 2.0});
  EXPECT_NEAR((with.total - with.generation).item<double>(), 2.0 * expected / static_cast<double>(batch.target_words), 1e-5);
}

}  // namespace
}  // namespace fathom::asking
