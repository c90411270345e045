#include <gtest/gtest.h>

#include <fstream>

#include "fathom/base/json.h"
#include "tests/cli/run_program.h"
#include "tests/cli/tiny_model_directory.h"

namespace fathom::cli {
namespace {

TEST(SftCommand, FineTunesAModelDirectory) {
  const ScratchDirectory scratch;
  write_tiny_model(scratch / "base");
  std::ofstream(scratch / "tasks.jsonl")
      << "{\"question\": \"1+1?\", \"answer\": \"one more\\n#### 2\"}\n{\"question\": \"2+2?\", \"answer\": \"double\\n#### 4\"}\n";
  const ProgramResult result =
      run_program({"sft", "--out", (scratch / "run").string(), "--json", "--quiet", "--set",
                   "model.init_from=" + (scratch / "base").string(), "--set", "data.train=" + (scratch / "tasks.jsonl").string(), "--set",
                   "data.sequence_length=90", "--set", "prompt.format=plain", "--set", "train.steps=2"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Json summary = parse_json(result.out, "stdout");
  EXPECT_EQ(summary["examples"], 2);
  EXPECT_EQ(summary["training"]["steps"], 2);
  EXPECT_FALSE(summary["training"].contains("validation_bits_per_byte")) << "answers have no bits a byte of text";
  EXPECT_TRUE(std::filesystem::exists(scratch / "run/model/tokenizer.json"));
}

TEST(SftCommand, NamesAModelThatIsNotThere) {
  const ScratchDirectory scratch;
  const ProgramResult result =
      run_program({"sft", "--out", (scratch / "run").string(), "--set", "model.init_from=/nonexistent", "--set", "data.train=x.jsonl"});
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.err.find("/nonexistent"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace fathom::cli
