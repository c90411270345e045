#include "fathom/vectors/word_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom::vectors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of_text(const std::string& text) {
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "vectors.txt", text);
  return message_of<Error>([&] { read_word_vectors_text(scratch / "vectors.txt"); });
}

TEST(WordVectors, FindsWords) {
  const WordVectors vectors({"a", "b"}, 2, {1, 2, 3, 4});
  EXPECT_EQ(vectors.find("b"), 1);
  EXPECT_EQ(vectors.find("c"), -1);
  EXPECT_EQ(vectors.row(1)[0], 3.0F);
  const WordVectors rest = vectors.subset([](std::string_view word) { return word != "a"; });
  EXPECT_THAT(rest.words(), ElementsAre("b"));
  EXPECT_THAT(rest.values(), ElementsAre(3, 4));
  EXPECT_EQ(rest.find("b"), 0);
}

TEST(WordVectors, SavedAndLoaded) {
  const ScratchDirectory scratch;
  const WordVectors vectors({"you", "你好", "n't"}, 2, {1, 2, 3, 4, -5, 0.5F});
  vectors.save(scratch / "vectors", {{"made", "by hand"}});
  const WordVectors loaded = WordVectors::load(scratch / "vectors");
  EXPECT_EQ(loaded.words(), vectors.words());
  EXPECT_EQ(loaded.values(), vectors.values());
  EXPECT_EQ(loaded.width(), 2);
  EXPECT_EQ(loaded.find("你好"), 1);
}

TEST(WordVectors, DamagedDirectories) {
  const ScratchDirectory scratch;
  const auto damaged = [&](const std::string& file, const std::string& content) {
    WordVectors({"a", "b"}, 2, {1, 2, 3, 4}).save(scratch / "vectors");
    write_file_atomically(scratch / "vectors" / file, content);
    return message_of<Error>([&] { WordVectors::load(scratch / "vectors"); });
  };
  EXPECT_THAT(damaged("vocabulary.txt", "a\n"), HasSubstr("vocabulary.txt has 1 words, vectors.safetensors 2 rows"));
  EXPECT_THAT(damaged("vocabulary.txt", "a\na\n"), HasSubstr("given twice"));
  EXPECT_THAT(damaged("config.json", R"({"model_type": "llama"})"), HasSubstr("model_type is 'llama'"));
  EXPECT_THAT(damaged("config.json", R"({"model_type": "fathom_word_vectors", "format_version": 9})"), HasSubstr("format_version is 9"));
  EXPECT_THAT(damaged("vectors.safetensors", "short"), HasSubstr("too few"));
  WordVectors({"a", "b"}, 2, {1, 2, 3, 4}).save(scratch / "vectors");
  const std::string whole = read_file(scratch / "vectors" / "vectors.safetensors");
  EXPECT_THAT(damaged("vectors.safetensors", whole.substr(0, whole.size() - 4)), HasSubstr("truncated"));
}

TEST(WordVectors, GloveAndWord2vecText) {
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "glove.txt", "the 0.5 -1e-2\n. . . 1 2\nof 3 4\nthe 9 9\n");
  const WordVectors glove = read_word_vectors_text(scratch / "glove.txt");
  EXPECT_THAT(glove.words(), ElementsAre("the", "of"));
  EXPECT_THAT(glove.values(), ElementsAre(0.5F, -1e-2F, 3, 4));
  write_file_atomically(scratch / "word2vec.txt", "2 3\nthe 1 2 3 \nof 4 5 6 \n");
  const WordVectors word2vec = WordVectors::load(scratch / "word2vec.txt");
  EXPECT_EQ(word2vec.width(), 3);
  EXPECT_EQ(word2vec.size(), 2);
  EXPECT_EQ(read_word_vectors_text(scratch / "word2vec.txt", 1).size(), 1);
}

TEST(WordVectors, BadLinesNameTheirPlace) {
  EXPECT_THAT(error_of_text("the 1 2\nof 3\n"), HasSubstr("vectors.txt:2: a word and 2 numbers"));
  EXPECT_THAT(error_of_text("the 1 2\nof 3 x\n"), HasSubstr("vectors.txt:2: 'x' is no finite number"));
  EXPECT_THAT(error_of_text("the 1 nan\n"), HasSubstr("vectors.txt:1"));
  EXPECT_THAT(error_of_text("5 -3\n"), HasSubstr("vectors.txt:1"));
  EXPECT_THAT(error_of_text(""), HasSubstr("no word vectors"));
  EXPECT_THAT(message_of<Error>([] { WordVectors({"a"}, 1, {std::numeric_limits<float>::infinity()}); }), HasSubstr("not finite"));
  EXPECT_THAT(message_of<Error>([] { WordVectors({"a b"}, 1, {1}); }), HasSubstr("white space"));
}

}  // namespace
}  // namespace fathom::vectors
