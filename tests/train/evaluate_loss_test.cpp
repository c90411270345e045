#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "fathom/data/token_corpus.h"
#include "fathom/ops/cross_entropy.h"
#include "fathom/text/bpe_trainer.h"
#include "fathom/train/language_model_step.h"
#include "tests/data/token_files.h"
#include "tests/train/tiny_training.h"

namespace fathom::train {
namespace {

class EvaluateLoss : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("fathom-evaluate-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
    text::BpeTrainerOptions options;
    options.vocab_size = 261;
    text::BpeTrainer trainer(options);
    trainer.add("some text");
    const text::Tokenizer tokenizer = trainer.train();
    data::write_token_file(directory_ / "tokens.safetensors", {"one", "a second one", "3", "and the fourth, which is longer"}, tokenizer);
    model::ModelConfig config = tiny_config();
    config.vocab_size = tokenizer.vocab_size();
    model_ = std::make_unique<model::CausalLM>(config);
    model_->initialize(3);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // Summed loss and number of targets of tokens[begin, end) by itself.
  std::pair<double, std::int64_t> loss_of(const data::TokenCorpus& tokens, std::int64_t begin, std::int64_t end) const {
    const at::NoGradGuard no_grad;
    std::vector<std::int64_t> ids(static_cast<std::size_t>(end - begin));
    tokens.read(begin, end - begin, ids.data());
    const at::Tensor all = at::tensor(at::ArrayRef<std::int64_t>(ids), at::kLong);
    const std::int64_t count = end - begin - 1;
    if (count == 0) return {0.0, 0};
    const auto context = nn::ForwardContext::packed(ops::PackedSequences::from_lengths({count}, at::kCPU));
    const at::Tensor hidden = model_->forward(all.slice(0, 0, count), context);
    return {ops::linear_cross_entropy(hidden, model_->output_weight(), all.slice(0, 1)).sum().item<double>(), count};
  }

  std::filesystem::path directory_;
  std::unique_ptr<model::CausalLM> model_;
};

TEST_F(EvaluateLoss, IsolatedDocumentsAreMeasuredByThemselves) {
  const data::TokenCorpus tokens = data::TokenCorpus::open(directory_ / "tokens.safetensors");
  double sum = 0;
  std::int64_t targets = 0;
  for (std::int64_t document = 0; document < tokens.documents(); ++document) {
    const auto [loss, count] = loss_of(tokens, tokens.document_begin(document), tokens.document_begin(document + 1));
    sum += loss;
    targets += count;
  }
  const EvaluationResult result = evaluate_loss(*model_, tokens, 64, 1, 0, false);
  EXPECT_EQ(result.tokens, targets);
  EXPECT_NEAR(result.loss, sum / static_cast<double>(targets), 1e-5);
}

TEST_F(EvaluateLoss, RowsRunAcrossDocumentsOtherwise) {
  const data::TokenCorpus tokens = data::TokenCorpus::open(directory_ / "tokens.safetensors");
  const auto [loss, count] = loss_of(tokens, 0, tokens.size());
  const EvaluationResult result = evaluate_loss(*model_, tokens, 64, 1);
  EXPECT_EQ(result.tokens, count);
  EXPECT_NEAR(result.loss, loss / static_cast<double>(count), 1e-5);
}

TEST_F(EvaluateLoss, RowsAndBatchesCutTheTokensWithoutLosingAny) {
  const data::TokenCorpus tokens = data::TokenCorpus::open(directory_ / "tokens.safetensors");
  EXPECT_EQ(evaluate_loss(*model_, tokens, 5, 2).tokens, tokens.size() - 1);
  EXPECT_EQ(evaluate_loss(*model_, tokens, 5, 2, 7).tokens, 7);
  EXPECT_EQ(evaluate_loss(*model_, tokens, 5, 2, 0, false).tokens, tokens.size() - tokens.documents());
}

}  // namespace
}  // namespace fathom::train
