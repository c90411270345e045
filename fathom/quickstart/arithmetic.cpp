#include "fathom/quickstart/arithmetic.h"

#include <algorithm>
#include <unordered_set>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"

namespace fathom::quickstart {

namespace {

constexpr std::int64_t smallest = 100, largest = 999, digits = 3;
constexpr std::uint64_t held_out_one_in = 64;
constexpr std::uint64_t corpus_stream = 1, split_stream = 2;

Sum draw(Rng& rng) {
  const auto number = [&rng] { return smallest + static_cast<std::int64_t>(rng.below(largest - smallest + 1)); };
  const std::int64_t a = number();
  return {a, number()};
}

}  // namespace

std::string Sum::question() const { return fmt::format("{}+{}=?", a, b); }

std::string Sum::answer() const { return std::to_string(a + b); }

std::string Sum::direct_response() const { return fmt::format("<think></think> <answer>{}</answer>", answer()); }

std::string Sum::thinking_response() const {
  std::string work;
  std::int64_t left = a, right = b, carry = 0;
  for (std::int64_t place = 0; place < digits; ++place) {
    const std::int64_t total = left % 10 + right % 10 + carry;
    work += fmt::format("{}{}+{}+{}={:02}", place > 0 ? " " : "", left % 10, right % 10, carry, total);
    carry = total / 10;
    left /= 10;
    right /= 10;
  }
  return fmt::format("<think>{}</think> <answer>{}</answer>", work, answer());
}

bool is_held_out(const Sum& sum, std::uint64_t seed) {
  const auto [low, high] = std::minmax(sum.a, sum.b);
  const auto pair = static_cast<std::uint64_t>(low * 1000 + high);
  return Rng(seed, (split_stream << 32) + pair).below(held_out_one_in) == 0;
}

std::vector<Sum> draw_sums(std::int64_t count, bool held_out, std::uint64_t seed, Rng& rng) {
  // Of the 810,000 ordered pairs one in 64 is held out; asking for most of them would not end.
  require(!held_out || count <= 5000, "at most 5000 held-out sums can be drawn, {} were asked for", count);
  std::vector<Sum> sums;
  std::unordered_set<std::int64_t> seen;
  while (static_cast<std::int64_t>(sums.size()) < count) {
    const Sum sum = draw(rng);
    if (is_held_out(sum, seed) != held_out) continue;
    if (held_out && !seen.insert(sum.a * 1000 + sum.b).second) continue;
    sums.push_back(sum);
  }
  return sums;
}

void write_corpus(const std::filesystem::path& path, const CorpusOptions& options) {
  Rng rng(options.seed, corpus_stream);
  AtomicFile file(path);
  for (const Sum& sum : draw_sums(options.documents, false, options.seed, rng)) {
    const bool thinks = rng.uniform() < options.thinking_share;
    const std::string text =
        "<|begin_of_sentence|><|User|>" + sum.question() + "<|Assistant|>" + (thinks ? sum.thinking_response() : sum.direct_response());
    file.write(Json{{"text", text}}.dump() + "\n");
  }
  file.commit();
}

void write_tasks(const std::filesystem::path& path, const std::vector<Sum>& sums) {
  AtomicFile file(path);
  for (const Sum& sum : sums) file.write(OrderedJson{{"prompt", sum.question()}, {"answer", sum.answer()}}.dump() + "\n");
  file.commit();
}

}  // namespace fathom::quickstart
