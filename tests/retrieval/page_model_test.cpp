#include "fathom/retrieval/page_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/pages/click_page_encoder.h"
#include "fathom/retrieval/page_loss.h"
#include "fathom/retrieval/page_ranking.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;

// Pages of different lengths: some longer than a chunk, one without a title, one with a sentence that has no word.
pages::PageCollection small_collection() {
  pages::PageCollection collection;
  const std::vector<std::pair<std::string, std::vector<std::string>>> contents = {
      {"The Alps",
       {"Mont Blanc is the highest mountain.", "Glaciers cover its top.", "Climbers reached it in 1786.", "Chamonix lies below."}},
      {"", {"Rivers carry water to the sea.", "...", "The Rhine begins in the Alps.", "It is 1,230 kilometres long."}},
      {"Bread", {"Flour, water and salt.", "Yeast makes the dough rise.", "Bake it."}},
      {"Snow", {"Snow is frozen water."}},
  };
  for (std::size_t i = 0; i < contents.size(); ++i) {
    pages::Page page;
    page.id = fmt::format("p{}", i);
    page.title = contents[i].first;
    for (const std::string& sentence : contents[i].second) {
      page.sentences.push_back({page.text.size(), page.text.size() + sentence.size()});
      page.text.append(sentence).append(1, '\n');
    }
    collection.by_id[page.id] = static_cast<std::int32_t>(i);
    collection.pages.push_back(std::move(page));
  }
  return collection;
}

std::vector<pages::PageExample> small_examples() {
  return {{"which mountain is highest", 0, 0, 1.0},
          {"where does the rhine begin", 1, 2, 2.0},
          {"what makes dough rise", 2, -1, 1.0},
          {"what is snow", 3, 0, 1.0}};
}

PageTrainingRecipe small_recipe(pages::PageForm form, pages::Selection selection = pages::Selection::coverage) {
  PageTrainingRecipe recipe;
  recipe.model.width = 16;
  recipe.model.inner_width = 24;
  recipe.model.heads = 2;
  recipe.model.layers = 2;
  recipe.model.buckets = 50;
  recipe.model.chunk = 2;
  recipe.model.parts = 3;
  recipe.model.form = form;
  recipe.model.selection = selection;
  recipe.min_count = 2;
  recipe.validation = 0;
  return recipe;
}

PageModel small_model(const PageTrainingRecipe& recipe, const PageTrainingText& text) {
  pages::EncoderConfig config = recipe.model;
  config.words = text.vocabulary.size();
  PageModel model(config, text.rows, text.word_weights, 3, at::kCPU);
  // Everything random, what is zero at first too, so that a test sees what it is of.
  const at::NoGradGuard no_grad;
  at::manual_seed(5);
  for (nn::Parameter& parameter : model.parameters()) parameter.tensor.add_(at::randn(parameter.tensor.sizes()) * 0.2);
  return model;
}

struct Forms : testing::TestWithParam<std::pair<pages::PageForm, pages::Selection>> {};

TEST_P(Forms, TheEncoderWithoutTorchGivesTheSameVectors) {
  const PageTrainingRecipe recipe = small_recipe(GetParam().first, GetParam().second);
  const pages::PageCollection collection = small_collection();
  const PageTrainingText text = prepare_page_text(collection, small_examples(), recipe, 1);
  const PageModel model = small_model(recipe, text);
  const fs::path directory = fs::path(testing::TempDir()) / "page-model";
  fs::remove_all(directory);
  fs::create_directories(directory);
  write_file_atomically(directory / "config.json", model.config().to_json().dump());
  model.save(directory / "model.safetensors");
  text.vocabulary.save(directory);
  const pages::ClickPageEncoder encoder = pages::ClickPageEncoder::load(directory);
  ASSERT_EQ(encoder.width(), model.config().vector_width());

  const at::NoGradGuard no_grad;
  std::vector<std::int64_t> queries;
  for (const PageClick& click : text.clicks) queries.push_back(click.query);
  const PageBatch batch = make_page_batch(text, model.config(), queries, {0, 1, 2, 3}, at::kCPU);
  const EncodedPages encoded = model.encode(batch, model.table().index_select(0, batch.rows));
  const at::Tensor query_vectors = model.query_vectors(encoded.queries);
  const std::vector<pages::PageExample> examples = small_examples();
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const std::vector<float> found = encoder.encode_query(examples[q].query);
    for (std::int64_t i = 0; i < encoder.width(); ++i)
      EXPECT_NEAR(found[static_cast<std::size_t>(i)], query_vectors[static_cast<std::int64_t>(q)][i].item<float>(), 1e-5);
  }
  for (const std::int64_t most : {1, 2, 16}) {
    const PageVectors vectors = model.page_vectors(batch, encoded, most);
    for (std::size_t p = 0; p < 4; ++p) {
      const std::vector<index::PageVector> found =
          encoder.encode_page(collection.pages[p].title, collection.pages[p].sentence_texts(), most);
      ASSERT_EQ(static_cast<std::int64_t>(found.size()), vectors.counts[p]);
      for (std::size_t k = 0; k < found.size(); ++k) {
        if (!vectors.sentences.empty()) {
          const std::int64_t sentence = vectors.sentences[p][k];
          EXPECT_EQ(found[k].sentence, text.pages[p].ordinals[static_cast<std::size_t>(sentence)]);
        }
        for (std::int64_t i = 0; i < encoder.width(); ++i)
          EXPECT_NEAR(found[k].values[static_cast<std::size_t>(i)],
                      vectors.values[static_cast<std::int64_t>(p)][static_cast<std::int64_t>(k)][i].item<float>(), 1e-5);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(PageModel, Forms,
                         testing::Values(std::pair{pages::PageForm::several, pages::Selection::coverage},
                                         std::pair{pages::PageForm::several, pages::Selection::top},
                                         std::pair{pages::PageForm::one, pages::Selection::coverage},
                                         std::pair{pages::PageForm::one_wide, pages::Selection::coverage}));

TEST(PageModel, ClickProbabilitiesAddUpToOneAndAreThoseOfTheTensors) {
  const PageTrainingRecipe recipe = small_recipe(pages::PageForm::several);
  const pages::PageCollection collection = small_collection();
  const PageTrainingText text = prepare_page_text(collection, small_examples(), recipe, 1);
  const PageModel model = small_model(recipe, text);
  const fs::path directory = fs::path(testing::TempDir()) / "page-model-clicks";
  fs::create_directories(directory);
  write_file_atomically(directory / "config.json", model.config().to_json().dump());
  model.save(directory / "model.safetensors");
  text.vocabulary.save(directory);
  const auto encoder = pages::ClickPageEncoder::load(directory);
  const at::NoGradGuard no_grad;
  const PageBatch batch = make_page_batch(text, model.config(), {}, {1}, at::kCPU);
  const at::Tensor expected = at::softmax(model.encode(batch, model.table().index_select(0, batch.rows)).clicks, 0);
  const std::vector<float> found = encoder.click_probabilities("", collection.pages[1].sentence_texts());
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[1], 0.0F);  // "..." has no word
  float sum = 0;
  for (const float value : found) sum += value;
  EXPECT_NEAR(sum, 1.0F, 1e-5);
  EXPECT_NEAR(found[0], expected[0].item<float>(), 1e-5);
  EXPECT_NEAR(found[2], expected[1].item<float>(), 1e-5);
  EXPECT_NEAR(found[3], expected[2].item<float>(), 1e-5);
}

TEST(PageModel, BeginsAsTheWeightedMeanOfWords) {
  const PageTrainingRecipe recipe = small_recipe(pages::PageForm::several);
  const PageTrainingText text = prepare_page_text(small_collection(), small_examples(), recipe, 1);
  pages::EncoderConfig config = recipe.model;
  config.words = text.vocabulary.size();
  const PageModel model(config, text.rows, text.word_weights, 3, at::kCPU);
  const at::NoGradGuard no_grad;
  const PageBatch batch = make_page_batch(text, config, {text.pages[3].sentences[0]}, {3}, at::kCPU);
  const EncodedPages encoded = model.encode(batch, model.table().index_select(0, batch.rows));
  EXPECT_LT((encoded.queries[0] - encoded.base[0]).abs().max().item<float>(), 1e-5F);  // the same words on both sides
}

TEST(PageLoss, WeightsAndMasksAreThoseOfTheClicks) {
  const PageTrainingRecipe recipe = small_recipe(pages::PageForm::several);
  const PageTrainingText text = prepare_page_text(small_collection(), small_examples(), recipe, 1);
  PageModel model = small_model(recipe, text);
  model.set_temperature(0.5);
  const at::NoGradGuard no_grad;
  const PageBatch batch = make_page_batch(text, model.config(), {text.clicks[0].query, text.clicks[1].query}, {0, 1, 2}, at::kCPU);
  const EncodedPages encoded = model.encode(batch, model.table().index_select(0, batch.rows));
  const PageVectors vectors = model.page_vectors(batch, encoded, 2);
  const at::Tensor targets = at::tensor({0, 1}, at::kLong);
  const std::vector<std::int64_t> sentences = {batch.begins[0] + text.clicks[0].sentence, batch.begins[1] + text.clicks[1].sentence};
  const auto losses = page_losses(model, batch, encoded, vectors, targets, at::tensor(sentences, at::kLong), at::tensor({1.0F, 3.0F}), 0.0);
  double pages = 0, clicks = 0;
  for (std::int64_t q = 0; q < 2; ++q) {
    std::vector<double> scores;
    for (std::int64_t p = 0; p < 3; ++p) {
      double most = -2;
      for (std::int64_t k = 0; k < vectors.counts[static_cast<std::size_t>(p)]; ++k)
        most = std::max(most, at::dot(encoded.queries[q], vectors.values[p][k]).item<double>());
      scores.push_back(most / 0.5);
    }
    double sum = 0, click_sum = 0;
    for (const double score : scores) sum += std::exp(score);
    for (std::int64_t i = batch.begins[static_cast<std::size_t>(q)]; i < batch.begins[static_cast<std::size_t>(q) + 1]; ++i)
      click_sum += std::exp(encoded.clicks[i].item<double>());
    const double weight = q == 0 ? 0.25 : 0.75;
    pages += weight * (std::log(sum) - scores[static_cast<std::size_t>(q)]);
    clicks += weight * (std::log(click_sum) - encoded.clicks[sentences[static_cast<std::size_t>(q)]].item<double>());
  }
  EXPECT_NEAR(losses.pages.item<double>(), pages, 1e-4);
  EXPECT_NEAR(losses.clicks.item<double>(), clicks, 1e-4);
}

TEST(PageTrainingText, LabelsByOverlapWhereTheLogNamesNoSentence) {
  const PageTrainingText text = prepare_page_text(small_collection(), small_examples(), small_recipe(pages::PageForm::several), 1);
  EXPECT_EQ(text.labelled_by_similarity, 1);
  ASSERT_EQ(text.clicks.size(), 4U);
  EXPECT_EQ(text.clicks[2].sentence, 1);  // "Yeast makes the dough rise."
  EXPECT_EQ(text.clicks[1].sentence, 1);  // ordinal 2, of which the one before has no word
  EXPECT_FLOAT_EQ(text.clicks[1].weight, 2.0F);
}

TEST(PageRanking, ConfusedPagesAreThoseThatStandHighestForOthersQueries) {
  const std::vector<PageClick> clicks = {{0, 0, 0, 1}, {0, 0, 0, 1}, {0, 2, 0, 1}};
  const std::vector<std::vector<std::int32_t>> ranked = {{0, 3, 1}, {1, 3, 0}, {2, 1}};
  const auto confused = confused_pages(ranked, clicks, 4, 2);
  EXPECT_THAT(confused[0], testing::ElementsAre(1, 3));  // 1: 0.8 + 1, 3: 1 + 0.8 — equal, the smaller number first
  EXPECT_THAT(confused[2], testing::ElementsAre(1));
  EXPECT_TRUE(confused[1].empty());
  EXPECT_NEAR(mean_reciprocal_rank(ranked, clicks), (1 + 1.0 / 3 + 1) / 3, 1e-12);
}

}  // namespace
}  // namespace fathom::retrieval
