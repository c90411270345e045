#include "fathom/base/metrics_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

OrderedJson record(std::int64_t step, double loss) { return {{"step", step}, {"loss", loss}}; }

TEST(MetricsLogTest, OneObjectALineAtOnce) {
  ScratchDirectory scratch;
  const auto path = scratch / "run" / "metrics.jsonl";
  MetricsLog log(path);
  log.write(record(1, 2.5));
  EXPECT_EQ(read_file(path), "{\"step\":1,\"loss\":2.5}\n");
  log.write(record(2, std::nan("")));
  log.write({{"step", 3}, {"text", "cut \xe2\x82"}});
  LineReader lines(path);
  std::int64_t count = 0;
  while (const auto line = lines.next()) EXPECT_EQ(parse_json(*line, lines.position())["step"], ++count);
  EXPECT_EQ(count, 3);
}

TEST(MetricsLogTest, ResumeDropsWhatComesAgain) {
  ScratchDirectory scratch;
  const auto path = scratch / "metrics.jsonl";
  {
    MetricsLog log(path);
    log.write({{"recipe", "tiny"}});  // records without a step belong to the start
    for (int step = 1; step <= 5; ++step) log.write(record(step, 0.5));
  }
  {
    MetricsLog log(path, 3);
    log.write(record(4, 0.25));
  }
  EXPECT_EQ(read_file(path),
            "{\"recipe\":\"tiny\"}\n{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.5}\n{\"step\":3,\"loss\":0.5}\n{\"step\":4,\"loss\":"
            "0.25}\n");
  MetricsLog all(path, 0);
  EXPECT_EQ(read_file(path), "{\"recipe\":\"tiny\"}\n");
}

TEST(MetricsLogTest, ALineThatAKillCutOffIsDropped) {
  ScratchDirectory scratch;
  const auto path = scratch / "metrics.jsonl";
  write_file_atomically(path, "{\"step\":1}\n{\"step\":2,\"lo");
  MetricsLog log(path, 10);
  log.write(record(2, 1.5));
  EXPECT_EQ(read_file(path), "{\"step\":1}\n{\"step\":2,\"loss\":1.5}\n");
}

TEST(MetricsLogTest, AForeignFileIsNamed) {
  ScratchDirectory scratch;
  const auto path = scratch / "metrics.jsonl";
  write_file_atomically(path, "{\"step\":1}\nnot json\n");
  EXPECT_THAT(message_of<Error>([&] { MetricsLog log(path, 1); }), testing::HasSubstr(path.string() + ":2"));
}

TEST(MetricsLogTest, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  MetricsLog log("/dev/full");
  EXPECT_THROW(log.write(record(1, 1.0)), Error);
}

}  // namespace
}  // namespace fathom
