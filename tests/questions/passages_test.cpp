#include "fathom/questions/passages.h"

#include <gtest/gtest.h>

#include <string_view>

namespace fathom::questions {
namespace {

TEST(Passages, AreTheLongLinesOfAText) {
  constexpr std::string_view text = "A heading\n\n  One two three four five six seven eight.  \nhome | about";
  const auto passages = passages_of(text);
  ASSERT_EQ(passages.size(), 1U);
  EXPECT_EQ(passages[0].of(text), "One two three four five six seven eight.");
  EXPECT_EQ(passages_of(text, 2).size(), 3U);
  EXPECT_TRUE(passages_of("").empty());
}

}  // namespace
}  // namespace fathom::questions
