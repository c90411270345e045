// Click models against cases worked out by hand, and against users whose truth is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/clicks/click_evaluation.h"
#include "fathom/clicks/dynamic_bayesian_model.h"
#include "tests/base/scratch_directory.h"
#include "tests/clicks/small_logs.h"

namespace fathom::clicks {
namespace {

ClickModelOptions without_prior() {
  ClickModelOptions options;
  options.relevance_prior = 0;
  return options;
}

std::uint32_t pair_of(const ClickData& data, const std::string& query, const std::string& page) {
  return data.impressions_of(query, {page}).front().pair;
}

struct Simulated {
  ClickData data;
  SimulationTruth truth;
  std::vector<double> looks;  // searches that reach each position
};

Simulated simulated(UserModel model, std::int64_t searches) {
  SimulationOptions options;
  options.user.model = model;
  options.shuffle = Shuffle::all;
  options.searches = searches;
  options.seed = 11;
  Simulated log;
  log.truth = simulate_log(falling_rankings(4, 8), options, [&](const SearchRecord& record) { log.data.add(record); });
  return log;
}

TEST(ClickModels, CascadeByHand) {
  const ClickData data = data_of({search("q", "a b* c"), search("q", "b* a c"), search("Q ", "a* b c"), search("q", "c a b")});
  const auto model = make_click_model("cascade", without_prior());
  fit_all(*model, data);
  // a: seen in all but the second search, clicked once; b: seen in the first, second and fourth, clicked twice; c: seen once.
  EXPECT_DOUBLE_EQ(model->attractiveness(pair_of(data, "q", "a")), 1.0 / 3);
  EXPECT_DOUBLE_EQ(model->attractiveness(pair_of(data, "q", "b")), 2.0 / 3);
  EXPECT_DOUBLE_EQ(model->attractiveness(pair_of(data, "q", "c")), 0.0);
  const auto list = data.search(0);  // a b* c
  EXPECT_THAT(model->examination(list), testing::ElementsAre(1.0, testing::DoubleEq(2.0 / 3), testing::DoubleEq(2.0 / 9)));
  EXPECT_THAT(model->conditional_click_probability(list),
              testing::ElementsAre(testing::DoubleEq(1.0 / 3), testing::DoubleEq(2.0 / 3), 0.0));
}

TEST(ClickModels, PositionBasedByHand) {
  // One pair at each of two positions: 50% of clicks at the first, 25% at the second. The priors of one look and one pass fade in 8,000.
  std::vector<SearchRecord> records;
  for (int i = 0; i < 8000; ++i) {
    records.push_back(search("q", i % 2 == 0 ? "a* b" : "a b"));
    records.push_back(search("q", i % 4 == 0 ? "b* a" : "b a"));
  }
  // a: 1/2 at 1, 0 at 2; b: 1/4 at 1, 0 at 2: nobody looks at the second position.
  const ClickData blind = data_of(records);
  const auto model = make_click_model("pbm", without_prior());
  fit_all(*model, blind);
  EXPECT_NEAR(model->attractiveness(pair_of(blind, "q", "a")), 0.5, 1e-3);
  EXPECT_NEAR(model->attractiveness(pair_of(blind, "q", "b")), 0.25, 1e-3);
  EXPECT_LT(model->examination(blind.search(0))[1], 1e-3);

  // a: 1/2 at 1, 1/4 at 2, so that the second position is looked at half the time.
  records.clear();
  for (int i = 0; i < 8000; ++i) {
    records.push_back(search("q", i % 2 == 0 ? "a* b" : "a b"));
    records.push_back(search("q", i % 4 == 0 ? "b a*" : "b a"));
  }
  const ClickData half = data_of(records);
  fit_all(*model, half);
  EXPECT_NEAR(model->examination(half.search(0))[1], 0.5, 2e-3);
  EXPECT_NEAR(model->attractiveness(pair_of(half, "q", "a")), 0.5, 2e-3);
}

TEST(ClickModels, DynamicBayesianProbabilitiesByHand) {
  // A log in which a is clicked always and never satisfies (b is clicked below it, always), and b satisfies: c is never clicked.
  std::vector<SearchRecord> records(4000, search("q", "a* b* c"));
  const ClickData data = data_of(records);
  DynamicBayesianModel model(without_prior());
  fit_all(model, data);
  EXPECT_NEAR(model.continuation(), 1.0, 2e-3);
  EXPECT_NEAR(model.attractiveness(pair_of(data, "q", "a")), 1, 1e-9);
  EXPECT_NEAR(model.satisfaction(pair_of(data, "q", "a")), 0, 1e-9);
  // Whether b satisfied, or c does not attract, cannot be told; that c is not clicked can.
  EXPECT_LT(model.click_probability(data.search(0))[2], 1e-3);
  const double gamma = model.continuation();
  EXPECT_NEAR(model.examination(data.search(0))[1], gamma, 1e-9);
  EXPECT_NEAR(model.conditional_click_probability(data.search(0))[1], gamma, 1e-9);
}

TEST(ClickModels, ChainsAgreeWithTheirMarginals) {
  // Σ over all click patterns of P(pattern) · clicks is the marginal: conditional and marginal probabilities belong to one distribution.
  const Simulated log = simulated(UserModel::dbn, 500);
  for (const char* const name : {"pbm", "cascade", "dbn"}) {
    const auto model = make_click_model(name);
    fit_all(*model, log.data);
    std::vector<Impression> list(log.data.search(0).begin(), log.data.search(0).begin() + 5);
    std::vector<double> marginal(list.size(), 0.0);
    double total = 0;
    for (unsigned pattern = 0; pattern < 32; ++pattern) {
      for (std::size_t i = 0; i < list.size(); ++i) list[i].clicked = (pattern >> i & 1) != 0;
      const auto conditional = model->conditional_click_probability(list);
      double probability = 1;
      for (std::size_t i = 0; i < list.size(); ++i) probability *= list[i].clicked ? conditional[i] : 1 - conditional[i];
      total += probability;
      for (std::size_t i = 0; i < list.size(); ++i) marginal[i] += list[i].clicked ? probability : 0;
    }
    EXPECT_NEAR(total, 1, 1e-12) << name;
    const auto alone = model->click_probability(list);
    for (std::size_t i = 0; i < list.size(); ++i) EXPECT_NEAR(marginal[i], alone[i], 1e-12) << name << " at " << i;
  }
}

// Each model finds the examination of its own users, within five standard errors of a rate of so many clicks; the click rate does not.
TEST(ClickModels, RecoverTheTruthOfTheirUsers) {
  constexpr std::int64_t searches = 30'000;
  for (const UserModel user : {UserModel::pbm, UserModel::cascade, UserModel::dbn}) {
    const Simulated log = simulated(user, searches);
    const auto model = make_click_model(name_of(user));
    fit_all(*model, log.data);
    const std::vector<double> examined = mean_examination(*model, log.data);
    ASSERT_EQ(examined.size(), log.truth.examination.size());
    std::vector<double> clicks(examined.size(), 0.0);
    for (std::size_t s = 0; s < log.data.size(); ++s)
      for (std::size_t i = 0; i < examined.size(); ++i) clicks[i] += log.data.search(s)[i].clicked ? 1 : 0;
    for (std::size_t i = 0; i < examined.size(); ++i) {
      // The relative error of a ratio of two rates, one of them the first position's.
      const double error = std::sqrt(1 / clicks[i] + 1 / clicks[0]);
      EXPECT_NEAR(examined[i] / log.truth.examination[i], 1, 5 * error) << name_of(user) << " at " << i + 1;
    }
    EXPECT_NEAR(examined[0], 1, 1e-12);
    // Attractiveness: the best page's is 0.6, the worst one's 0.05.
    const std::uint32_t best = pair_of(log.data, "query 0", "q0-p0"), worst = pair_of(log.data, "query 0", "q0-p7");
    EXPECT_NEAR(model->attractiveness(best), 0.6, 0.06) << name_of(user);
    EXPECT_NEAR(model->attractiveness(worst), 0.05, 0.03) << name_of(user);
  }
}

TEST(ClickModels, TheRightModelPredictsItsUsersBest) {
  for (const UserModel user : {UserModel::pbm, UserModel::cascade, UserModel::dbn}) {
    const Simulated log = simulated(user, 4000);
    const double own = cross_validate(name_of(user), log.data, {}, 4, 1).mean_log_likelihood();
    for (const char* const name : {"rate", "position-rate"})
      EXPECT_GT(own, cross_validate(name, log.data, {}, 4, 1).mean_log_likelihood() + 0.05) << name_of(user) << " over " << name;
  }
}

TEST(ClickModels, PerplexityOfARateByHand) {
  const ClickData data = data_of({search("q", "a* b"), search("q", "a b"), search("q", "a* b"), search("q", "a b")});
  const auto model = make_click_model("position-rate");
  fit_all(*model, data);
  const std::vector<std::size_t> all = {0, 1, 2, 3};
  const ClickPrediction prediction = evaluate_click_model(*model, data, all);
  EXPECT_NEAR(prediction.perplexity_by_position[0], 2, 1e-12);
  EXPECT_NEAR(prediction.perplexity_by_position[1], 6.0 / 5, 1e-12);  // a rate of (0 + 1) / (4 + 2)
  EXPECT_NEAR(prediction.perplexity, std::sqrt(2 * 6.0 / 5), 1e-12);
  EXPECT_NEAR(prediction.log_likelihood[0], std::log(0.5) + std::log(5.0 / 6), 1e-12);
}

TEST(ClickModels, UnknownPagesAndNewListsHaveTheAverage) {
  SearchRecord record = search("q", "a* gone b");
  record.shown[1].page = "";
  const ClickData data = data_of({record, search("q", "b a")});
  EXPECT_EQ(data.search(0)[1].pair, 0U);
  for (const char* const name : {"pbm", "cascade", "dbn", "rate", "position-rate"}) {
    const auto model = make_click_model(name);
    fit_all(*model, data);
    const std::vector<Impression> list = data.impressions_of("never asked", {"a", "b", "c", "d", "e"});
    for (const double probability : model->click_probability(list)) {
      EXPECT_GT(probability, 0) << name;
      EXPECT_LT(probability, 1) << name;
    }
  }
}

TEST(ClickModels, PriorFollowsWhatTheLogCanTell) {
  EXPECT_EQ(relevance_prior({}, data_of({search("q", "a b"), search("r", "a b")})), 100);
  EXPECT_EQ(relevance_prior({}, data_of({search("q", "a b"), search("q", "b a")})), 1);
  EXPECT_EQ(relevance_prior(without_prior(), data_of({search("q", "a b")})), 0);
}

TEST(ClickModels, BadRequests) {
  EXPECT_THAT(message_of<UsageError>([] { make_click_model("pmb"); }), testing::HasSubstr("known are pbm, cascade, dbn"));
  const ClickData none = data_of({search("q", "")});
  for (const char* const name : {"pbm", "cascade", "dbn", "rate"}) EXPECT_THROW(fit_all(*make_click_model(name), none), Error) << name;
  EXPECT_THROW(cross_validate("pbm", data_of({search("q", "a")}), {}, 2, 0), Error);
}

}  // namespace
}  // namespace fathom::clicks
