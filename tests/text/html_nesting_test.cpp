// Pages made to be slow: what the parser sees of them is never deep, and stays in proportion to the page.
#include <gtest/gtest.h>

#include <gumbo.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "fathom/text/html_blocks.h"
#include "fathom/text/html_simplifier.h"
#include "fathom/text/html_tree.h"
#include "tests/text/html_offsets.h"

namespace fathom::text {
namespace {

constexpr std::size_t limit = 64;
// The root, the body, and what the parser adds on its own (a body of a table, a row, an anchor that is opened again).
constexpr std::size_t slack = 8;

std::size_t depth_of(const std::string& html) {
  const SimplifiedHtml simplified = simplify_html(html, limit);
  EXPECT_EQ(simplified.html.size(), html.size());
  return HtmlTree(simplified.html, std::size_t{1} << 30).depth();
}

std::string repeated(const std::string& part, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += part;
  return result;
}

std::vector<std::string> all_tags() {
  std::vector<std::string> tags;
  for (int tag = 0; tag < GUMBO_TAG_UNKNOWN; ++tag) tags.emplace_back(gumbo_normalized_tagname(static_cast<GumboTag>(tag)));
  tags.emplace_back("x-custom");
  return tags;
}

TEST(HtmlNesting, EveryElementNested) {
  for (const std::string& tag : all_tags()) {
    EXPECT_LE(depth_of(repeated("<" + tag + ">", 600)), limit + slack) << tag;
    EXPECT_LE(depth_of(repeated("<" + tag + " id=1><div>", 300)), limit + slack) << tag;
    EXPECT_LE(depth_of(repeated("<table><tr><td><" + tag + ">x", 300)), limit + slack) << tag;
    EXPECT_LE(depth_of(repeated("<p><" + tag + ">x</p>", 300)), limit + slack) << tag;
    EXPECT_LE(depth_of(repeated("<div><" + tag + "></div>", 300)), limit + slack) << tag;
    EXPECT_LE(depth_of(repeated("<" + tag + "><div></" + tag + ">", 300)), limit + slack) << tag;
    EXPECT_LE(depth_of("<svg><" + tag + ">" + repeated("<g>", 300)), limit + slack) << tag;
  }
}

TEST(HtmlNesting, RandomTagSoup) {
  const std::vector<std::string> tags = all_tags();
  std::mt19937 random(7);
  const auto pick = [&random](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  for (int page = 0; page < 100; ++page) {
    // A few kinds of tags a page: they interact more often than a hundred would.
    std::vector<std::string> some;
    for (int i = 0; i < 6; ++i) some.push_back(tags[pick(tags.size())]);
    some.emplace_back("div");
    std::string html;
    for (int i = 0; i < 3000; ++i) {
      html += pick(5) < 3 ? "<" : "</";
      html += some[pick(some.size())];
      if (pick(8) == 0) html += " class='a>b' href=x";
      html += pick(40) == 0 ? "/>" : ">";
      if (pick(3) == 0) html += "te&lt;xt ";
      if (pick(50) == 0) html += "<!-- c -->";
    }
    EXPECT_LE(depth_of(html), limit + slack) << html.substr(0, 400);
    const HtmlPage parsed = parse_html(html, {.max_depth = limit});
    expect_true_offsets(parsed, html);
    if (testing::Test::HasFailure()) break;
  }
}

TEST(HtmlNesting, RandomBytes) {
  std::mt19937 random(11);
  const std::string alphabet = "<<<>>/!-&;'\"= abpdtrli\n\r\xC2\xA0\xE4\xBD";
  for (int page = 0; page < 1000; ++page) {
    std::string html;
    for (int i = 0; i < 200; ++i) html += alphabet[random() % alphabet.size()];
    expect_true_offsets(parse_html(html), html);
    if (testing::Test::HasFailure()) FAIL() << html;
  }
}

TEST(HtmlNesting, LongFlatPagesKeepTheirTags) {
  for (const std::string part : {"<p>a", "<li>a", "<dt>a<dd>b", "<tr><td>a<td>b", "<div>a</div>", "<a name=x>a", "<h2>a</h2><p>b",
                                 "<font>a<br>", "<ul><li>a</ul>", "<table><tr><td>a</table>", "<option>a", "<div><span>a</div>"}) {
    const std::string html = (part.starts_with("<tr") ? "<table>" : "<body>") + repeated(part, 3000);
    const HtmlPage page = parse_html(html);
    EXPECT_EQ(page.neutralised_tags, 0) << part;
    const bool one_block = part.starts_with("<a") || part.starts_with("<font");
    EXPECT_GE(page.blocks.size(), one_block ? 1u : 3000u) << part;
  }
}

TEST(HtmlNesting, DeepTextIsKept) {
  const std::string html = repeated("<div>", 100000) + "deep" + repeated("</div>", 100000) + "<p>after";
  const HtmlPage page = parse_html(html);
  expect_true_offsets(page, html);
  ASSERT_EQ(page.blocks.size(), 2u);
  EXPECT_EQ(page.blocks[0].text, "deep");
  EXPECT_EQ(page.blocks[1].text, "after");
  EXPECT_GT(page.neutralised_tags, 99000);
}

TEST(HtmlNesting, ManyAttributes) {
  std::string html = "<p";
  for (int i = 0; i < 200000; ++i) html += " a" + std::to_string(i);
  html += ">text";
  const HtmlPage page = parse_html(html);
  ASSERT_EQ(page.blocks.size(), 1u);
  EXPECT_EQ(page.blocks[0].text, "text");
}

TEST(HtmlNesting, LargeFlatPage) {
  std::string html;
  while (html.size() < (std::size_t{1} << 20)) html += "<div class=row><p>Some words of a paragraph &amp; more.</p></div>\n";
  const HtmlPage page = parse_html(html);
  EXPECT_EQ(page.blocks.size(), std::count(html.begin(), html.end(), '\n'));
  expect_true_offsets(page, html);
}

}  // namespace
}  // namespace fathom::text
