#include "fathom/eval/perplexity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/bpe_trainer.h"
#include "tests/base/scratch_directory.h"
#include "tests/engine/tiny_models.h"

namespace fathom::eval {
namespace {

class Perplexity : public testing::Test {
 protected:
  Perplexity() : tokenizer_(train()) {
    model::ModelConfig config = engine::tiny_llama();
    config.vocab_size = tokenizer_.vocab_size();
    model_ = engine::random_model(config);
    file_ = (scratch_ / "text.txt").string();
    write_file_atomically(file_, text_);
    options_.quiet = true;
  }

  static text::Tokenizer train() {
    text::BpeTrainerOptions options;
    options.vocab_size = 280;
    text::BpeTrainer trainer(options);
    trainer.add(text_);
    return trainer.train();
  }

  static inline const std::string text_ = "Five words make a line.\nFour more are here.";
  ScratchDirectory scratch_;
  text::Tokenizer tokenizer_;
  std::unique_ptr<model::CausalLM> model_;
  std::string file_;
  PerplexityOptions options_;
};

TEST_F(Perplexity, IsTheMeanLossOfTheTokens) {
  std::vector<text::TokenId> ids = tokenizer_.encode(text_);
  ids.push_back(*tokenizer_.eos_id());
  // By hand: the log-probability of each token after the first, all before it in view.
  const at::NoGradGuard no_grad;
  const auto count = static_cast<std::int64_t>(ids.size());
  at::Tensor input = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i) input[i] = ids[static_cast<std::size_t>(i)];
  const auto context = nn::ForwardContext::packed(ops::PackedSequences::from_lengths({count}, at::kCPU));
  const at::Tensor log_probs = at::log_softmax(model_->logits(model_->forward(input, context)).to(at::kDouble), -1);
  double nats = 0;
  for (std::int64_t i = 1; i < count; ++i) nats -= log_probs[i - 1][ids[static_cast<std::size_t>(i)]].item<double>();

  const PerplexityResult result = evaluate_perplexity(*model_, tokenizer_, {file_}, options_);
  EXPECT_EQ(result.tokens, count - 1);
  EXPECT_EQ(result.words, 9);
  EXPECT_EQ(result.text_bytes, static_cast<std::int64_t>(text_.size()));
  EXPECT_EQ(result.documents, 1);
  EXPECT_NEAR(result.loss, nats / static_cast<double>(count - 1), 1e-4);
  EXPECT_NEAR(result.perplexity, std::exp(result.loss), 1e-6 * result.perplexity);
  EXPECT_NEAR(std::log(result.word_perplexity), result.loss * static_cast<double>(count) / 9, 1e-6);
  EXPECT_NE(result.table().find("bits per byte"), std::string::npos);
  EXPECT_EQ(result.to_json()["words"], 9);
}

TEST_F(Perplexity, LeavesNothingBehindAndRefusesWindowsBeyondTheContext) {
  options_.sequence_length = 1000;
  EXPECT_THROW(evaluate_perplexity(*model_, tokenizer_, {file_}, options_), Error);
  EXPECT_THROW(evaluate_perplexity(*model_, tokenizer_, {(scratch_ / "absent.txt").string()}, PerplexityOptions{}), Error);
}

}  // namespace
}  // namespace fathom::eval
