#include "fathom/quickstart/arithmetic.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "fathom/align/rewards.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"

namespace fathom::quickstart {
namespace {

TEST(Sum, ResponsesAreRightAndFormatted) {
  const Sum sum{357, 468};
  EXPECT_EQ(sum.question(), "357+468=?");
  EXPECT_EQ(sum.answer(), "825");
  EXPECT_EQ(sum.direct_response(), "<think></think> <answer>825</answer>");
  EXPECT_EQ(sum.thinking_response(), "<think>7+8+0=15 5+6+1=12 3+4+1=08</think> <answer>825</answer>");
  EXPECT_EQ((Sum{999, 999}.thinking_response()), "<think>9+9+0=18 9+9+1=19 9+9+1=19</think> <answer>1998</answer>");
  EXPECT_EQ((Sum{100, 200}.thinking_response()), "<think>0+0+0=00 0+0+0=00 1+2+0=03</think> <answer>300</answer>");
  Rng rng(3);
  for (const Sum& drawn : draw_sums(500, false, 1, rng)) {
    for (const std::string& response : {drawn.direct_response(), drawn.thinking_response()}) {
      EXPECT_EQ(align::score(response, std::to_string(drawn.a + drawn.b), {}).total, 1.0) << response;
    }
  }
}

TEST(Split, SidesNeverMeet) {
  const std::uint64_t seed = 7;
  std::int64_t held_out = 0;
  for (std::int64_t a = 100; a < 1000; a += 7)
    for (std::int64_t b = 100; b < 1000; b += 11) {
      EXPECT_EQ(is_held_out({a, b}, seed), is_held_out({b, a}, seed));
      held_out += is_held_out({a, b}, seed) ? 1 : 0;
    }
  const double share = static_cast<double>(held_out) / (129.0 * 82.0);
  EXPECT_NEAR(share, 1.0 / 64, 0.004);

  Rng rng(1), other(1);
  const std::vector<Sum> asked = draw_sums(400, true, seed, rng);
  EXPECT_EQ(asked, draw_sums(400, true, seed, other));
  std::set<std::pair<std::int64_t, std::int64_t>> distinct;
  for (const Sum& sum : asked) {
    EXPECT_TRUE(is_held_out(sum, seed));
    distinct.insert({sum.a, sum.b});
  }
  EXPECT_EQ(distinct.size(), asked.size());
  for (const Sum& sum : draw_sums(5000, false, seed, rng)) EXPECT_FALSE(is_held_out(sum, seed));
}

TEST(Corpus, IsAFunctionOfTheSeed) {
  const std::filesystem::path directory = std::filesystem::temp_directory_path() / "fathom-quickstart-corpus";
  std::filesystem::create_directories(directory);
  CorpusOptions options;
  options.documents = 1000;
  options.seed = 5;
  write_corpus(directory / "a.jsonl", options);
  write_corpus(directory / "b.jsonl", options);
  const std::string text = read_file(directory / "a.jsonl");
  EXPECT_EQ(text, read_file(directory / "b.jsonl"));
  options.seed = 6;
  write_corpus(directory / "b.jsonl", options);
  EXPECT_NE(text, read_file(directory / "b.jsonl"));

  LineReader lines(directory / "a.jsonl");
  std::int64_t documents = 0, direct = 0;
  while (const auto line = lines.next()) {
    const std::string document = json_get<std::string>(parse_json(*line, lines.position()), "text", lines.position());
    EXPECT_TRUE(document.starts_with("<|begin_of_sentence|><|User|>"));
    direct += document.find("<think></think>") != std::string::npos ? 1 : 0;
    ++documents;
  }
  EXPECT_EQ(documents, 1000);
  EXPECT_NEAR(static_cast<double>(direct), 600, 60);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace fathom::quickstart
