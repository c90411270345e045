#include "fathom/pages/word_vector_page_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "fathom/pages/load_page_encoder.h"
#include "fathom/pages/sentence_choice.h"
#include "tests/base/scratch_directory.h"

namespace fathom::pages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

WordVectorPageEncoder small_encoder() {
  return {vectors::WordVectors({"heat", "flow", "stock", "market"}, 2, {1.0f, 0.1f, 0.9f, 0.2f, 0.1f, 1.0f, 0.2f, 0.9f}),
          {1.0f, 0.5f, 1.0f, 1.0f},
          {0.0f, 0.0f},
          0.5,
          0.5};
}

TEST(WordVectorPageEncoder, PutsNearWhatSaysTheSame) {
  const WordVectorPageEncoder encoder = small_encoder();
  const std::vector<float> query = encoder.encode_query("HEAT, flow!");
  double length = 0.0;
  for (const float value : query) length += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(length, 1.0, 1e-6);
  EXPECT_THAT(encoder.encode_query("nothing known"), ElementsAre(0.0f, 0.0f));
  const auto vectors = encoder.encode_page("", {"the heat", "unknown", "the stock market"}, 4);
  ASSERT_EQ(vectors.size(), 2U);
  for (const index::PageVector& vector : vectors) EXPECT_NE(vector.sentence, 1);
  EXPECT_TRUE(encoder.encode_page("heat", {"unknown"}, 4).empty());
  EXPECT_EQ(encoder.encode_page("", {"heat", "flow", "stock"}, 1).size(), 1U);
}

TEST(WordVectorPageEncoder, IsTheSameAfterSavingAndLoading) {
  const ScratchDirectory scratch;
  const WordVectorPageEncoder encoder = small_encoder();
  encoder.save(scratch / "encoder");
  const auto loaded = load_page_encoder(scratch / "encoder");
  EXPECT_EQ(loaded->fingerprint(), encoder.fingerprint());
  EXPECT_EQ(loaded->encode_query("heat market"), encoder.encode_query("heat market"));
}

TEST(WordVectorPageEncoder, RefusesChangedAndUnknownDirectories) {
  const ScratchDirectory scratch;
  EXPECT_THAT(message_of<Error>([&] { load_page_encoder(scratch / "nowhere"); }), HasSubstr("config.json is missing"));
  small_encoder().save(scratch / "encoder");
  const std::filesystem::path config = scratch / "encoder/config.json";
  std::ifstream stream(config);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    std::ofstream(config) << changed;
    return message_of<Error>([&] { load_page_encoder(scratch / "encoder"); });
  };
  EXPECT_THAT(with("fathom_word_vector_page_encoder", "someone_elses"), HasSubstr("no page encoder that this program knows"));
  EXPECT_THAT(with("\"format_version\": 1", "\"format_version\": 2"), HasSubstr("format version 2"));
  EXPECT_THAT(with("\"page_share\": 0.5", "\"page_share\": 0.25"), HasSubstr("have changed"));
}

TEST(WordVectorPageEncoder, KnowsNoWordOfTooLittleText) {
  const ScratchDirectory scratch;
  index::PageWriter::create(scratch.path());
  index::PageWriter writer(scratch.path(), nullptr);
  index::PageSentenceSplitter splitter;
  writer.add(index::prepare_page({.id = "a", .title = "t", .url = "", .text = "A few words only."}, splitter));
  const WordVectorPageEncoder encoder = train_word_vector_encoder(writer);
  EXPECT_EQ(encoder.width(), 0);
  encoder.save(scratch / "encoder-1");
  EXPECT_EQ(load_page_encoder(scratch / "encoder-1")->fingerprint(), encoder.fingerprint());
  writer.use_encoder(encoder, "encoder-1");
  EXPECT_NO_THROW(writer.commit());
}

TEST(SentenceChoice, CoversThePage) {
  const std::vector<float> a = {1.0f, 0.0f}, near_a = {0.99f, 0.14f}, b = {0.0f, 1.0f};
  EXPECT_THAT(choose_sentences({a, near_a, near_a, b}, 2, 1.0), testing::UnorderedElementsAre(1U, 3U));
  EXPECT_EQ(choose_sentences({a, {}, b}, 5).size(), 2U);
  EXPECT_TRUE(choose_sentences({}, 5).empty());
  EXPECT_LE(choose_sentences(std::vector<std::vector<float>>(3000, a), 16).size(), 16U);
}

}  // namespace
}  // namespace fathom::pages
