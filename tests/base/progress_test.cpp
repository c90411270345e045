#include "fathom/base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace fathom {
namespace {

using testing::HasSubstr;

TEST(FormatTest, Durations) {
  EXPECT_EQ(format_duration(0), "0 ms");
  EXPECT_EQ(format_duration(0.042), "42 ms");
  EXPECT_EQ(format_duration(4.23), "4.2 s");
  EXPECT_EQ(format_duration(9.96), "10 s");
  EXPECT_EQ(format_duration(59.4), "59 s");
  EXPECT_EQ(format_duration(59.6), "1 min 00 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(3599.7), "1 h 00 min");
  EXPECT_EQ(format_duration(3725), "1 h 02 min");
  EXPECT_EQ(format_duration(90000), "1 d 1 h");
  EXPECT_EQ(format_duration(-1), "?");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "?");
}

TEST(FormatTest, Counts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(7), "7");
  EXPECT_EQ(format_count(0.5), "0.50");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(12345), "12.3 k");
  EXPECT_EQ(format_count(999600), "1.00 M");
  EXPECT_EQ(format_count(4.56e6), "4.56 M");
  EXPECT_EQ(format_count(-1500), "-1.50 k");
  EXPECT_EQ(format_count(671e9), "671 G");
}

TEST(FormatTest, Bytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1.5 * 1024 * 1024 * 1024), "1.5 GiB");
  EXPECT_EQ(format_bytes(1024 * 1024 - 1), "1.0 MiB");
}

// Standard error is no terminal here: plain lines, no bar, the last state at the end.
TEST(ProgressTest, PlainLinesWithoutATerminal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("train", 10, "step");
    progress.start_at(4);
    progress.update(5, "loss 2.5");
    progress.update(6, "loss 2.4");
    progress.finish();
    progress.finish();
    progress.update(10, "loss 2.0");
  }
  const std::string output = testing::internal::GetCapturedStderr();
  EXPECT_THAT(output, HasSubstr("train  60% 6/10 steps"));
  EXPECT_THAT(output, HasSubstr("| loss 2.4\n"));
  EXPECT_THAT(output, HasSubstr("train 100% 10/10 steps"));
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2);
  EXPECT_EQ(output.find('\r'), std::string::npos);
}

TEST(ProgressTest, QuietAndUnused) {
  testing::internal::CaptureStderr();
  {
    Progress quiet("train", 10, "step", true);
    quiet.update(10);
    Progress unused("train", 10, "step");
    Progress resumed("train", 10, "step");
    resumed.start_at(7);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressTest, NoRateOfWhatTookNoTime) {
  testing::internal::CaptureStderr();
  {
    Progress progress("encode", 400, "page");
    progress.update(400);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::Not(HasSubstr("/s")));
}

TEST(ProgressTest, UnknownTotal) {
  testing::internal::CaptureStderr();
  {
    Progress progress("read", 0, "line");
    progress.update(12345);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("read 12.3 k lines"));
}

}  // namespace
}  // namespace fathom
