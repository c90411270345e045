// fathom data html as a user calls it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "tests/base/scratch_directory.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

using testing::HasSubstr;

class DataCommandHtml : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("FATHOM_PROGRAM") == nullptr) GTEST_SKIP() << "FATHOM_PROGRAM does not name the fathom program";
    page_ = (scratch_ / "page.html").string();
    write_file_atomically(page_, html_);
  }
  const std::string html_ = "<title>T</title><p>caf&eacute; <a href=x>link</a></p>";
  ScratchDirectory scratch_;
  std::string page_;
};

TEST_F(DataCommandHtml, PrintsBlocks) {
  const ProgramResult shown = run_program({"data", "html", page_}, "");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(shown.out, "[7, 8) title\nT\n\n[19, 45) paragraph, 40 % links\ncafé link\n\n");
  EXPECT_EQ(run_program({"data", "html", "-"}, html_).out, shown.out);
  EXPECT_EQ(run_program({"data", "html", page_, "--text"}, "").out, "T\n\ncafé link\n");
  EXPECT_EQ(run_program({"data", "html", page_, "--main", "--text"}, "").out, "T\n");
}

TEST_F(DataCommandHtml, PrintsJson) {
  const ProgramResult shown = run_program({"data", "html", page_, "--json"}, "");
  EXPECT_EQ(shown.code, 0) << shown.err;
  const Json block = Json::parse(shown.out.substr(shown.out.find('\n') + 1));
  EXPECT_EQ(block.at("text"), "café link");
  EXPECT_EQ(block.at("segments").at(1), Json::parse(R"([3, 22, 30, "decoded"])"));
}

TEST_F(DataCommandHtml, SaysWhatIsWrong) {
  const ProgramResult absent = run_program({"data", "html", page_ + "x"}, "");
  EXPECT_EQ(absent.code, 1);
  EXPECT_THAT(absent.err, HasSubstr("page.htmlx"));
  EXPECT_EQ(run_program({"data", "html"}, "").code, 2);
  EXPECT_THAT(run_program({"data", "html", "-"}, "<p>a\xFF").err, HasSubstr("1 bytes are no UTF-8"));
}

}  // namespace
}  // namespace fathom::cli
