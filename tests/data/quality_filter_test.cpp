#include "fathom/data/quality_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string english =
    "The river rises in the hills to the north of the town, and for most of the year it is no more than a narrow stream that children can "
    "cross with a jump. In spring, when the snow melts, it grows within a few days into a brown flood which carries trees and fences with "
    "it. People who live near its banks have learned to be careful: they build their houses on stone, keep a boat behind the barn, and "
    "listen to the radio every evening until May.\n\nNobody has counted how often the old bridge was rebuilt.";
const std::string chinese =
    "这条河从城北的山里流出来，一年中的大部分时间只是一条孩子们跳一下就能过去的小溪。到了春天，积雪融化，几天之内它就变成褐色的洪水，把树木"
    "和篱笆一起冲走。"
    "住在岸边的人早已学会小心：房子建在石头上，谷仓后面放着一条船，每天晚上听广播，一直听到五月。没有人数过那座旧桥重建了多少次。";

// The rule that rejects `text` when only the named rules are on (at their defaults).
std::string broken(const std::string& text, std::initializer_list<std::string_view> rules) {
  QualityFilter filter = QualityFilter::none();
  for (const QualityRule& rule : quality_rules()) {
    for (const std::string_view name : rules) {
      if (rule.name.starts_with(name)) filter.set(rule.name, rule.default_threshold);
    }
  }
  return filter.judge(text).message();
}

std::string repeated(const std::string& part, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += part;
  return result;
}

TEST(QualityFilter, KeepsOrdinaryText) {
  const QualityFilter filter;
  EXPECT_EQ(filter.judge(english).message(), "");
  EXPECT_EQ(filter.judge(chinese).message(), "");
  EXPECT_TRUE(filter.judge(english).keep);
}

TEST(QualityFilter, Length) {
  EXPECT_EQ(broken("Too few words here.", {"length"}), "length.min_characters 16 < 200");
  EXPECT_EQ(broken("Too few words here.", {"length.min_words"}), "length.min_words 4 < 50");
  EXPECT_EQ(broken(repeated("word ", 100001), {"length.max_words"}), "length.max_words 1e+05 > 1e+05");
  // Chinese characters are words, the punctuation between them is not.
  EXPECT_EQ(broken("你好，世界。", {"length.min_words"}), "length.min_words 4 < 50");
  EXPECT_THAT(broken("", {"length.min_words"}), StartsWith("length.min_words 0"));
}

TEST(QualityFilter, Words) {
  EXPECT_EQ(broken("a b c d", {"words.min_mean"}), "words.min_mean_length 1 < 3");
  EXPECT_THAT(broken("internationalisation characteristically", {"words.max_mean"}), StartsWith("words.max_mean_length 19 >"));
  EXPECT_EQ(broken("one 12 34 56", {"words.min_alphabetic"}), "words.min_alphabetic_share 0.25 < 0.8");
  EXPECT_EQ(broken("一二三四五六", {"words."}), "");
}

TEST(QualityFilter, StopWordsOfEnglishOnly) {
  EXPECT_EQ(broken("cheap watches buy shoes sale discount bags", {"words.min_stop"}), "words.min_stop_words 0 < 2");
  EXPECT_EQ(broken("(The) house OF cards", {"words.min_stop"}), "");
  EXPECT_EQ(broken("Der Hund und die Katze sind nicht im Haus, sie haben sich auf dem Feld getroffen und spielen mit einem Ball.",
                   {"words.min_stop"}),
            "");
  EXPECT_EQ(broken(chinese, {"words.min_stop"}), "");
}

TEST(QualityFilter, SymbolsAndLines) {
  EXPECT_EQ(broken("# a # b", {"symbols.max_hash"}), "symbols.max_hash_ratio 0.5 > 0.1");
  EXPECT_EQ(broken("well... so… fine", {"symbols.max_ell"}), "symbols.max_ellipsis_ratio 0.6667 > 0.1");
  EXPECT_EQ(broken("{}[]==ab", {"symbols.max_share"}), "symbols.max_share 0.75 > 0.3");
  EXPECT_EQ(broken("• a\n- b\n\n * c\n", {"lines.max_bullet"}), "lines.max_bullet_share 1 > 0.9");
  EXPECT_EQ(broken("a...\nb…\nc.\n", {"lines.max_ell"}), "lines.max_ellipsis_share 0.6667 > 0.3");
  EXPECT_EQ(broken("Home\nAbout\nContact\n", {"lines.min_fin"}), "lines.min_finished_share 0 < 0.12");
  EXPECT_EQ(broken("Home\nAbout\nContact\n", {"lines.max_short"}), "lines.max_short_share 1 > 0.67");
  EXPECT_EQ(broken("Lorem Ipsum dolor", {"content"}), "content.max_lorem_ipsum 1 > 0");
}

TEST(QualityFilter, RepeatedLinesAndParagraphs) {
  EXPECT_EQ(broken("a\nb\na\nb\n", {"repetition.max_duplicate_lines"}), "repetition.max_duplicate_lines 0.5 > 0.3");
  EXPECT_EQ(broken("first\nx\n  first\ny\nz\n", {"repetition.max_duplicate_line_characters"}),
            "repetition.max_duplicate_line_characters 0.3846 > 0.2");
  EXPECT_EQ(broken("p q\n\nr s\n\np q", {"repetition.max_duplicate_paragraphs"}), "repetition.max_duplicate_paragraphs 0.3333 > 0.3");
  EXPECT_EQ(broken(english, {"repetition"}), "");
}

TEST(QualityFilter, RepeatedWords) {
  // "buy now" three times among 10 words of 3 characters each: 18 of 30 characters.
  EXPECT_EQ(broken("buy now one buy now two buy now six ten", {"repetition.max_top_2gram"}), "repetition.max_top_2gram 0.6 > 0.2");
  EXPECT_EQ(broken("one two six ten", {"repetition"}), "");
  // The second half repeats ten words: 10-grams that stood before cover half of the text, 5-grams too.
  const std::string ten = "aa bb cc dd ee ff gg hh ii jj ";
  EXPECT_EQ(broken(ten + ten, {"repetition.max_duplicate_5gram"}), "repetition.max_duplicate_5gram 0.5 > 0.15");
  EXPECT_EQ(broken(ten + ten, {"repetition.max_duplicate_10gram"}), "repetition.max_duplicate_10gram 0.5 > 0.1");
  EXPECT_EQ(broken("aa bb cc dd x aa bb cc dd y", {"repetition.max_duplicate_5gram"}), "");
  EXPECT_EQ(broken(repeated("我们要学习", 30), {"repetition.max_top_2gram"}), "repetition.max_top_2gram 0.4 > 0.2");
}

// Every n-gram measure against counting them all.
TEST(QualityFilter, RepetitionEqualsPlainCounting) {
  std::uint32_t state = 5;
  const auto random = [&state](std::uint32_t count) { return (state = state * 1664525u + 1013904223u) / 65536u % count; };
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> words;
    for (int i = 0; i < 120; ++i) {
      const std::size_t copied = 4 + random(9);
      if (random(6) == 0 && words.size() > copied) {
        const std::size_t from = random(static_cast<std::uint32_t>(words.size() - copied));
        for (std::size_t k = 0; k < copied; ++k) words.push_back(words[from + k]);
      } else {
        words.push_back(std::string(1 + random(5), static_cast<char>('a' + random(26))));
      }
    }
    std::string text;
    double characters = 0;
    for (const std::string& word : words) {
      text += word + " ";
      characters += static_cast<double>(word.size());
    }
    for (std::size_t n = 2; n <= 10; ++n) {
      std::map<std::string, int> counts;
      std::vector<bool> covered(words.size());
      double most = 0;
      for (std::size_t i = 0; i + n <= words.size(); ++i) {
        std::string gram;
        double size = 0;
        for (std::size_t k = 0; k < n; ++k) {
          gram += words[i + k] + " ";
          size += static_cast<double>(words[i + k].size());
        }
        if (const int count = ++counts[gram]; count > 1) {
          most = std::max(most, count * size);
          for (std::size_t k = 0; k < n; ++k) covered[i + k] = true;
        }
      }
      double duplicate = 0;
      for (std::size_t i = 0; i < words.size(); ++i) duplicate += covered[i] ? static_cast<double>(words[i].size()) : 0;
      const std::string rule = (n <= 4 ? "repetition.max_top_" : "repetition.max_duplicate_") + std::to_string(n) + "gram";
      QualityFilter filter = QualityFilter::none();
      filter.set(rule, -1);
      EXPECT_NEAR(filter.judge(text).value, std::min(1.0, (n <= 4 ? most : duplicate) / characters), 1e-12) << rule << "\n" << text;
    }
  }
}

TEST(QualityFilter, Languages) {
  QualityFilter filter = QualityFilter::none();
  filter.accept_languages({"zh", "en"}, 0.5);
  EXPECT_TRUE(filter.judge(english).keep);
  EXPECT_TRUE(filter.judge(chinese).keep);
  EXPECT_TRUE(filter.judge("12345").keep);
  const Verdict german =
      filter.judge("Der Hund und die Katze sind nicht im Haus, sie haben sich auf dem Feld getroffen und spielen mit einem Ball.");
  EXPECT_FALSE(german.keep);
  EXPECT_EQ(german.rule, "language");
  EXPECT_EQ(german.detail, "de");
  EXPECT_THAT(german.message(), StartsWith("language de 0."));
  EXPECT_THAT(message_of<UsageError>([&] { filter.accept_languages({"xx"}); }), HasSubstr("'xx'"));
}

TEST(QualityFilter, RulesAreSetAndDescribed) {
  QualityFilter filter;
  EXPECT_EQ(filter.threshold("length.min_words"), 50);
  filter.set("length.min_words", 3);
  filter.disable("words.min_stop_words");
  EXPECT_EQ(filter.threshold("words.min_stop_words"), std::nullopt);
  EXPECT_THAT(filter.describe(), HasSubstr("length.min_words=3\n"));
  EXPECT_NE(filter.describe(), QualityFilter().describe());
  EXPECT_THAT(message_of<UsageError>([&] { filter.set("length.min_word", 1); }), HasSubstr("length.min_words"));
}

TEST(QualityFilter, BadBytesAndLongLines) {
  const QualityFilter filter;
  EXPECT_FALSE(filter.judge(std::string(1000, '\xFF')).keep);
  EXPECT_FALSE(filter.judge(std::string(1000000, 'x')).keep);
  std::string line;
  for (std::int64_t i = 0; i < 300000; ++i) line += std::to_string(i * 7919 % 100003) + "a word ";
  EXPECT_FALSE(filter.judge(line).keep);
}

}  // namespace
}  // namespace fathom::data
