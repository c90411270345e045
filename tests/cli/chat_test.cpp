#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/run_program.h"
#include "tests/cli/tiny_model_directory.h"

namespace fathom::cli {
namespace {

TEST(ChatCommand, AnswersLinesOfAPipe) {
  const ScratchDirectory scratch;
  write_tiny_model(scratch / "model");
  const auto chat = [&](const std::string& input, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"chat", "--model", (scratch / "model").string(), "--temperature", "0", "--max-new-tokens", "8"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments, input);
  };
  const ProgramResult one = chat("Hello\n");
  ASSERT_EQ(one.code, 0) << one.err;
  ASSERT_FALSE(one.out.empty());
  EXPECT_EQ(one.out.back(), '\n');
  EXPECT_EQ(one.out.find("\033["), std::string::npos);  // no terminal, no colours

  // A new conversation answers the same again; a second turn knows the first.
  const ProgramResult again = chat("Hello\n/reset\n\nHello\n/quit\nignored\n");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, one.out + one.out);

  // Turns beyond the context of 96 tokens are forgotten, and it is said.
  std::string many;
  for (int i = 0; i < 6; ++i) many += "a message of some length\n";
  const ProgramResult longer = chat(many);
  ASSERT_EQ(longer.code, 0) << longer.err;
  EXPECT_NE(longer.err.find("forgotten"), std::string::npos) << longer.err;

  EXPECT_EQ(chat("Hello\nHello\n", {"--single-turn"}).out, one.out + one.out);

  // A message that no context holds costs itself, not the session.
  const ProgramResult refused = chat(std::string(400, 'x') + "\nHello\n");
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.out, one.out);
  EXPECT_NE(refused.err.find("(no reply: the prompt has 4"), std::string::npos) << refused.err;

  const ProgramResult empty = chat("");
  EXPECT_EQ(empty.code, 0);
  EXPECT_EQ(empty.out, "");
}

TEST(ChatCommand, NeedsATokenizer) {
  const ScratchDirectory scratch;
  write_tiny_model(scratch / "model", false);
  const ProgramResult result = run_program({"chat", "--model", (scratch / "model").string()}, "Hello\n");
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("tokenizer.json"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace fathom::cli
