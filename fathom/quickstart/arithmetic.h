// The quickstart's own task: sums of two three-digit numbers, answered at once or with the digits worked out first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/rng.h"

namespace fathom::quickstart {

struct Sum {
  std::int64_t a = 0, b = 0;  // 100 … 999 each

  std::string question() const;  // "357+468=?"
  std::string answer() const;    // "825"
  // "<think></think> <answer>825</answer>"
  std::string direct_response() const;
  // "<think>7+8+0=15 5+6+1=12 3+4+1=08</think> <answer>825</answer>": digit by digit from the right, with the carry.
  // Every step is written alike, so that reading the answer off it is quickly learned.
  std::string thinking_response() const;
  bool operator==(const Sum&) const = default;
};

// A pair of numbers is held out in both orders. A function of the pair and the seed: no list has to be kept, and what is trained on
// and what is asked later cannot meet.
bool is_held_out(const Sum& sum, std::uint64_t seed);

// `count` sums on one side of the split; distinct when `held_out`. Deterministic for the generator's state.
std::vector<Sum> draw_sums(std::int64_t count, bool held_out, std::uint64_t seed, Rng& rng);

struct CorpusOptions {
  std::int64_t documents = 80000;
  double thinking_share = 0.4;  // of the documents work out the digits; the others answer at once
  std::uint64_t seed = 0;
};

// One {"text": …} a line: the question and the response in the chat format of text/chat_template.h.
void write_corpus(const std::filesystem::path& path, const CorpusOptions& options);
// One {"prompt": …, "answer": …} a line, as `fathom eval` and `fathom grpo` read them.
void write_tasks(const std::filesystem::path& path, const std::vector<Sum>& sums);

}  // namespace fathom::quickstart
