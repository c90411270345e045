#include "fathom/retrieval/page_training.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/rng.h"
#include "fathom/pages/click_page_encoder.h"
#include "fathom/retrieval/page_sampler.h"
#include "fathom/retrieval/row_adam.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Pages about animals; queries use other words than the pages do, so that only clicks can teach what goes with what.
struct World {
  pages::PageCollection pages;
  pages::PageExamples examples;
};

World small_world() {
  World world;
  Rng rng(4);
  for (int p = 0; p < 24; ++p) {
    pages::Page page;
    page.id = fmt::format("page{}", p);
    page.title = "Notes";
    for (int s = 0; s < 3; ++s) {
      const std::string sentence = fmt::format("animal{} lives in the {}.", 3 * p + s, s == 1 ? "wood" : "field");
      page.sentences.push_back({page.text.size(), page.text.size() + sentence.size()});
      page.text.append(sentence).append(1, '\n');
      for (int copies = 0; copies < 4; ++copies)
        world.examples.examples.push_back({fmt::format("beast{} {}", 3 * p + s, copies % 2 == 0 ? "home" : "place"), p, s, 1.0});
    }
    world.pages.by_id[page.id] = p;
    world.pages.pages.push_back(std::move(page));
  }
  return world;
}

Recipe small_recipe(const std::string& more = "") {
  return Recipe::parse(
      "[model]\nwidth = 32\nheads = 2\n[vocabulary]\nmin_count = 1\nbuckets = 64\n[train]\nepochs = 12\nbatch_pages = 8\n"
      "page_queries = 4\nvalidation = 0.1\nword_dropout = 0.0\nrow_rate = 20\n[schedule]\npeak = 2e-3\nwarmup_steps = 5\n" +
          more,
      "test");
}

fs::path fresh(const char* name) {
  const fs::path directory = fs::path(testing::TempDir()) / name;
  fs::remove_all(directory);
  return directory;
}

train::RunSettings quiet_run(const fs::path& out) { return {out, at::kCPU, false, true}; }

TEST(PageTraining, LearnsWhatClicksSay) {
  const World world = small_world();
  Recipe recipe = small_recipe();
  const fs::path out = fresh("page-training");
  const PageTrainingResult result = train_page_encoder(recipe, world.pages, world.examples, quiet_run(out), 1);
  EXPECT_EQ(result.epochs, 12);
  const double before = result.record["history"][0]["validation_reciprocal_rank"].get<double>();
  EXPECT_LT(before, 0.4);
  EXPECT_GT(result.best_reciprocal_rank, 0.9);
  const auto encoder = pages::ClickPageEncoder::load(out);
  const std::vector<float> query = encoder.encode_query("beast31 home");
  double most = -2;
  std::int64_t sentence = -1;
  std::size_t best = 0;
  for (std::size_t p = 0; p < world.pages.pages.size(); ++p) {
    const pages::Page& page = world.pages.pages[p];
    for (const index::PageVector& vector : encoder.encode_page(page.title, page.sentence_texts(), 16)) {
      double score = 0;
      for (std::size_t i = 0; i < query.size(); ++i) score += static_cast<double>(query[i]) * vector.values[i];
      if (score > most) most = score, best = p, sentence = vector.sentence;
    }
  }
  EXPECT_EQ(best, 10U);  // animal31 is the second of page 10
  EXPECT_EQ(sentence, 1);
}

TEST(PageTraining, IsAFunctionOfRecipeAndSeed) {
  const World world = small_world();
  std::vector<std::string> prints;
  for (const char* seed : {"1", "1", "2"}) {
    Recipe recipe = small_recipe();
    recipe.set("train.epochs=2");
    recipe.set(std::string("train.seed=") + seed);
    const fs::path out = fresh("page-training-seed");
    train_page_encoder(recipe, world.pages, world.examples, quiet_run(out), 1);
    prints.push_back(pages::ClickPageEncoder::load(out).fingerprint());
  }
  EXPECT_EQ(prints[0], prints[1]);
  EXPECT_NE(prints[0], prints[2]);
}

TEST(PageTraining, LeavesADirectoryAloneThatHoldsSomethingElse) {
  const World world = small_world();
  const fs::path out = fresh("page-training-occupied");
  fs::create_directories(out);
  write_file_atomically(out / "thesis.tex", "years of work");
  Recipe recipe = small_recipe();
  EXPECT_THROW(train_page_encoder(recipe, world.pages, world.examples, quiet_run(out), 1), UsageError);
  EXPECT_EQ(read_file(out / "thesis.tex"), "years of work");
}

TEST(PageTraining, RefusesWrongRecipes) {
  const World world = small_world();
  const auto message = [&](const std::string& assignment) -> std::string {
    Recipe recipe;
    recipe.set(assignment);
    const fs::path out = fresh("page-training-wrong");
    try {
      train_page_encoder(recipe, world.pages, world.examples, quiet_run(out), 1);
    } catch (const UsageError& error) {
      EXPECT_FALSE(fs::exists(out));
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message("model.width=30"), HasSubstr("multiple"));
  EXPECT_THAT(message("model.form=many"), HasSubstr("several"));
  EXPECT_THAT(message("train.vectors=[0]"), HasSubstr("train.vectors"));
  EXPECT_THAT(message("train.vectors=[2.5]"), HasSubstr("train.vectors"));
  EXPECT_THAT(message("train.batch_pages=1"), HasSubstr("train.batch_pages"));
  EXPECT_THAT(message("train.temperature=0"), HasSubstr("train.temperature"));
  EXPECT_THAT(message("train.epoch=3"), HasSubstr("train.epochs"));
}

TEST(PageSampler, TakesEachClickOnceAndEachPageOnceAStep) {
  PageTrainingText text;
  text.pages.resize(7);
  Rng rng(9);
  for (std::int32_t i = 0; i < 60; ++i) text.clicks.push_back({0, static_cast<std::int32_t>(rng.below(7)), 0, 1});
  PageSampler sampler(text, {.batch_pages = 3, .page_queries = 2, .hard_group = 2});
  sampler.set_neighbours({{1}, {0}, {3}, {2}, {5}, {4}, {0, 1}});
  const std::vector<PageStep> steps = sampler.epoch(rng);
  EXPECT_EQ(static_cast<std::int64_t>(steps.size()), sampler.steps_per_epoch());
  std::multiset<std::int64_t> clicks;
  for (const PageStep& step : steps) {
    EXPECT_LE(step.pages.size(), 3U);
    EXPECT_EQ(std::set<std::int32_t>(step.pages.begin(), step.pages.end()).size(), step.pages.size());
    for (std::size_t i = 0; i < step.clicks.size(); ++i) {
      clicks.insert(step.clicks[i]);
      EXPECT_EQ(text.clicks[static_cast<std::size_t>(step.clicks[i])].page, step.pages[static_cast<std::size_t>(step.targets[i])]);
    }
  }
  EXPECT_EQ(clicks.size(), 60U);
  EXPECT_EQ(std::set<std::int64_t>(clicks.begin(), clicks.end()).size(), 60U);
}

TEST(RowAdam, ChangesOnlyTheRowsOfTheStep) {
  const at::Tensor table = at::ones({5, 8});
  RowAdam adam(table, 0.9, 0.98, 1e-8);
  adam.step(at::tensor({3, 1}, at::kLong), at::cat({at::ones({1, 8}), -at::ones({1, 8})}), 0.01);
  EXPECT_EQ(table[0].eq(1.0).all().item<bool>(), true);
  EXPECT_NEAR(table[3][0].item<float>(), 0.99F, 1e-5);  // Adam's first step is the learning rate against the gradient's sign
  EXPECT_NEAR(table[1][7].item<float>(), 1.01F, 1e-5);
}

}  // namespace
}  // namespace fathom::retrieval
