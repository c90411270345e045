#include "fathom/quickstart/report.h"

#include <gtest/gtest.h>

namespace fathom::quickstart {
namespace {

Findings example() {
  Findings f;
  f.base = {0.4, 0.35, 0.45, 20, 0.4};
  f.rl = {0.9, 0.87, 0.93, 36, 0.99};
  f.heldout_problems = 400;
  f.seconds = 300;
  f.stages = {{"pretrain", "Pre-training", 4000000, 200, "loss 0.4"}, {"grpo", "GRPO", 200000, 80, ""}};
  f.samples = {{"1+1=?", "2", "<think></think> <answer>3</answer>", "<think>1+1=2</think> <answer>2</answer>", false, true},
               {"2+2=?", "4", "<script>alert(1)</script>", "<think>never closed", false, false}};
  f.grpo_metrics = {Json{{"step", 1}, {"correct_share", 0.4}, {"response_mean", 20.0}}, Json{{"step", 2}, {"correct_share", nullptr}}};
  f.thinking_paid = true;
  return f;
}

TEST(Summary, HasThePromisedKeys) {
  const OrderedJson summary = summary_json(example());
  for (const char* key : {"base_accuracy", "rl_accuracy", "base_mean_tokens", "rl_mean_tokens", "heldout_problems", "seconds"})
    EXPECT_TRUE(summary.contains(key)) << key;
  EXPECT_EQ(summary["stages"]["pretrain"]["tokens"], 4000000);
  EXPECT_DOUBLE_EQ(summary["stages"]["pretrain"]["tokens_per_second"].get<double>(), 20000.0);
}

TEST(Report, IsSelfContainedAndEscapesWhatModelsWrite) {
  const std::string html = render_report(example());
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_NE(html.find("1+1=2"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(html.find("nan"), std::string::npos);
  EXPECT_NE(html.find("</html>"), std::string::npos);
}

TEST(Report, SaysWhenTheEffectIsSmall) {
  Findings f = example();
  f.thinking_paid = false;
  EXPECT_NE(render_report(f).find("the effect of reinforcement learning is small"), std::string::npos);
}

}  // namespace
}  // namespace fathom::quickstart
