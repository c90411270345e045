#include "fathom/align/rewards.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "fathom/align/math_value.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"

namespace fathom::align {
namespace {

using std::string;

std::filesystem::path shared_folder() {
  const char* variable = std::getenv("FATHOM_SHARED");
  return variable != nullptr ? std::filesystem::path(variable) : std::filesystem::path(FATHOM_SOURCE_DIR) / ".." / "shared";
}

string repeat(const string& piece, std::size_t bytes) {
  string text;
  while (text.size() < bytes) text += piece;
  return text;
}

TEST(ExtractAnswer, TakesTheLastClosedTag) {
  EXPECT_EQ(extract_answer("<answer>1</answer> <answer> 2 </answer>"), "2");
  EXPECT_EQ(extract_answer("<answer>5</answer> <answer>6"), "5");
  EXPECT_EQ(extract_answer("<answer><answer>7</answer>"), "7");
  EXPECT_EQ(extract_answer("<answer>8</answer></answer>"), "8");
  EXPECT_EQ(extract_answer("</answer>9<answer>"), std::nullopt);
  EXPECT_EQ(extract_answer("the answer is 5"), std::nullopt);
  EXPECT_EQ(extract_answer("<answer>  </answer>"), std::nullopt);
  EXPECT_EQ(extract_answer(""), std::nullopt);
}

TEST(ExtractAnswer, TakesTheLastBalancedBox) {
  EXPECT_EQ(extract_answer("so \\boxed{1} or \\boxed{\\frac{1}{2}}."), "\\frac{1}{2}");
  EXPECT_EQ(extract_answer("\\boxed {3}"), "3");
  EXPECT_EQ(extract_answer("\\boxed{4} and \\boxed{5"), "4");
  EXPECT_EQ(extract_answer("\\boxed{\\boxed{6}}"), "6");
  EXPECT_EQ(extract_answer("\\boxed{\\{1, 2\\}}"), "\\{1, 2\\}");
  EXPECT_EQ(extract_answer("\\boxed"), std::nullopt);
  EXPECT_EQ(extract_answer("\\boxed{"), std::nullopt);
  EXPECT_EQ(extract_answer("\\boxed{}"), std::nullopt);
  EXPECT_EQ(extract_answer("} \\boxed{7}"), "7");
}

TEST(ExtractAnswer, TagBeforeBoxBeforeHashes) {
  EXPECT_EQ(extract_answer("\\boxed{1} <answer>2</answer> \\boxed{3}"), "2");
  EXPECT_EQ(extract_answer("<answer>It is \\boxed{72}.</answer>"), "72");
  EXPECT_EQ(extract_answer("work\n#### 1,200\n"), std::nullopt);
  EXPECT_EQ(extract_answer("work\n#### 1,200\nmore", true), "1,200");
  EXPECT_EQ(extract_answer("#### 1\n#### 2", true), "2");
}

TEST(ExtractAnswer, HostileTextTakesLinearTime) {
  const std::size_t megabyte = 1 << 20;
  EXPECT_EQ(extract_answer(repeat("<answer>", megabyte)), std::nullopt);
  EXPECT_EQ(extract_answer(repeat("</answer>", megabyte)), std::nullopt);
  EXPECT_EQ(extract_answer(repeat("\\boxed{", megabyte)), std::nullopt);
  EXPECT_EQ(extract_answer(repeat("{", megabyte)), std::nullopt);
  EXPECT_EQ(extract_answer(repeat("\\", megabyte)), std::nullopt);
  EXPECT_EQ(extract_answer(repeat("<", megabyte) + "<answer>1</answer>"), "1");
  EXPECT_EQ(extract_answer(repeat("\\boxed{", megabyte) + repeat("}", megabyte / 7)), std::nullopt);
  EXPECT_FALSE(has_r1_format(repeat("<think></think>", megabyte)));
  EXPECT_EQ(language_consistency(repeat("word ", megabyte), "en"), 1.0);
}

struct Case {
  const char* answer;
  const char* reference;
  Verdict verdict;
};

constexpr Verdict right = Verdict::correct, wrong = Verdict::wrong, unread = Verdict::unparsable;

constexpr Case cases[] = {
    // Separators, signs, decimals, currency, percent.
    {"72", "72", right},
    {"73", "72", wrong},
    {"072", "72", right},
    {"+72", "72", right},
    {"1,200", "1200.0", right},
    {"1,200", "12", wrong},
    {"1,234,567.50", "1234567.5", right},
    {"12,34", "1234", wrong},
    {"-5", "-5", right},
    {"- 5", "-5", right},
    {"\u22125", "-5", right},
    {"--5", "5", right},
    {"5", "-5", wrong},
    {"-0", "0", right},
    {".5", "0.5", right},
    {"5.", "5", right},
    {"5.0", "5", right},
    {"$5", "5", right},
    {"-$5", "-5", right},
    {"\\$3.50", "3.5", right},
    {"$72$", "72", right},
    {"$1,000", "1000", right},
    {"5 dollars", "$5", right},
    {"\u20ac5", "5", right},
    {"\u20ac5", "$5", wrong},
    {"5\u5143", "5", right},
    {"50%", "50", right},
    {"50\\%", "0.5", right},
    {"50%", "1/2", right},
    {"50%", "5", wrong},
    {"50 percent", "50%", right},
    {"\uff11\uff12", "12", right},
    {"676,\\!000", "676000", right},
    {"10{,}080", "10080", right},
    {"1e3", "1000", right},
    {"1.5e-3", "0.0015", right},
    {"1.5 \\times 10^{3}", "1500", right},
    {"2 \\cdot 10^5", "200000", right},
    {"6.02 \u00d7 10^{23}", "6.02e23", right},
    {"1e99999", "1", wrong},
    // Fractions and mixed numbers.
    {"1/2", "0.5", right},
    {"\\frac{1}{2}", "0.5", right},
    {"\\frac12", "1/2", right},
    {"\\dfrac{2}{4}", "\\tfrac12", right},
    {"\\frac 32", "1.5", right},
    {"-\\frac{15}4", "-3.75", right},
    {"\\frac{-15}{4}", "-15/4", right},
    {"\\frac{15}{-4}", "-15/4", right},
    {"\\frac{98}5", "19.6", right},
    {"2/3", "4/6", right},
    {"2/3", "3/2", wrong},
    {"14\\frac{6}{7}", "104/7", right},
    {"3 1/2", "3.5", right},
    {"31/2", "15.5", right},
    {"-15\\frac{3}{5}", "-15.6", right},
    {"\\frac{1,000}{3}", "1000/3", right},
    {"1/-2", "-0.5", right},
    {"1/3", "0.333", right},
    {"0.3333", "\\frac13", right},
    {"0.33", "1/3", wrong},
    {"0.334", "1/3", wrong},
    {"3.142", "3.14159", right},
    {"3.141", "3.14159", wrong},
    {"0.001", "0.0014", wrong},
    {"4.9996", "5", wrong},
    {"1/0", "5", unread},
    {"\\frac{0}{0}", "0", unread},
    {"123456789012345678901234567890", "123456789012345678901234567890.0", right},
    {"123456789012345678901234567891", "123456789012345678901234567890", wrong},
    {"\\frac{2}{246913578024691357802469135780}", "1/123456789012345678901234567890", right},
    // Units and words.
    {"20\\text{ miles}", "20", right},
    {"72 clips", "72", right},
    {"90^\\circ", "90", right},
    {"90\u00b0", "90 degrees", right},
    {"5 km", "5", right},
    {"5 km", "5 m", wrong},
    {"5km", "5 kilometers", right},
    {"3 hours", "3 hrs", right},
    {"10 \\text{ cm}^2", "10", right},
    {"60 miles per hour", "60", right},
    {"3x", "3", wrong},
    {"3 x", "3", wrong},
    {"3m", "3", wrong},
    {"5 and a half", "5", wrong},
    {"14 \\text{ right triangles}", "14", right},
    {"x = 5", "5", right},
    {"k=3", "3", right},
    {"= 5", "5", right},
    {"5.", "5", right},
    {"(5)", "5", right},
    {"1 + 1", "2", wrong},
    {"\\text{Monday}", "monday", right},
    {"(E)", "E", right},
    {"\\text{(E)}", "E", right},
    {"A", "B", wrong},
    {"banana", "5", wrong},
    {"???", "5", unread},
    {"...", "5", unread},
    // Sequences.
    {"(1, 2)", "(1,2)", right},
    {"(2, 1)", "(1,2)", wrong},
    {"\\left( \\frac{1}{6}, 0.5 \\right)", "(1/6, 1/2)", right},
    {"1, 2", "2, 1", right},
    {"1, 2, 2", "1, 1, 2", wrong},
    {"\\{3, 1\\}", "\\{1,3\\}", right},
    {"[2, 5)", "[2,5)", right},
    {"[2, 5)", "(2,5)", wrong},
    {"[2,5)", "[2,5]", wrong},
    {"(1,2,3)", "(1,2)", wrong},
    {"(-\\infty, 3]", "(-\\infty,3]", right},
    {"-12 \\text{ or } -30", "-30, -12", right},
    {"(1, 2), (3, 4)", "(3,4), (1,2)", right},
    {"((1,2),3)", "((1,2),3)", right},
    {"(1,,2)", "(1,2)", wrong},
    // What stays text.
    {"2\\sqrt3", "2\\sqrt{3}", right},
    {"\\frac{\\sqrt{3}}{3}", "\\dfrac{\\sqrt3}{3}", right},
    {"x^2 + 1", "x^2+1", right},
    {"x^2+1", "x^2-1", wrong},
    {"4 \\pi", "4\\pi", right},
    {"4\u03c0", "4\\pi", right},
    {"y=-2x+1", "-2x+1", right},
};

TEST(JudgeMath, Table) {
  for (const Case& c : cases) {
    EXPECT_EQ(judge_math("<think>…</think> <answer>" + string(c.answer) + "</answer>", c.reference), c.verdict)
        << "answer '" << c.answer << "', reference '" << c.reference << "'";
    if (string(c.answer).find("(A") == string::npos && c.verdict != unread) {
      EXPECT_EQ(judge_math("\\boxed{" + string(c.answer) + "}", c.reference), c.verdict) << "boxed '" << c.answer << "'";
    }
  }
}

TEST(JudgeMath, ReferencesMayBeSolutions) {
  EXPECT_EQ(judge_math("\\boxed{72}", "48+24 = <<48+24=72>>72 clips.\n#### 72"), right);
  EXPECT_EQ(judge_math("#### 72", "72"), unread);
  EXPECT_EQ(judge_math("#### 72", "72", true), right);
}

TEST(JudgeMath, HostileAnswers) {
  const std::size_t megabyte = 1 << 20;
  for (const string& piece :
       {string("9"), string("("), string("{"), string("1/"), string("-"), string("\\frac"), string("1,"), string("\xff"), string("$")}) {
    EXPECT_NE(judge_math("<answer>" + repeat(piece, megabyte) + "</answer>", "5"), right) << piece;
    EXPECT_NE(judge_math("<answer>" + repeat(piece, 4000) + "</answer>", "5"), right) << piece;
  }
  EXPECT_EQ(judge_math("<answer>" + repeat("9", 4000) + "</answer>", repeat("9", 4000)), right);  // as text
  EXPECT_EQ(judge_math("<answer>" + repeat("9", 900) + "</answer>", repeat("9", 900) + ".0"), right);
  EXPECT_EQ(judge_math(string("<answer>5\0</answer>", 19), "5"), wrong);
}

TEST(R1Format, EachTagOnceAndNothingOutside) {
  EXPECT_TRUE(has_r1_format("<think>a</think> <answer>1</answer>"));
  EXPECT_TRUE(has_r1_format(" \n<think></think>\n\n<answer></answer>\n"));
  for (const char* text :
       {"", "<think>a</think>", "<answer>1</answer>", "x<think>a</think><answer>1</answer>", "<think>a</think>x<answer>1</answer>",
        "<think>a</think><answer>1</answer>x", "<think>a<think>b</think><answer>1</answer>", "<think>a</think></think><answer>1</answer>",
        "<think>a</think><answer>1</answer><answer>2</answer>", "<answer>1</answer><think>a</think>", "<think>a<answer>1</answer></think>",
        "<think>a</think><answer>1", "</think>a<think><answer>1</answer>", "a</think><answer>1</answer>"})
    EXPECT_FALSE(has_r1_format(text)) << text;
}

TEST(LanguageConsistency, CountsWordsByScript) {
  EXPECT_EQ(language_consistency("<think>we add two numbers</think> <answer>\u56db</answer>", "en"), 1.0);
  EXPECT_EQ(language_consistency("<think>\u6211\u4eec\u76f8\u52a0</think>", "zh"), 1.0);
  EXPECT_EQ(language_consistency("<think>\u6211\u4eec\u76f8\u52a0</think>", "en"), 0.0);
  EXPECT_DOUBLE_EQ(language_consistency("add two \u76f8\u52a0</think> <answer>x</answer>", "en"), 0.5);
  EXPECT_DOUBLE_EQ(language_consistency("<think>one \u0434\u0432\u0430</think>", "en"), 0.5);
  EXPECT_EQ(language_consistency("<think>1 + 2 = 3</think>", "en"), 1.0);                // no words
  EXPECT_EQ(language_consistency("<think>\u8bbe x = \\frac{1}{2}</think>", "zh"), 1.0);  // variables and commands are no words
  EXPECT_EQ(language_consistency("<think>it's a caf\u00e9</think>", "en"), 1.0);
  EXPECT_EQ(language_consistency("", "en"), 1.0);
  EXPECT_EQ(language_consistency("\xff\xfe broken", "en"), 1.0);
  EXPECT_THROW(language_consistency("x", "tlh"), UsageError);
}

TEST(Score, FormatGates) {
  RewardOptions options;
  const Reward good = score("<think>2+2</think> <answer>4</answer>", "4", options);
  EXPECT_EQ(good.total, 1.0);
  EXPECT_EQ(good.accuracy, 1.0);
  EXPECT_TRUE(good.formatted);
  const Reward unformatted = score("<answer>4</answer>", "4", options);
  EXPECT_EQ(unformatted.verdict, right);
  EXPECT_EQ(unformatted.total, 0.0);
  EXPECT_EQ(unformatted.accuracy, 0.0);
  options.require_think = false;
  EXPECT_EQ(score("<answer>4</answer>", "4", options).total, 1.0);
  EXPECT_EQ(score("<answer>4</answer> more", "4", options).total, 0.0);
}

TEST(Score, PartsAddUpWithoutTheGate) {
  RewardOptions options;
  options.format_gates = false;
  options.format_weight = 0.5;
  options.language_weight = 0.25;
  EXPECT_DOUBLE_EQ(score("<think>two plus two</think> <answer>4</answer>", "4", options).total, 1.75);
  EXPECT_DOUBLE_EQ(score("<think>two plus two</think> <answer>5</answer>", "4", options).total, 0.75);
  EXPECT_DOUBLE_EQ(score("<answer>4</answer>", "4", options).total, 1.25);  // no words: consistent
}

TEST(Score, UnparsableEarnsNothingInAnyPart) {
  for (const bool gates : {true, false}) {
    RewardOptions options;
    options.format_gates = gates;
    options.format_weight = options.language_weight = 1.0;
    for (const char* text :
         {"<think>two plus two</think> <answer> </answer>", "<think>two</think> <answer>1/0</answer>", "two plus two is four"}) {
      const Reward reward = score(text, "4", options);
      EXPECT_EQ(reward.verdict, unread);
      EXPECT_EQ(reward.total, 0.0);
      EXPECT_EQ(reward.format, 0.0);
      EXPECT_EQ(reward.language, 0.0);
    }
  }
}

TEST(RewardRecipe, ReadsKeysAndRefusesUnknownLanguages) {
  Recipe recipe;
  recipe.set("reward.format_weight=0.5");
  recipe.set("reward.format_gates=false");
  const RewardOptions options = RewardOptions::from_recipe(recipe);
  EXPECT_EQ(options.format_weight, 0.5);
  EXPECT_FALSE(options.format_gates);
  Recipe wrong_recipe;
  wrong_recipe.set("reward.language=fr");
  EXPECT_THROW(RewardOptions::from_recipe(wrong_recipe), UsageError);
}

// Every reference answer must be read as a number and equal itself, plain and boxed.
TEST(RealReferences, Gsm8kAgreesWithItself) {
  const std::filesystem::path file = shared_folder() / "data/math/gsm8k/train.jsonl.xz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is absent";
  LineReader lines(file);
  std::int64_t count = 0;
  while (const auto line = lines.next()) {
    const string solution = json_get<string>(parse_json(*line, lines.position()), "answer", lines.position());
    const string answer = extract_answer(solution, true).value_or("");
    EXPECT_EQ(judge_math(solution, solution, true), right) << answer;
    EXPECT_EQ(judge_math("<answer>" + answer + "</answer>", answer), right) << answer;
    EXPECT_EQ(judge_math("<answer>" + answer + "1</answer>", answer), wrong) << answer;
    EXPECT_EQ(read_math_value(answer).kind, MathValue::Kind::number) << answer;
    ++count;
  }
  EXPECT_EQ(count, 7473);
}

TEST(RealReferences, MathAgreesWithItself) {
  const std::filesystem::path file = shared_folder() / "data/math/MATH/train.jsonl.xz";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is absent";
  LineReader lines(file);
  std::int64_t count = 0, numbers = 0;
  while (const auto line = lines.next()) {
    const string answer = json_get<string>(parse_json(*line, lines.position()), "answer", lines.position());
    if (answer.empty()) continue;  // two records have none
    EXPECT_EQ(judge_math("thus $\\boxed{" + answer + "}$.", answer), right) << answer;
    EXPECT_EQ(judge_math("<answer>" + answer + "</answer>", answer), right) << answer;
    EXPECT_NE(judge_math("<answer>987654321</answer>", answer), right) << answer;
    numbers += read_math_value(answer).kind == MathValue::Kind::number ? 1 : 0;
    ++count;
  }
  EXPECT_EQ(count, 7497);
  EXPECT_GT(numbers, count * 3 / 4);
}

}  // namespace
}  // namespace fathom::align
