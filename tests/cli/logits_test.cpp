// fathom logits, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "fathom/base/json.h"
#include "tests/cli/run_program.h"

namespace fathom::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

struct FloatTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// Reads one fp32 tensor; the commands' tests are built without libtorch.
FloatTensor read_tensor(const fs::path& path, const std::string& name) {
  const std::string bytes = contents(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const Json entry = Json::parse(bytes.substr(8, length)).at(name);
  FloatTensor tensor;
  tensor.shape = entry["shape"].get<std::vector<std::int64_t>>();
  const auto begin = entry["data_offsets"][0].get<std::size_t>(), end = entry["data_offsets"][1].get<std::size_t>();
  tensor.values.resize((end - begin) / sizeof(float));
  std::memcpy(tensor.values.data(), bytes.data() + 8 + length + begin, end - begin);
  return tensor;
}

void write_ids(const fs::path& path, const std::vector<std::int64_t>& ids, const std::string& shape, const char* dtype = "I64") {
  const std::string header = R"({"input_ids":{"dtype":")" + std::string(dtype) + R"(","shape":)" + shape + R"(,"data_offsets":[0,)" +
                             std::to_string(ids.size() * 8) + "]}}";
  const std::uint64_t length = header.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), 8);
  file << header;
  file.write(reinterpret_cast<const char*>(ids.data()), static_cast<std::streamsize>(ids.size() * 8));
}

double largest_difference(const FloatTensor& a, const FloatTensor& b) {
  EXPECT_EQ(a.shape, b.shape);
  double largest = 0.0;
  for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a.values[i]) - static_cast<double>(b.values[i])));
  return largest;
}

void expect_reference(const fs::path& model, const std::vector<std::string>& names) {
  const ScratchDirectory scratch;
  const std::string out = (scratch / "out.safetensors").string();
  const ProgramResult result =
      run_program({"logits", "--model", model.string(), "--input", (model / "reference.safetensors").string(), "--out", out});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "") << "results go to the file";
  for (const std::string& name : names)
    EXPECT_LE(largest_difference(read_tensor(out, name), read_tensor(model / "reference.safetensors", name)), 2e-4) << name;
}

const fs::path fixtures = fs::path(FATHOM_SOURCE_DIR) / "tests/fixtures/hf";

TEST(Logits, MatchTheReference) {
  expect_reference(fixtures / "deepseek_sharded_bf16", {"logits"});
  expect_reference(fixtures / "qwen2_yarn", {"logits"});
}

TEST(Logits, ComeFromTheMultiTokenModulesToo) {
  const char* set = std::getenv("FATHOM_SHARED");
  const fs::path shared = set != nullptr ? fs::path(set) : fs::path(FATHOM_SOURCE_DIR) / "../shared";
  const fs::path model = shared / "fixtures/hf/deepseek_v3_mtp";
  if (!fs::exists(model)) GTEST_SKIP() << model << " is not there";
  expect_reference(model, {"logits", "mtp_logits"});
}

TEST(Logits, SayWhatIsWrong) {
  const ScratchDirectory scratch;
  const std::string model = (fixtures / "llama_bias").string(), ids = (scratch / "ids.safetensors").string();
  const auto run = [&](const std::string& directory) {
    return run_program({"logits", "--model", directory, "--input", ids, "--out", (scratch / "out.safetensors").string()});
  };
  write_ids(ids, {5, 128}, "[1,2]");
  EXPECT_THAT(run(model).err, HasSubstr("vocabulary has 128"));
  write_ids(ids, {5, 6}, "[2]");
  EXPECT_THAT(run(model).err, HasSubstr("[batch, tokens]"));
  write_ids(ids, std::vector<std::int64_t>(129, 1), "[1,129]");
  EXPECT_THAT(run(model).err, HasSubstr("context of 128"));
  write_ids(ids, {5, 6}, "[1,3]");
  const ProgramResult wrong_size = run(model);
  EXPECT_EQ(wrong_size.code, 1);
  EXPECT_THAT(wrong_size.err, HasSubstr("needs 24 bytes"));
  EXPECT_THAT(run((scratch / "no-model").string()).err, HasSubstr("no-model"));
  EXPECT_FALSE(fs::exists(scratch / "out.safetensors"));
  EXPECT_EQ(run_program({"logits", "--model", model}).code, 2);
}

}  // namespace
}  // namespace fathom::cli
