#include "fathom/model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "tests/base/scratch_directory.h"

namespace fathom::model {
namespace {

using testing::HasSubstr;

// A file with the given header text and this many bytes of data.
void write_raw(const std::filesystem::path& path, const std::string& header, std::size_t data_bytes, std::int64_t announced = -1) {
  const std::uint64_t length = announced < 0 ? header.size() : static_cast<std::uint64_t>(announced);
  std::ofstream file(path, std::ios::binary);
  for (int i = 0; i < 8; ++i) file.put(static_cast<char>(length >> (8 * i) & 0xff));
  file << header << std::string(data_bytes, 'x');
}

std::string refusal(const std::string& header, std::size_t data_bytes, std::int64_t announced = -1) {
  const ScratchDirectory scratch;
  write_raw(scratch / "hostile.safetensors", header, data_bytes, announced);
  const std::string message = message_of<Error>([&] { SafetensorsFile::open(scratch / "hostile.safetensors"); });
  EXPECT_THAT(message, HasSubstr("hostile.safetensors"));
  return message;
}

TEST(Safetensors, KeepsEveryTypeAndShape) {
  const ScratchDirectory scratch;
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const at::ScalarType type : {at::kBool, at::kByte, at::kBFloat16, at::kHalf, at::kFloat, at::kDouble, at::kInt, at::kLong})
    tensors.emplace_back(at::toString(type), at::arange(15).view({3, 5}).fmod(7).to(type));
  tensors.emplace_back("scalar", at::scalar_tensor(2.5));
  tensors.emplace_back("empty", at::empty({0, 4}));
  tensors.emplace_back("strided", at::arange(12, at::kFloat).view({3, 4}).t());
  write_safetensors(scratch / "a.safetensors", tensors, {{"format", "pt"}, {"note", "héllo"}});

  const SafetensorsFile file = SafetensorsFile::open(scratch / "a.safetensors");
  EXPECT_EQ(file.metadata().at("note"), "héllo");
  EXPECT_EQ(file.names().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(file.tensor(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(file.tensor(name), tensor)) << name;
    EXPECT_EQ(file.shape(name), tensor.sizes().vec()) << name;
  }
  EXPECT_EQ(file.dtype_name("BFloat16"), "BF16");
  EXPECT_THAT(message_of<Error>([&] { file.tensor("absent"); }), HasSubstr("'absent'"));
}

TEST(Safetensors, ConvertsWhileWritingAndOutlivesTheReader) {
  const ScratchDirectory scratch;
  const at::Tensor values = at::randn({7, 3});
  write_tensors(scratch / "a.safetensors", {{"half", values, at::kHalf}, {"wide", values, at::kFloat}});
  at::Tensor read;
  {
    const SafetensorsFile file = SafetensorsFile::open(scratch / "a.safetensors");
    EXPECT_TRUE(at::equal(file.tensor("half"), values.to(at::kHalf)));
    read = file.tensor("wide");
  }
  EXPECT_TRUE(at::equal(read, values));
}

TEST(Safetensors, ReadsUnalignedData) {
  const ScratchDirectory scratch;
  // 'xxxx' as a float, at an odd address: the header's length is not a multiple of four.
  write_raw(scratch / "a.safetensors", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} )", 8);
  const float value = SafetensorsFile::open(scratch / "a.safetensors").tensor("a")[1].item<float>();
  EXPECT_NEAR(value / 1.0e34F, 2.0158F, 0.001F) << "four times 0x78";
}

TEST(Safetensors, RefusesHostileHeaders) {
  const auto tensor = [](const std::string& body) { return R"({"a":{)" + body + "}}"; };
  EXPECT_THAT(refusal("", 0, 1LL << 40), HasSubstr("is announced"));
  EXPECT_THAT(refusal("{}", 0, 1000), HasSubstr("truncated"));
  EXPECT_THAT(refusal("not json", 4), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[1,2]", 0), HasSubstr("array"));
  EXPECT_THAT(refusal(std::string(1 << 20, '['), 0), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(R"({"a":3})", 0), HasSubstr("'a'"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])"), 4), HasSubstr("F31"));
  EXPECT_THAT(refusal(tensor(R"("dtype":7,"shape":[1],"data_offsets":[0,4])"), 4), HasSubstr("dtype"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","data_offsets":[0,4])"), 4), HasSubstr("shape"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4), HasSubstr("shape"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])"), 4), HasSubstr("shape"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4])"), 4), HasSubstr("too large"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4])"), 4), HasSubstr("too large"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), 4), HasSubstr("data_offsets"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 4), HasSubstr("truncated"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 4), HasSubstr("truncated"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 4), HasSubstr("needs 8 bytes"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), 9), HasSubstr("belong to no tensor"));
  EXPECT_THAT(refusal(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8), HasSubstr("belong to no tensor"));
  const std::string one = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_THAT(refusal("{" + one + "," + one + "}", 4), HasSubstr("twice"));
  EXPECT_THAT(refusal("{" + one + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8), HasSubstr("overlaps"));
  EXPECT_THAT(refusal(R"({"__metadata__":{"a":1}})", 0), HasSubstr("__metadata__"));
}

TEST(Safetensors, RefusesWhatIsNoFile) {
  const ScratchDirectory scratch;
  EXPECT_THAT(message_of<Error>([&] { SafetensorsFile::open(scratch / "absent"); }), HasSubstr("absent"));
  EXPECT_THAT(message_of<Error>([&] { SafetensorsFile::open(scratch.path()); }), HasSubstr("not a file"));
  std::ofstream(scratch / "short") << "abc";
  EXPECT_THAT(message_of<Error>([&] { SafetensorsFile::open(scratch / "short"); }), HasSubstr("too few"));
}

// Any damage to a byte of the header either is refused or leaves a file that reads without harm.
TEST(Safetensors, SurvivesEveryDamagedHeaderByte) {
  const ScratchDirectory scratch;
  write_safetensors(scratch / "a.safetensors", {{"first", at::randn({3})}, {"second", at::randn({2, 2})}});
  std::ifstream stream(scratch / "a.safetensors", std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  for (std::size_t i = 0; i < good.size() - 28; ++i) {
    for (const char replacement : {'\0', '9', '}', '\xff'}) {
      std::string damaged = good;
      damaged[i] = replacement;
      std::ofstream(scratch / "b.safetensors", std::ios::binary) << damaged;
      try {
        const SafetensorsFile file = SafetensorsFile::open(scratch / "b.safetensors");
        for (const std::string& name : file.names()) (void)file.tensor(name).sum();
      } catch (const Error&) {
      }
    }
    std::ofstream(scratch / "b.safetensors", std::ios::binary) << good.substr(0, i);
    EXPECT_THROW(SafetensorsFile::open(scratch / "b.safetensors"), Error) << "cut after " << i << " bytes";
  }
}

TEST(Safetensors, RefusesToWriteWhatItCannotHold) {
  const ScratchDirectory scratch;
  EXPECT_THAT(message_of<Error>([&] { write_safetensors(scratch / "a", {{"c", at::zeros({1}, at::kComplexFloat)}}); }), HasSubstr("'c'"));
  EXPECT_THAT(message_of<Error>([&] { write_safetensors(scratch / "a", {{"c", at::zeros({1})}, {"c", at::zeros({1})}}); }),
              HasSubstr("twice"));
  EXPECT_THAT(message_of<Error>([&] { write_safetensors(scratch / "a", {{"c", at::Tensor()}}); }), HasSubstr("undefined"));
  EXPECT_EQ(scratch.entries(), 0U);
}

TEST(Safetensors, SaysWhenTheDiskIsFull) {
  EXPECT_THAT(message_of<Error>([&] { write_safetensors("/dev/full", {{"a", at::zeros({1 << 20})}}); }), HasSubstr("/dev/full"));
}

TEST(BlockFp8, DecodesEveryCode) {
  at::Tensor codes = at::arange(256).to(at::kByte).view({2, 128});
  const at::Tensor values = dequantize_block_fp8(codes, at::ones({1, 1}));
  const auto value = [&](int code) { return values.view({-1})[code].item<float>(); };
  EXPECT_EQ(value(0x00), 0.0F);
  EXPECT_EQ(value(0x01), std::ldexp(1.0F, -9));
  EXPECT_EQ(value(0x07), std::ldexp(7.0F, -9));
  EXPECT_EQ(value(0x08), std::ldexp(1.0F, -6));
  EXPECT_EQ(value(0x38), 1.0F);
  EXPECT_EQ(value(0x3c), 1.5F);
  EXPECT_EQ(value(0x7e), 448.0F);
  EXPECT_EQ(value(0xfe), -448.0F);
  EXPECT_TRUE(std::isnan(value(0x7f)) && std::isnan(value(0xff)));
}

TEST(BlockFp8, ScalesRaggedBlocks) {
  const at::Tensor codes = at::full({5, 7}, 0x38, at::kByte);  // ones
  const at::Tensor scales = at::arange(1, 7, at::kFloat).view({2, 3});
  const at::Tensor values = dequantize_block_fp8(codes, scales, 3);
  for (std::int64_t row = 0; row < 5; ++row)
    for (std::int64_t col = 0; col < 7; ++col)
      EXPECT_EQ(values[row][col].item<float>(), scales[row / 3][col / 3].item<float>()) << row << ", " << col;
  EXPECT_THROW(dequantize_block_fp8(codes, at::ones({2, 2}), 3), Error);
  EXPECT_THROW(dequantize_block_fp8(codes.to(at::kFloat), scales, 3), Error);
}

}  // namespace
}  // namespace fathom::model
