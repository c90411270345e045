#include "fathom/retrieval/sentence_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/model/safetensors.h"
#include "fathom/retrieval/random_encoders.h"
#include "tests/base/scratch_directory.h"
#include "tests/retrieval/tiny_encoder.h"

namespace fathom::retrieval {
namespace {

using testing::HasSubstr;

const std::vector<std::string> sentences = {"Word1 word2, word3!",
                                            "nothing known here",
                                            "word4",
                                            "",
                                            "word1 word2 word3",
                                            "word1 word1 word1 word1 word1 word1 word1 word1 word1 word2 word3"};

void save_tiny(const std::filesystem::path& directory, at::ScalarType dtype = at::kFloat) {
  at::manual_seed(7);
  MeanMaxEncoder model(tiny_config(Architecture::mean_max), at::TensorOptions().dtype(at::kFloat));
  randomize(model);
  save_encoder_directory(directory, model, EncoderVocabulary::of_words(tiny_words(10)), {{"steps", 3}}, dtype);
}

TEST(SentenceEncoder, SavedLoadedAndEncoded) {
  const ScratchDirectory scratch;
  save_tiny(scratch / "encoder");
  const auto encoder = MeanMaxSentenceEncoder::load(scratch / "encoder");
  EXPECT_EQ(encoder->record().at("steps"), 3);
  const Encoded found = encoder->encode(sentences);
  EXPECT_EQ(found.embeddings.sizes(), at::IntArrayRef({6, 16}));
  EXPECT_EQ(found.without_words, 2);
  EXPECT_EQ(found.cut, 1);
  EXPECT_EQ(found.embeddings[1].abs().sum().item<double>(), 0.0);
  EXPECT_EQ(found.embeddings[3].abs().sum().item<double>(), 0.0);
  // Unknown words and punctuation count for nothing; what is in the batch beside a sentence, neither.
  EXPECT_TRUE(at::allclose(found.embeddings[0], found.embeddings[4], 0, 1e-6));
  EXPECT_TRUE(at::allclose(encoder->encode({sentences[2]}).embeddings[0], found.embeddings[2], 0, 1e-6));
  // A sentence that is too long is its first nine words.
  EXPECT_TRUE(
      at::allclose(encoder->encode({"word1 word1 word1 word1 word1 word1 word1 word1 word1"}).embeddings[0], found.embeddings[5], 0, 1e-6));
  EXPECT_NEAR(found.embeddings[0].narrow(0, 0, 8).norm().item<double>(), 1.0, 1e-6);
  EXPECT_NEAR(found.embeddings[0].narrow(0, 8, 8).norm().item<double>(), 1.0, 1e-6);
}

TEST(SentenceEncoder, HalfPrecisionWeights) {
  const ScratchDirectory scratch;
  save_tiny(scratch / "full");
  save_tiny(scratch / "half", at::kHalf);
  EXPECT_EQ(model::SafetensorsFile::open(scratch / "half" / "model.safetensors").dtype_name("embed_tokens.weight"), "F16");
  const at::Tensor full = MeanMaxSentenceEncoder::load(scratch / "full")->encode(sentences).embeddings,
                   half = MeanMaxSentenceEncoder::load(scratch / "half")->encode(sentences).embeddings;
  EXPECT_LT((full - half).abs().max().item<double>(), 5e-3);
  EXPECT_GT((full - half).abs().max().item<double>(), 0.0);
}

TEST(SentenceEncoder, DirectoriesThatDoNotFit) {
  const ScratchDirectory scratch;
  const auto message = [&](const std::string& file, const std::function<std::string(std::string)>& change) {
    save_tiny(scratch / "encoder");
    const std::filesystem::path path = scratch / "encoder" / file;
    write_file_atomically(path, change(read_file(path)));
    return message_of<Error>([&] { MeanMaxSentenceEncoder::load(scratch / "encoder"); });
  };
  const auto replace = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(message("config.json", [&](const std::string& t) { return replace(t, "\"format_version\": 1", "\"format_version\": 7"); }),
              HasSubstr("format_version is 7; this fathom reads 1"));
  EXPECT_THAT(message("vocabulary.txt", [](const std::string& t) { return t + "one-more\n"; }), HasSubstr("has 13 entries"));
  EXPECT_THAT(message("vocabulary.txt", [](const std::string&) { return "the\n"; }), HasSubstr("begins with"));
  EXPECT_THAT(message("config.json", [&](const std::string& t) { return replace(t, "\"inner_width\": 10", "\"inner_width\": 12"); }),
              HasSubstr("mlp.up_proj.weight is [10, 8], but [12, 8]"));
  EXPECT_THAT(message("model.safetensors", [](const std::string& t) { return t.substr(0, t.size() - 100); }),
              HasSubstr("model.safetensors"));
  // Of the right size, and yet not what was saved.
  EXPECT_THAT(
      message("vocabulary.txt", [&](const std::string& t) { return replace(replace(t, "word1\n", "swap\n"), "word2\n", "word1\n"); }),
      HasSubstr("vocabulary.txt: the file is not the one that was saved"));
  EXPECT_THAT(message("model.safetensors", [](std::string t) { return t.replace(t.size() - 64, 4, 4, '\x11'); }),
              HasSubstr("model.safetensors: the file is not the one that was saved"));
  EXPECT_THAT(message("model.safetensors", [](std::string t) { return t.replace(t.size() - 64, 64, 64, '\xff'); }),
              HasSubstr("not finite"));
  std::filesystem::remove(scratch / "encoder" / "vocabulary.txt");
  EXPECT_THAT(message_of<Error>([&] { MeanMaxSentenceEncoder::load(scratch / "encoder"); }), HasSubstr("no complete encoder directory"));
  EXPECT_THAT(message_of<Error>([&] { MeanMaxSentenceEncoder::load(scratch / "nowhere"); }), HasSubstr("nowhere"));
}

TEST(RandomEncoders, WidthsAndWhatTheyRead) {
  at::manual_seed(8);
  const at::Tensor embedding = at::randn({12, 6});
  for (const std::string& name : baseline_names()) {
    SCOPED_TRACE(name);
    const auto make = [&](std::uint64_t seed) {
      return make_baseline(name, EncoderVocabulary::of_words(tiny_words(10)), embedding, 20, seed, at::kCPU);
    };
    const auto encoder = make(1);
    const Encoded found = encoder->encode({"word1 word2", "word2 word1", "word3", "what"});
    EXPECT_EQ(encoder->width(), name == "mean" ? 6 : 20);
    EXPECT_EQ(found.embeddings.size(1), encoder->width());
    EXPECT_EQ(found.without_words, 1);
    EXPECT_TRUE(at::equal(found.embeddings, make(1)->encode({"word1 word2", "word2 word1", "word3", "what"}).embeddings));
    const bool order_matters = name == "random-lstm" || name == "esn";
    EXPECT_EQ(at::allclose(found.embeddings[0], found.embeddings[1], 0, 1e-6), !order_matters);
    if (name != "mean") {
      EXPECT_FALSE(at::equal(found.embeddings, make(2)->encode({"word1 word2", "word2 word1", "word3", "what"}).embeddings));
    }
  }
  const auto mean = make_baseline("mean", EncoderVocabulary::of_words(tiny_words(10)), embedding, 20, 1, at::kCPU);
  EXPECT_TRUE(at::allclose(mean->encode({"word1 word4"}).embeddings[0], (embedding[3] + embedding[6]) / 2));
  EXPECT_THAT(message_of<Error>([&] { make_baseline("bert", EncoderVocabulary::of_words(tiny_words(10)), embedding, 20, 1, at::kCPU); }),
              HasSubstr("known: mean"));
}

TEST(EncoderVocabulary, WordsAndText) {
  const EncoderVocabulary vocabulary = EncoderVocabulary::of_words({"do", "n't", "stop", "."});
  EXPECT_EQ(vocabulary.size(), 6);
  const auto ids = vocabulary.ids_of({"Don't ever stop.", "", "\xFF stop"});
  EXPECT_EQ(ids[0], (std::vector<std::int64_t>{2, 3, 4, 5}));
  EXPECT_TRUE(ids[1].empty());
  EXPECT_EQ(ids[2], (std::vector<std::int64_t>{4}));
  EXPECT_EQ(vocabulary.text_of({start_id, 2, 3, 4, end_id}), "do n't stop");
  EXPECT_THAT(message_of<Error>([] { EncoderVocabulary::of_words({"a", "a"}); }), HasSubstr("twice"));
}

}  // namespace
}  // namespace fathom::retrieval
