#include "fathom/pages/page_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/base/gzip.h"
#include "tests/base/scratch_directory.h"

namespace fathom::pages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PageSource : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = scratch_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::vector<index::Page> read(const std::vector<std::string>& inputs, PageReadOptions options = {}) {
    std::vector<index::Page> pages;
    report_ = for_each_page(inputs, options, [&](const index::PreparedPage& page, const std::string&) { pages.push_back(page.page); });
    return pages;
  }
  std::string failure(const std::string& input, PageReadOptions options = {}) {
    return message_of<Error>([&] { read({input}, options); });
  }
  ScratchDirectory scratch_;
  PageReadReport report_;
};

TEST_F(PageSource, ReadsAFolderOfManyKinds) {
  write("site/a.html", "<html><head><title>The page</title></head><body><h1>Heading</h1><p>Some text &amp; more.</p></body></html>");
  write("site/sub/b.md", "# Markdown title\n\nIts text.\n");
  write("site/sub/c.txt", "Plain text\nover two lines.\n");
  write("site/d.jsonl",
        "{\"id\": 7, \"title\": \"T\", \"text\": \"body\", \"year\": 1958, \"tags\": [\"x\", \"y\"], \"url\": \"http://u\"}\n"
        "{\"_id\": \"MED-1\", \"title\": \"\", \"text\": \"beir\", \"metadata\": {\"kind\": \"k\"}}\n");
  write("site/picture.png", "\x89PNG");
  const std::vector<index::Page> pages = read({(scratch_ / "site").string()});
  ASSERT_EQ(pages.size(), 5U);
  EXPECT_EQ(report_.files_left_out, 1);
  std::map<std::string, index::Page> by_id;
  for (const index::Page& page : pages) by_id[page.id] = page;
  EXPECT_EQ(by_id.at("a.html").title, "The page");
  EXPECT_THAT(by_id.at("a.html").text, HasSubstr("Some text & more."));
  EXPECT_EQ(by_id.at("sub/b.md").title, "Markdown title");
  EXPECT_EQ(by_id.at("sub/c.txt").text, "Plain text over two lines.");
  EXPECT_EQ(by_id.at("sub/c.txt").title, "c");
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(by_id.at("7").metadata, ElementsAre(Pair("tags", "x"), Pair("tags", "y"), Pair("year", "1958")));
  EXPECT_EQ(by_id.at("7").url, "http://u");
  EXPECT_THAT(by_id.at("MED-1").metadata, ElementsAre(Pair("kind", "k")));
}

TEST_F(PageSource, KeepsPathsOutOfIds) {
  write("site/a.txt", "text");
  const std::string odd = (scratch_ / "site").string() + "/../site/./";
  EXPECT_EQ(read({odd}).at(0).id, "a.txt");
  EXPECT_EQ(read({(scratch_ / "site").string() + "/../site/a.txt"}).at(0).id, "a.txt");
}

TEST_F(PageSource, LinksDoNotLeadOutOfAFolder) {
  write("site/a.txt", "text");
  write("outside/secret.txt", "secret");
  std::filesystem::create_symlink("/etc/hostname", scratch_ / "site/link.txt");
  std::filesystem::create_symlink("../outside/secret.txt", scratch_ / "site/relative.txt");
  std::filesystem::create_directory_symlink("../outside", scratch_ / "site/folder");
  std::filesystem::create_symlink("a.txt", scratch_ / "site/inside.txt");
  std::filesystem::create_directory_symlink("site", scratch_ / "given");
  for (const char* folder : {"site", "given"}) {
    const auto pages = read({(scratch_ / folder).string()});
    ASSERT_EQ(pages.size(), 2U) << folder;
    EXPECT_EQ(pages[0].id, "a.txt");
    EXPECT_EQ(pages[1].id, "inside.txt");
    EXPECT_EQ(report_.files_left_out, 3);
  }
  EXPECT_EQ(read({(scratch_ / "site/relative.txt").string()}).at(0).text, "secret");  // a file that was named
}

TEST_F(PageSource, BytesThatAreNoTextInHtmlAreReplaced) {
  EXPECT_THAT(read({write("i.html", std::string("<p>one a\0b two", 14))}).at(0).text, HasSubstr("a\xEF\xBF\xBD"
                                                                                                "b"));
}

TEST_F(PageSource, ReadsCompressedFilesAndLists) {
  write("list.json", "[{\"id\": \"a\", \"text\": \"one\"}, {\"id\": \"b\", \"text\": \"two\"}]");
  EXPECT_EQ(read({(scratch_ / "list.json").string()}).size(), 2U);
  EXPECT_EQ(read({write("page.txt.gz", gzip("compressed text"))}).at(0).text, "compressed text");
}

TEST_F(PageSource, SaysWhichPageIsWrong) {
  EXPECT_THAT(failure(write("a.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\n{\"id\": \"b\"\n")), HasSubstr("a.jsonl:2"));
  EXPECT_THAT(failure(write("b.jsonl", "{\"text\": \"x\"}\n")), HasSubstr("required key 'id'"));
  EXPECT_THAT(failure(write("c.jsonl", "{\"id\": \"a\", \"text\": 3}\n")), HasSubstr("'text' must be a string"));
  EXPECT_THAT(failure(write("d.jsonl", "{\"id\": \"a\", \"text\": \" \"}\n")), HasSubstr("neither title nor text"));
  EXPECT_THAT(failure(write("e.jsonl", "{\"id\": \"a\", \"text\": \"caf\xe9\"}\n")), HasSubstr("e.jsonl:1"));
  EXPECT_THAT(failure(write("f.txt", "caf\xe9 au lait")), HasSubstr("not UTF-8 (byte 3)"));
  EXPECT_THAT(failure(write("g.txt", "")), HasSubstr("the page is empty"));
  EXPECT_THAT(failure(write("h.txt", "\xFF\xFEx\0")), HasSubstr("UTF-16"));
  EXPECT_THAT(failure(write("j.html", "<html><body></body></html>")), HasSubstr("the page is empty"));
  EXPECT_THAT(failure(write("k.jsonl", "{\"id\": \"a\", \"text\": \"x\", \"html\": \"<p>y\"}\n")), HasSubstr("both given"));
  EXPECT_THAT(failure(write("l.jsonl", "{\"id\": [1], \"text\": \"x\"}\n")), HasSubstr("string or an integer"));
  EXPECT_THAT(failure((scratch_ / "nowhere").string()), HasSubstr("nowhere"));
}

TEST_F(PageSource, PassesOverBadPagesWhenTold) {
  std::vector<std::string> bad;
  PageReadOptions options{.on_bad = data::OnBad::skip};
  options.report_bad = [&](const std::string& what) { bad.push_back(what); };
  const auto pages = read({write("a.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\nnonsense\n{\"id\": \"b\", \"text\": \"y\"}\n")}, options);
  EXPECT_EQ(pages.size(), 2U);
  EXPECT_EQ(report_.bad, 1);
  ASSERT_EQ(bad.size(), 1U);
  EXPECT_THAT(bad[0], HasSubstr("a.jsonl:2"));
}

TEST_F(PageSource, ErrorsOfTheVisitorAreNotBadPages) {
  write("a.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\n");
  PageReadOptions options{.on_bad = data::OnBad::skip};
  EXPECT_THROW(for_each_page({(scratch_ / "a.jsonl").string()}, options,
                             [](const index::PreparedPage&, const std::string&) { throw Error("the disk is full"); }),
               Error);
}

TEST_F(PageSource, ReadsBrokenHtmlAndLegacyEncodings) {
  EXPECT_THAT(read({write("a.html", "<p>open <b>never <i>closed <table><td>cell</div></p></span>&notanentity; <")}).at(0).text,
              HasSubstr("never closed"));
  EXPECT_THAT(read({write("b.html", "<meta charset=windows-1252><p>caf\xe9")}).at(0).text, HasSubstr("caf\xc3\xa9"));
  EXPECT_EQ(read({write("only-nav.html", "<nav><a href=x>Home</a></nav>")}).at(0).title, "only-nav");
}

TEST_F(PageSource, BoundsPagesByTheMemory) {
  const std::string big(50'000'000, 'x');  // no sentence boundary, no space
  const PageReadOptions small{.memory = 64 << 20};
  EXPECT_THAT(failure(write("big.txt", big), small), HasSubstr("more with --memory"));
  EXPECT_THAT(failure(write("big.html", "<p>" + big), small), HasSubstr("more with --memory"));
  EXPECT_THAT(failure(write("big.jsonl", "{\"id\": \"a\", \"text\": \"" + big + "\"}\n"), small), HasSubstr("more with --memory"));
  std::size_t sentences = 0;
  for_each_page({(scratch_ / "big.txt").string()}, {.memory = std::int64_t{1} << 30},
                [&](const index::PreparedPage& page, const std::string&) { sentences = page.sentences.size(); });
  EXPECT_EQ(sentences, 50'000U);
}

}  // namespace
}  // namespace fathom::pages
