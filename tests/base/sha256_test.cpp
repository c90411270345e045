#include "fathom/base/sha256.h"

#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom {
namespace {

// The examples of FIPS 180-4 and its test vectors.
TEST(Sha256, EqualsThePublishedDigests) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (std::size_t piece = 1; piece < 150; ++piece) {
    Sha256 hash;
    for (std::size_t begin = 0; begin < text.size(); begin += piece) hash.update(std::string_view(text).substr(begin, piece));
    ASSERT_EQ(hash.finish(), sha256(text)) << piece;
  }
}

TEST(Sha256, OfAFile) {
  const ScratchDirectory scratch;
  const std::string text(600'000, 'x');
  write_file_atomically(scratch / "file", text);
  EXPECT_EQ(sha256_of_file(scratch / "file"), sha256(text));
  EXPECT_THROW(sha256_of_file(scratch / "absent"), Error);
  EXPECT_THROW(sha256_of_file(scratch.path()), Error);
}

}  // namespace
}  // namespace fathom
