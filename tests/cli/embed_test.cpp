// fathom embed, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/json.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A small encoder, trained for a few steps.
ProgramResult train(const ScratchDirectory& scratch) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += std::string(i % 2 == 0 ? "the king" : "my mother") + (i % 3 == 0 ? " saw" : " loved") +
            (i % 5 == 0 ? " a red house" : " the old ship") + " .\n";
  write(scratch / "text.txt", text);
  std::vector<std::string> arguments = {"embed",   "train",  "--out", (scratch / "run").string(),
                                        "--quiet", "--json", "--set", "data.text=[\"" + (scratch / "text.txt").string() + "\"]"};
  for (const char* key : {"model.width=16", "model.heads=2", "model.inner_width=16", "vectors.width=8", "vectors.min_count=1",
                          "vectors.shift=0", "vocabulary.min_count=1", "train.steps=4"}) {
    arguments.insert(arguments.end(), {"--set", key});
  }
  return run_program(arguments);
}

TEST(EmbedCommand, TrainsEncodesAndMeasures) {
  const ScratchDirectory scratch;
  const ProgramResult trained = train(scratch);
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Json summary = Json::parse(trained.out);
  EXPECT_EQ(summary.at("steps"), 4);
  const std::string model = summary.at("path");
  const std::string out = (scratch / "vectors.safetensors").string();

  write(scratch / "lines.txt", "The king saw the ship.\n\nqqq\nmy mother\n");
  const ProgramResult encoded =
      run_program({"embed", "encode", "--model", model, "--input", (scratch / "lines.txt").string(), "--out", out, "--quiet"});
  ASSERT_EQ(encoded.code, 0) << encoded.err;
  EXPECT_THAT(encoded.err, HasSubstr("2 of 4 lines hold no word"));
  EXPECT_THAT(contents(out).substr(0, 200), HasSubstr("\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,32]"));

  const ProgramResult piped =
      run_program({"embed", "encode", "--model", model, "--input", "-", "--out", (scratch / "piped.safetensors").string(), "--quiet"},
                  "The king saw the ship.\n\nqqq\nmy mother\n");
  ASSERT_EQ(piped.code, 0) << piped.err;
  EXPECT_EQ(contents(scratch / "piped.safetensors"), contents(out));

  const ProgramResult exported =
      run_program({"embed", "export", "--model", model, "--out", (scratch / "half").string(), "--precision", "fp16"});
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_LT(fs::file_size(scratch.path() / "half" / "model.safetensors"), fs::file_size(fs::path(model) / "model.safetensors"));

  std::string set;
  for (int i = 0; i < 30; ++i) set += i % 2 == 0 ? "0 the king saw\n" : "1 my mother loved\n";
  write(scratch.path() / "data" / "senteval" / "MR.txt", set);
  const std::string data = (scratch / "data").string();
  const ProgramResult measured = run_program({"embed", "eval", "--model", model, (scratch / "half").string(), "--encoder", "mean", "--data",
                                              data, "--tasks", "MR", "--folds", "3", "--quiet", "--json"});
  ASSERT_EQ(measured.code, 0) << measured.err;
  const Json results = Json::parse(measured.out);
  ASSERT_EQ(results.at("rows").size(), 3U);
  EXPECT_EQ(results.at("rows")[0].at("encoder"), "mean");
  EXPECT_EQ(results.at("rows")[1].at("scores").at("MR").at("accuracy"), 100.0);
  EXPECT_EQ(results.at("mean_of_models").at("scores").at("MR").at("accuracy"), 100.0);
  const ProgramResult shown = run_program({"embed", "eval", "--model", model, "--data", data, "--tasks", "MR", "--folds", "3", "--quiet"});
  EXPECT_THAT(shown.out, HasSubstr("encoder"));
}

TEST(EmbedCommand, WrongUsageAndBadInput) {
  const ScratchDirectory scratch;
  ASSERT_EQ(train(scratch).code, 0);
  const std::string model = (scratch.path() / "run" / "model").string(), out = (scratch / "out.safetensors").string();
  write(scratch / "latin1.txt", "fine\ncaf\xE9 au lait\n");
  ProgramResult result = run_program({"embed", "encode", "--model", model, "--input", (scratch / "latin1.txt").string(), "--out", out});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("latin1.txt:2: byte 4 is not UTF-8"));
  EXPECT_FALSE(fs::exists(out));
  write(scratch / "empty.txt", "");
  EXPECT_EQ(run_program({"embed", "encode", "--model", model, "--input", (scratch / "empty.txt").string(), "--out", out}).code, 1);
  result = run_program(
      {"embed", "encode", "--model", (scratch / "nowhere").string(), "--input", (scratch / "latin1.txt").string(), "--out", out});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("nowhere"));
  EXPECT_EQ(run_program({"embed", "eval", "--data", scratch.path().string()}).code, 2);
  EXPECT_EQ(run_program({"embed", "eval", "--encoder", "mean", "--data", scratch.path().string()}).code, 2);
  EXPECT_EQ(run_program({"embed", "eval", "--encoder", "bert", "--data", scratch.path().string()}).code, 2);
  EXPECT_EQ(run_program({"embed"}).code, 2);
  result = run_program({"embed", "train", "--out", (scratch / "other").string()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("data.text"));
  EXPECT_FALSE(fs::exists(scratch / "other"));
}

TEST(EmbedCommand, WordVectorsAlone) {
  const ScratchDirectory scratch;
  std::string text;
  for (int i = 0; i < 60; ++i) text += i % 2 == 0 ? "cats chase small mice\n" : "ships sail across seas\n";
  write(scratch / "text.txt", text);
  const ProgramResult result = run_program({"embed", "vectors", "--input", (scratch / "text.txt").string(), "--out",
                                            (scratch / "vectors").string(), "--width", "4", "--shift", "0"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(fs::exists(scratch.path() / "vectors" / "vectors.safetensors"));
  EXPECT_THAT(contents(scratch.path() / "vectors" / "vocabulary.txt"), HasSubstr("mice\n"));
}

}  // namespace
}  // namespace fathom::cli
