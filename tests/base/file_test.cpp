#include "fathom/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zstd.h>

#include <fstream>
#include <functional>
#include <vector>

#include "fathom/base/error.h"
#include "tests/base/gzip.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

using testing::HasSubstr;

// Text that compresses, but not to nothing, and is longer than every buffer involved.
std::string sample_text(std::size_t lines = 60000) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "line " + std::to_string(i * 2654435761u % 1000003) + " of the sample\n";
  return text;
}

void store(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream << bytes;
  ASSERT_TRUE(stream.flush());
}

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(3, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  // With a checksum, as the zstd program writes it, so that damage is always noticed.
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  EXPECT_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

struct Format {
  const char* name;
  std::string (*compress)(const std::string&);
};

class CompressedFileTest : public testing::TestWithParam<Format> {
 protected:
  ScratchDirectory scratch_;
  std::filesystem::path path_ = scratch_ / "file.txt";  // the name says nothing: content decides
};

TEST_P(CompressedFileTest, ReadsWhatWasCompressed) {
  const std::string text = sample_text();
  store(path_, GetParam().compress(text));
  EXPECT_EQ(read_file(path_), text);
}

TEST_P(CompressedFileTest, ReadsEmptyContent) {
  store(path_, GetParam().compress(""));
  EXPECT_EQ(read_file(path_), "");
}

TEST_P(CompressedFileTest, JoinsConcatenatedMembers) {
  store(path_, GetParam().compress("first\n") + GetParam().compress("second\n"));
  EXPECT_EQ(read_file(path_), "first\nsecond\n");
}

TEST_P(CompressedFileTest, ReadsInPiecesOfAnySize) {
  const std::string text = sample_text(5000);
  store(path_, GetParam().compress(text));
  const auto reader = open_reader(path_);
  std::string out;
  char buffer[7];
  while (const std::size_t got = reader->read(buffer, sizeof buffer)) out.append(buffer, got);
  EXPECT_EQ(out, text);
}

TEST_P(CompressedFileTest, EveryTruncationIsAnError) {
  const std::string compressed = GetParam().compress(sample_text(200));
  // From six bytes on the format is recognised; what is shorter is read as plain bytes.
  for (std::size_t size = 6; size < compressed.size(); size += size < 64 ? 1 : 13) {
    store(path_, std::string_view(compressed).substr(0, size));
    const std::string message = message_of<Error>([&] { read_file(path_); });
    ASSERT_THAT(message, HasSubstr("ends early")) << size << " of " << compressed.size() << " bytes";
    ASSERT_THAT(message, HasSubstr(path_.string()));
  }
}

TEST_P(CompressedFileTest, DamageIsAnError) {
  const std::string compressed = GetParam().compress(sample_text(200));
  std::string damaged = compressed;
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 40; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  store(path_, damaged);
  EXPECT_THAT(message_of<Error>([&] { read_file(path_); }), HasSubstr("damaged"));
}

TEST_P(CompressedFileTest, SomethingElseAfterTheStreamIsAnError) {
  store(path_, GetParam().compress("text\n") + "plain text that follows the compressed stream");
  EXPECT_THAT(message_of<Error>([&] { read_file(path_); }), HasSubstr("damaged"));
}

TEST_P(CompressedFileTest, LinesCarryNumbers) {
  store(path_, GetParam().compress(sample_text()));
  LineReader reader(path_);
  std::int64_t count = 0;
  while (reader.next()) ++count;
  EXPECT_EQ(count, 60000);
  EXPECT_EQ(reader.line_number(), 60000);
}

INSTANTIATE_TEST_SUITE_P(Formats, CompressedFileTest, testing::Values(Format{"gzip", gzip}, Format{"xz", xz}, Format{"zstd", zstd}),
                         [](const auto& info) { return info.param.name; });

TEST(FileTest, ReadsPlainBytes) {
  ScratchDirectory scratch;
  std::string bytes = sample_text();
  bytes.insert(bytes.size() / 2, std::string("\0\xff\x80\r\n", 5));
  store(scratch / "plain", bytes);
  EXPECT_EQ(read_file(scratch / "plain"), bytes);
  store(scratch / "empty", "");
  EXPECT_EQ(read_file(scratch / "empty"), "");
  store(scratch / "short", "\x1f");
  EXPECT_EQ(read_file(scratch / "short"), "\x1f");
}

TEST(FileTest, ReadsFilesWithoutASize) { EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Name:")); }

TEST(FileTest, NamesWhatCannotBeRead) {
  ScratchDirectory scratch;
  const auto missing = scratch / "nothing.txt";
  EXPECT_THAT(message_of<Error>([&] { read_file(missing); }), testing::AllOf(HasSubstr(missing.string()), HasSubstr("No such file")));
  EXPECT_THAT(message_of<Error>([&] { read_file(scratch.path()); }), HasSubstr("is a directory"));
  EXPECT_THROW(LineReader{missing}, Error);
}

TEST(FileTest, GzipPaddingIsIgnored) {
  ScratchDirectory scratch;
  store(scratch / "padded", gzip("text\n") + std::string(512, '\0'));
  EXPECT_EQ(read_file(scratch / "padded"), "text\n");
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  LineReader reader(path);
  while (const auto line = reader.next()) lines.emplace_back(*line);
  return lines;
}

TEST(LineReaderTest, EndsOfLines) {
  ScratchDirectory scratch;
  const auto path = scratch / "lines";
  using Lines = std::vector<std::string>;
  const std::pair<std::string, Lines> cases[] = {
      {"", {}},
      {"\n", {""}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"a\nb", {"a", "b"}},
      {"a\r\nb\r\n", {"a", "b"}},
      {"\r\n\r\n", {"", ""}},
      {"a\rb\n", {"a\rb"}},
  };
  for (const auto& [text, expected] : cases) {
    store(path, text);
    EXPECT_EQ(lines_of(path), expected) << testing::PrintToString(text);
  }
}

TEST(LineReaderTest, LinesLongerThanTheBuffer) {
  ScratchDirectory scratch;
  const std::string expected[] = {std::string(1 << 20, 'a'), "short", std::string((1 << 18) - 1, 'b'), std::string(1 << 18, 'c'), ""};
  std::string text;
  for (const auto& line : expected) text += line + "\n";
  store(scratch / "long", text);
  EXPECT_THAT(lines_of(scratch / "long"), testing::ElementsAreArray(expected));
}

TEST(LineReaderTest, PositionIsFileAndLine) {
  ScratchDirectory scratch;
  const auto path = scratch / "lines";
  store(path, "one\n\nthree\n");
  LineReader reader(path);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.position(), path.string() + ":3");
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.line_number(), 3);
}

TEST(AtomicDirectory, OnlyResultsOfItsKindMayBeReplaced) {
  const ScratchDirectory scratch;
  const auto refusal = [&] { return message_of<UsageError>([&] { require_replaceable(scratch / "out", {"config.json", "part-*"}); }); };
  EXPECT_EQ(refusal(), "");
  std::filesystem::create_directories(scratch / "out/part-1");
  EXPECT_EQ(refusal(), "");
  write_file_atomically(scratch / "out/config.json", "{}");
  EXPECT_EQ(refusal(), "");
  write_file_atomically(scratch / "out/thesis.txt", "work");
  EXPECT_THAT(refusal(), HasSubstr("thesis.txt"));
}

}  // namespace
}  // namespace fathom
