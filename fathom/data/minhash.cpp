#include "fathom/data/minhash.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/data/minhash.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::data::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// least[i] = min(least[i], factors[i] · x + terms[i]) for every x. `permutations` is a multiple of eight. Four vectors of permutations stay
// in registers while all hashes pass.
void take_minima(const std::uint32_t* hashes, std::size_t count, std::size_t permutations, const std::uint32_t* factors,
                 const std::uint32_t* terms, std::uint32_t* least) {
  const hn::CappedTag<std::uint32_t, 8> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + 4 * lanes <= permutations; i += 4 * lanes) {
    const auto a0 = hn::LoadU(d, factors + i), a1 = hn::LoadU(d, factors + i + lanes), a2 = hn::LoadU(d, factors + i + 2 * lanes),
               a3 = hn::LoadU(d, factors + i + 3 * lanes);
    const auto b0 = hn::LoadU(d, terms + i), b1 = hn::LoadU(d, terms + i + lanes), b2 = hn::LoadU(d, terms + i + 2 * lanes),
               b3 = hn::LoadU(d, terms + i + 3 * lanes);
    auto m0 = hn::LoadU(d, least + i), m1 = hn::LoadU(d, least + i + lanes), m2 = hn::LoadU(d, least + i + 2 * lanes),
         m3 = hn::LoadU(d, least + i + 3 * lanes);
    for (std::size_t j = 0; j < count; ++j) {
      const auto x = hn::Set(d, hashes[j]);
      m0 = hn::Min(m0, hn::Add(hn::Mul(a0, x), b0));
      m1 = hn::Min(m1, hn::Add(hn::Mul(a1, x), b1));
      m2 = hn::Min(m2, hn::Add(hn::Mul(a2, x), b2));
      m3 = hn::Min(m3, hn::Add(hn::Mul(a3, x), b3));
    }
    hn::StoreU(m0, d, least + i);
    hn::StoreU(m1, d, least + i + lanes);
    hn::StoreU(m2, d, least + i + 2 * lanes);
    hn::StoreU(m3, d, least + i + 3 * lanes);
  }
  for (; i < permutations; i += lanes) {
    const auto a = hn::LoadU(d, factors + i), b = hn::LoadU(d, terms + i);
    auto m = hn::LoadU(d, least + i);
    for (std::size_t j = 0; j < count; ++j) m = hn::Min(m, hn::Add(hn::Mul(a, hn::Set(d, hashes[j])), b));
    hn::StoreU(m, d, least + i);
  }
}

}  // namespace fathom::data::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::data {

HWY_EXPORT(take_minima);

MinHasher::MinHasher(const MinHashOptions& options) : options_(options) {
  require(options.permutations >= 8 && options.permutations <= 4096 && options.permutations % 8 == 0,
          "MinHash with {} permutations is not possible; multiples of 8 from 8 to 4096 are", options.permutations);
  ShingleRoller checked(options.shingle);  // refuses sizes out of range
  for (int i = 0; i < options.permutations; ++i) {
    const auto words = philox4x32({static_cast<std::uint32_t>(i), 0, 0, 0},
                                  {static_cast<std::uint32_t>(options.seed), static_cast<std::uint32_t>(options.seed >> 32)});
    factors_.push_back(words[0] | 1);
    terms_.push_back(words[1]);
  }
}

std::vector<std::uint32_t> MinHasher::sign(std::string_view text) const {
  const auto kernel = HWY_DYNAMIC_DISPATCH(take_minima);
  std::vector<std::uint32_t> least(factors_.size(), std::numeric_limits<std::uint32_t>::max());
  std::array<std::uint32_t, 256> hashes;
  std::size_t filled = 0;
  const auto take = [&](const Shingle& shingle) {
    hashes[filled++] = static_cast<std::uint32_t>(shingle.hash >> 32);
    if (filled < hashes.size()) return;
    kernel(hashes.data(), filled, least.size(), factors_.data(), terms_.data(), least.data());
    filled = 0;
  };
  bool any = false;
  const Shingle whole = for_each_shingle(text, options_.shingle, [&](const Shingle& shingle) {
    take(shingle);
    any = true;
  });
  if (whole.begin < whole.end) take(whole);
  if (!any && filled == 0) return {};
  kernel(hashes.data(), filled, least.size(), factors_.data(), terms_.data(), least.data());
  return least;
}

double estimate_jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  require(a.size() == b.size() && !a.empty(), "signatures of {} and {} places cannot be compared", a.size(), b.size());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

double exact_jaccard(std::string_view a, std::string_view b, const ShingleSize& size) {
  const auto shingles_of = [&](std::string_view text) {
    std::unordered_set<std::uint64_t> set;
    const Shingle whole = for_each_shingle(text, size, [&](const Shingle& shingle) { set.insert(shingle.hash); });
    if (whole.begin < whole.end) set.insert(whole.hash);
    return set;
  };
  const auto first = shingles_of(a), second = shingles_of(b);
  if (first.empty() && second.empty()) return 1.0;
  std::size_t common = 0;
  for (const std::uint64_t hash : first) common += second.count(hash);
  return static_cast<double>(common) / static_cast<double>(first.size() + second.size() - common);
}

}  // namespace fathom::data
#endif
