#include "fathom/cli/think_dimmer.h"

#include <gtest/gtest.h>

namespace fathom::cli {
namespace {

std::string shown(const std::string& text, std::size_t piece, bool on = true) {
  ThinkDimmer dimmer(on);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) out += dimmer.push(std::string_view(text).substr(at, piece));
  return out + dimmer.finish();
}

TEST(ThinkDimmer, DimsTheReasoningHoweverItIsCut) {
  const std::string expected = "a \033[2m<think>2 < 3</think>\033[0m b <thin";
  for (std::size_t piece = 1; piece < 12; ++piece) EXPECT_EQ(shown("a <think>2 < 3</think> b <thin", piece), expected) << piece;
}

TEST(ThinkDimmer, LeavesTheTerminalAsItWas) { EXPECT_EQ(shown("<think>unfinished", 3), "\033[2m<think>unfinished\033[0m"); }

TEST(ThinkDimmer, OffChangesNothing) { EXPECT_EQ(shown("<think>x</think>", 2, false), "<think>x</think>"); }

}  // namespace
}  // namespace fathom::cli
