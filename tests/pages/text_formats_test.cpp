#include "fathom/pages/text_formats.h"

#include <gtest/gtest.h>

namespace fathom::pages {
namespace {

TEST(PlainText, JoinsTheLinesOfAParagraph) {
  EXPECT_EQ(read_plain_text("One line\r\nof a sentence.\n\nAnother\nparagraph.").text, "One line of a sentence.\n\nAnother paragraph.");
  EXPECT_EQ(read_plain_text("A list:\n- first\n- second\n").text, "A list:\n- first\n- second");
  EXPECT_EQ(read_plain_text("").text, "");
  EXPECT_EQ(read_plain_text("\n \n").text, "");
}

TEST(Markdown, LeavesTheTextWithoutItsSigns) {
  const TitledText page = read_markdown(
      "# A *title* here\n\nSome `code`, **bold** text\nand a [link](http://x.y/(z)) to snake_case.\n\n"
      "- item one\n- item\n  goes on\n\n> quoted\n\n```cpp\nint main() {}\n# no heading\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
  EXPECT_EQ(page.title, "A title here");
  EXPECT_EQ(
      page.text,
      "A title here\n\nSome code, bold text and a link to snake_case.\n\nitem one\n\nitem goes on\n\nquoted\nint main() {}\n# no heading\n"
      "a | b\n1 | 2");
}

TEST(Markdown, TakesTitlesFromFrontMatterAndUnderlines) {
  EXPECT_EQ(read_markdown("---\ntitle: \"From above\"\ntags: x\n---\n# Heading\ntext").title, "From above");
  EXPECT_EQ(read_markdown("---\nnever ends").title, "");
  const TitledText underlined = read_markdown("Title\n=====\n\ntext\n");
  EXPECT_EQ(underlined.title, "Title");
  EXPECT_EQ(underlined.text, "Title\n\ntext");
}

TEST(Markdown, TakesAnythingForText) {
  for (const char* text : {"[", "](", "[a](", "```", "*", "**", "\\", "|", "|||", "<!--", "#", "######", "####### x", "> > >", "1.", "~~",
                           "_", "![", "---\n---"})
    EXPECT_NO_THROW(read_markdown(text)) << text;
  EXPECT_EQ(read_markdown("2 * 3 ~ 6 and a_b").text, "2 * 3 ~ 6 and a_b");
}

}  // namespace
}  // namespace fathom::pages
