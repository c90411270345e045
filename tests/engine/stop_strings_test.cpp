#include "fathom/engine/stop_strings.h"

#include <gtest/gtest.h>

#include "fathom/base/rng.h"

namespace fathom::engine {
namespace {

TEST(StopStrings, TextPassesWhenThereIsNothingToStopAt) {
  StopStrings filter;
  EXPECT_EQ(filter.push("abc"), "abc");
  EXPECT_EQ(filter.flush(), "");
  EXPECT_FALSE(filter.stopped());
}

TEST(StopStrings, HoldsBackABeginningUntilItIsDecided) {
  StopStrings filter({"User:"});
  EXPECT_EQ(filter.push("Hello U"), "Hello ");
  EXPECT_EQ(filter.push("se"), "");
  EXPECT_EQ(filter.push("ful U"), "Useful ");
  EXPECT_EQ(filter.push("ser: more"), "");
  EXPECT_TRUE(filter.stopped());
  EXPECT_EQ(filter.push("never"), "");
  EXPECT_EQ(filter.flush(), "");
}

TEST(StopStrings, TheOneThatIsCompleteFirstWins) {
  StopStrings filter({"zz", "b"});
  EXPECT_EQ(filter.push("aabzz"), "aa");
  EXPECT_TRUE(filter.stopped());
}

TEST(StopStrings, AnUnfinishedStopStringIsTextInTheEnd) {
  StopStrings filter({"</answer>"});
  EXPECT_EQ(filter.push("x</ans"), "x");
  EXPECT_EQ(filter.flush(), "</ans");
  EXPECT_FALSE(filter.stopped());
}

TEST(StopStrings, OverlappingBeginnings) {
  StopStrings filter({"aab"});
  std::string shown;
  for (const char c : std::string("aaaab!")) shown += filter.push(std::string(1, c));
  EXPECT_EQ(shown, "aa");
  EXPECT_TRUE(filter.stopped());
}

// However the text is cut into pieces, what is shown is what comes before the first stop string.
TEST(StopStrings, DoesNotDependOnThePieces) {
  Rng rng(3);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::uint64_t i = rng.below(30); i > 0; --i) text += static_cast<char>('a' + rng.below(3));
    std::vector<std::string> stops;
    for (std::uint64_t i = 1 + rng.below(3); i > 0; --i) {
      stops.emplace_back();
      for (std::uint64_t j = 2 + rng.below(3); j > 0; --j) stops.back() += static_cast<char>('a' + rng.below(3));
    }
    StopStrings by_character(stops);
    std::string expected;
    for (const char c : text) expected += by_character.push(std::string(1, c));
    if (!by_character.stopped()) expected += by_character.flush();
    StopStrings filter(stops);
    std::string shown;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t count = std::min<std::size_t>(1 + rng.below(4), text.size() - at);
      shown += filter.push(std::string_view(text).substr(at, count));
      at += count;
    }
    if (!filter.stopped()) shown += filter.flush();
    ASSERT_EQ(shown, expected) << text;
    ASSERT_EQ(filter.stopped(), by_character.stopped()) << text;
    for (const std::string& stop : stops) ASSERT_EQ(shown.find(stop), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace fathom::engine
