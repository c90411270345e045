#include "fathom/text/html_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/html_offsets.h"

namespace fathom::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "kind text" of each block, "kind2" for level 2; offsets are checked on the way.
std::vector<std::string> blocks_of(std::string_view html, const HtmlOptions& options = {}) {
  const HtmlPage page = parse_html(html, options);
  expect_true_offsets(page, html);
  std::vector<std::string> result;
  for (const HtmlBlock& block : page.blocks) {
    std::string kind(name_of(block.kind));
    if (block.level > 0) kind += std::to_string(block.level);
    result.push_back(kind + " " + block.text);
  }
  return result;
}

std::string text_of(std::string_view html) {
  const HtmlPage page = parse_html(html);
  expect_true_offsets(page, html);
  return html_to_text(page.blocks);
}

TEST(HtmlBlocks, KindsOfBlocks) {
  EXPECT_THAT(blocks_of("<!doctype html><html lang=en><head><title> A  page </title><style>p{}</style></head><body>"
                        "<h1>Head</h1><p>One\n  two</p>loose<div>In a div</div><h3>Sub</h3>"
                        "<ul><li>a<ul><li>b</ul><li>c</ul><pre>\n x\n   y\n</pre><blockquote><p>q</p></blockquote>"
                        "<figure><figcaption>fig</figcaption></figure><dl><dt>term<dd>meaning</dl></body></html>"),
              ElementsAre("title A page", "heading1 Head", "paragraph One two", "paragraph loose", "paragraph In a div", "heading3 Sub",
                          "list_item1 a", "list_item2 b", "list_item1 c", "preformatted  x\n   y", "quote1 q", "caption fig",
                          "list_item1 term", "list_item1 meaning"));
  EXPECT_EQ(parse_html("<html lang=\"de-AT\"><p>x").language, "de-AT");
}

TEST(HtmlBlocks, NothingThatIsNotRead) {
  EXPECT_THAT(blocks_of("<p>a<script>var x = '<p>no</p>';</script><!-- no <p> --><style>no</style>b</p>"
                        "<noscript><p>no</noscript><template><p>no</p></template><p hidden>no</p><p style='color:red; Display: none'>no</p>"
                        "<select><option>no</select><svg><title>no</title><text>no</text></svg><iframe>no</iframe>c"),
              ElementsAre("paragraph ab", "paragraph c"));
  EXPECT_THAT(blocks_of("a<script>never closed <p>b"), ElementsAre("paragraph a"));
  EXPECT_THAT(blocks_of(""), IsEmpty());
  EXPECT_THAT(blocks_of("<div> \n <p>&nbsp;</p></div>"), IsEmpty());
}

TEST(HtmlBlocks, FormattingDoesNotPartWords) {
  EXPECT_THAT(blocks_of("<p><b>H</b>ello <i>wor</i>ld<wbr>s, 1<sup>st</sup> <span>x</span><code>y</code>"),
              ElementsAre("paragraph Hello worlds, 1st xy"));
}

TEST(HtmlBlocks, CharacterReferences) {
  EXPECT_THAT(blocks_of("<p>&lt;b&gt; AT&amp;T &amp;lt; &#65;&#x42;C&nbsp;D &eacute; &notit; &copy2 &unknown; & &fjlig; &NotEqualTilde; "
                        "&#0; &#x80; R&D &amp</p>"),
              ElementsAre("paragraph <b> AT&T &lt; ABC D é ¬it; ©2 &unknown; & fj \xE2\x89\x82\xCC\xB8 \xEF\xBF\xBD € R&D &"));
}

TEST(HtmlBlocks, OffsetsPointIntoTheSource) {
  const std::string html = "<p>caf&eacute; &amp;\n  <b>bar</b></p>";
  const HtmlPage page = parse_html(html);
  ASSERT_EQ(page.blocks.size(), 1u);
  const HtmlBlock& block = page.blocks[0];
  ASSERT_EQ(block.text, "café & bar");
  EXPECT_EQ(block.source_begin, html.find("caf"));
  EXPECT_EQ(block.source_end, html.find("</b>"));
  EXPECT_EQ(block.source_offset(0), html.find("caf"));
  EXPECT_EQ(block.source_offset(block.text.find("é")), html.find("&eacute;"));
  EXPECT_EQ(block.source_offset(block.text.find("&")), html.find("&amp;"));
  EXPECT_EQ(block.source_offset(block.text.find(" bar")), html.find("\n"));
  EXPECT_EQ(block.source_offset(block.text.find("bar")), html.find("bar"));
  EXPECT_EQ(block.source_offset(block.text.find("ar")), html.find("ar<"));
  EXPECT_EQ(block.source_offset(block.text.size()), block.source_end);
}

TEST(HtmlBlocks, Tables) {
  EXPECT_THAT(blocks_of("<table><caption>Cap</caption><tr><th>a<th><p>b</p><tr><td>1<br>2<td></td><td>3</table>"),
              ElementsAre("caption Cap", "table_row a | b", "table_row 1 2 |  | 3"));
  // A table that lays the page out is no table.
  EXPECT_THAT(blocks_of("<table><tr><td><ul><li>menu</ul><td><h2>News</h2><p>Text<p>More</table>"),
              ElementsAre("list_item1 menu", "heading2 News", "paragraph Text", "paragraph More"));
  // Text that stands in a table but in no cell is moved before it.
  EXPECT_THAT(blocks_of("<table>lost<tr><td>a<td>b</table>"), ElementsAre("paragraph lost", "table_row a | b"));
}

TEST(HtmlBlocks, LineBreaks) {
  EXPECT_THAT(blocks_of("<p>a<br>b <br/> c<br><br>d<br></p>"), ElementsAre("paragraph a\nb\nc", "paragraph d"));
  EXPECT_THAT(blocks_of("<pre>a\r\nb<br>c\rd</pre>"), ElementsAre("preformatted a\nb\nc\nd"));
}

TEST(HtmlBlocks, RegionsAndLinks) {
  const HtmlPage page = parse_html(
      "<body><header>H</header><nav><a href=/>Home</a></nav><div class='x sidebar'>S</div><main><article><header><h1>T</h1></header>"
      "<p>see <a href=a>this</a></p><aside>A</aside></article></main><div role=contentinfo>F</div><a name=x>anchor</a>");
  std::vector<std::string> found;
  for (const HtmlBlock& block : page.blocks) {
    found.push_back(block.text + " " + std::string(name_of(block.region)) + (block.in_main ? " main " : " ") +
                    std::to_string(block.link_bytes));
  }
  EXPECT_THAT(found, ElementsAre("H header 0", "Home nav 4", "S aside 0", "T body main 0", "see this body main 4", "A aside main 0",
                                 "F footer 0", "anchor body 0"));
  EXPECT_DOUBLE_EQ(page.blocks[4].link_share(), 0.5);
}

TEST(HtmlBlocks, BrokenMarkup) {
  EXPECT_THAT(blocks_of("<p>a</b></i></div>b <c d='<p>'>e"), ElementsAre("paragraph ab e"));
  EXPECT_THAT(blocks_of("<p>1 < 2 <3 a<b"), ElementsAre("paragraph 1 < 2 <3 a"));
  EXPECT_THAT(blocks_of("<ul><li>a<li>b</ul></ul></p>c"), ElementsAre("list_item1 a", "list_item1 b", "paragraph c"));
  EXPECT_THAT(blocks_of("<a href=x>one<p>two</a>three"), ElementsAre("paragraph one", "paragraph twothree"));
  EXPECT_THAT(blocks_of("<!-- a -- b --!>c<!>d<!-->e<!--->f<?php g ?>h</ i>j</>k<![CDATA[l]]>m"), ElementsAre("paragraph cdefhjkm"));
  EXPECT_THAT(blocks_of("<frameset><frame></frameset><p>a</p>"), ElementsAre("paragraph a"));
  EXPECT_THAT(blocks_of("<title>never closed<p>a"), ElementsAre("paragraph never closed", "paragraph a"));
  EXPECT_THAT(blocks_of("<title>a <b>&amp; c</title><p>d<title>second</title>"), ElementsAre("title a <b>& c", "paragraph d"));
  EXPECT_THAT(blocks_of("<xmp>a <b>c</xmp><textarea> x <p> y</textarea>"), ElementsAre("preformatted a c", "preformatted  x <p> y"));
  EXPECT_THAT(blocks_of("<body a=1><body b=2><p>a<html lang=x>b"), ElementsAre("paragraph ab"));
  EXPECT_THAT(blocks_of("<p>a<"), ElementsAre("paragraph a<"));
  EXPECT_THAT(blocks_of("<p>a</"), ElementsAre("paragraph a</"));
}

TEST(HtmlBlocks, TextForTraining) {
  EXPECT_EQ(text_of("<title>T</title><h1>H</h1><p>a<br>b<ul><li>one<br>more<li>two<ul><li>in</ul></ul><table><tr><td>1<td>2<tr><td>3<td>4"),
            "T\n\nH\n\na\nb\n\n- one\n  more\n- two\n  - in\n\n1 | 2\n3 | 4\n");
  EXPECT_EQ(text_of("<p> </p>"), "");
}

TEST(HtmlBlocks, EncodingsOfThePage) {
  const auto encoded = [](const std::string& html, const std::string& declared = "") {
    const HtmlPage page = parse_html(html, {.declared_encoding = declared});
    expect_true_offsets(page, html);
    return page.encoding + ": " + (page.blocks.empty() ? "" : page.blocks[0].text);
  };
  EXPECT_EQ(encoded("<meta charset=iso-8859-1><p>caf\xE9 \x80"), "windows-1252: café €");
  EXPECT_EQ(encoded("<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'><p>\x93\xFA\x96\x7B"), "Shift_JIS: 日本");
  EXPECT_EQ(encoded("<META CHARSET = \"gb2312\"><p>\xC4\xE3"), "GB18030: 你");
  EXPECT_EQ(encoded("<meta charset=nonsense><p>é"), "UTF-8: é");
  EXPECT_EQ(encoded("<p>\xE9", "latin1"), "windows-1252: é");
  EXPECT_EQ(encoded("\xEF\xBB\xBF<meta charset=latin1><p>é", "latin1"), "UTF-8: é");
  EXPECT_EQ(encoded(std::string("\xFF\xFE<\0p\0>\0\xE9\0", 10)), "UTF-16LE: é");
  EXPECT_EQ(encoded("<meta charset=utf-16><p>é"), "UTF-8: é");
}

TEST(HtmlBlocks, BadBytesAreSeen) {
  const std::string html = "<p>a\xE9z \xF0\x9F\x98 b\xFF<b>c\0d</b>";
  const std::string with_nul = html + std::string("\0e", 2);
  const HtmlPage page = parse_html(with_nul);
  expect_true_offsets(page, with_nul);
  ASSERT_EQ(page.blocks.size(), 1u);
  EXPECT_EQ(page.blocks[0].text, "a\uFFFDz \uFFFD\uFFFD\uFFFD b\uFFFDc\uFFFDe");
  EXPECT_EQ(page.replaced_bytes, 6);
  EXPECT_EQ(parse_html("<meta charset=euc-jp><p>\xA4\xFF").replaced_bytes, 2);
}

TEST(HtmlBlocks, MainContent) {
  const std::string sentence = "This paragraph has enough words to be taken for a part of what the page wants to say to its readers. ";
  const auto kept = [](const std::string& html) {
    std::string result;
    for (const HtmlBlock& block : main_content(parse_html(html).blocks)) result += block.text.substr(0, 12) + "/";
    return result;
  };
  EXPECT_EQ(kept("<title>T</title><nav><a href=x>menu</a></nav><ul><li><a href=a>one</a><li><a href=b>two</a></ul><h1>Head</h1><p>" +
                 sentence + "</p><p>Short.</p><h2>Links</h2><ul><li><a href=a>other</a></ul><footer>" + sentence + "</footer>"),
            "T/Head/This paragra/Short./");
  EXPECT_EQ(kept("<p>" + sentence + "</p><main><h1>In</h1><p>Main " + sentence + "</p></main>"), "In/Main This pa/");
  EXPECT_EQ(kept("<p>tiny"), "");
}

TEST(HtmlBlocks, NumericReferencesDoNotWrapAround) {
  const auto text = [](const std::string& html) { return html_to_text(parse_html(html).blocks); };
  EXPECT_EQ(text("<p>x&#4294967334;y"), "x\uFFFDy\n");
  EXPECT_EQ(text("<p>a&#x1ffffffff;b"), "a\uFFFDb\n");
  EXPECT_EQ(text("<p>&#00000000000000065;&#x0000000042;"), "AB\n");
}

TEST(HtmlBlocks, LimitsAreStated) {
  EXPECT_THAT(message_of<Error>([] { parse_html("<p>long", {.max_bytes = 3}); }), HasSubstr("at most 3"));
  EXPECT_THAT(message_of<Error>([] { parse_html("<p>", {.max_depth = 0}); }), HasSubstr("max_depth"));
}

}  // namespace
}  // namespace fathom::text
