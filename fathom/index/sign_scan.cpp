#include "fathom/index/sign_codes.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/index/sign_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::index::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

std::uint32_t scan(const SignQuery& query, const std::uint8_t* block, const float* factors, const float* errors, float offset,
                   float sureness, float threshold, float* bounds) {
#if HWY_TARGET == HWY_SCALAR
  return sign_scan_reference(query, block, factors, errors, offset, sureness, threshold, bounds);
#else
  // A register of codes holds one group of dimensions for each 16 bytes. Sums are kept in 16 bits for even and odd bytes apart: `whole`
  // adds both with the odd ones 256-fold (what overflows is taken away again with them), `odd` the odd ones alone.
  const hn::CappedTag<std::uint8_t, 64> d8;
  const hn::Repartition<std::uint16_t, decltype(d8)> d16;
  const auto lanes = hn::Lanes(d8);
  const auto low_half = hn::Set(d8, 15);
  auto low_whole = hn::Zero(d16), low_odd = hn::Zero(d16), high_whole = hn::Zero(d16), high_odd = hn::Zero(d16);
  const std::size_t bytes = query.tables.size();
  for (std::size_t at = 0; at < bytes; at += lanes) {
    const auto table = hn::LoadU(d8, query.tables.data() + at), codes = hn::LoadU(d8, block + at);
    const auto low = hn::BitCast(d16, hn::TableLookupBytes(table, hn::And(codes, low_half)));
    const auto high =
        hn::BitCast(d16, hn::TableLookupBytes(table, hn::And(hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, codes))), low_half)));
    low_whole = hn::Add(low_whole, low);
    low_odd = hn::Add(low_odd, hn::ShiftRight<8>(low));
    high_whole = hn::Add(high_whole, high);
    high_odd = hn::Add(high_odd, hn::ShiftRight<8>(high));
  }
  const auto low_even = hn::Sub(low_whole, hn::ShiftLeft<8>(low_odd)), high_even = hn::Sub(high_whole, hn::ShiftLeft<8>(high_odd));
  // The 8 sums of each 16 bytes belong to the same vectors.
  HWY_ALIGN std::uint16_t partial[4][32];
  hn::StoreU(low_even, d16, partial[0]);
  hn::StoreU(low_odd, d16, partial[1]);
  hn::StoreU(high_even, d16, partial[2]);
  hn::StoreU(high_odd, d16, partial[3]);
  const hn::CappedTag<std::uint16_t, 8> d16x8;
  HWY_ALIGN std::uint16_t sums[32];
  for (std::size_t part = 0; part < 4; ++part) {
    auto sum = hn::LoadU(d16x8, partial[part]);
    for (std::size_t at = 8; at < lanes / 2; at += 8) sum = hn::Add(sum, hn::LoadU(d16x8, partial[part] + at));
    hn::StoreU(sum, d16x8, partial[part]);
  }
  for (std::size_t half = 0; half < 2; ++half)
    hn::StoreInterleaved2(hn::LoadU(d16x8, partial[2 * half]), hn::LoadU(d16x8, partial[2 * half + 1]), d16x8, sums + 16 * half);

  const hn::CappedTag<float, 16> df;
  const hn::Rebind<std::int32_t, decltype(df)> d32;
  const hn::Rebind<std::uint16_t, decltype(df)> du16;
  const auto step = hn::Set(df, query.step), base = hn::Set(df, query.base), start = hn::Set(df, offset),
             reach = hn::Set(df, sureness * query.norm), least = hn::Set(df, threshold);
  std::uint32_t found = 0;
  for (std::size_t i = 0; i < 32; i += hn::Lanes(df)) {
    const auto sum = hn::ConvertTo(df, hn::PromoteTo(d32, hn::LoadU(du16, sums + i)));
    const auto estimate = hn::MulAdd(hn::LoadU(df, factors + i), hn::MulAdd(step, sum, base), start);
    const auto bound = hn::MulAdd(reach, hn::LoadU(df, errors + i), estimate);
    hn::StoreU(bound, df, bounds + i);
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(df, hn::Gt(bound, least), bits);
    found |= (static_cast<std::uint32_t>(bits[0]) | static_cast<std::uint32_t>(bits[1]) << 8) << i;
  }
  return found;
#endif
}

}  // namespace fathom::index::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::index {

HWY_EXPORT(scan);

std::uint32_t sign_scan(const SignQuery& query, const std::uint8_t* block, const float* factors, const float* errors, float offset,
                        float sureness, float threshold, float* bounds) {
  return HWY_DYNAMIC_DISPATCH(scan)(query, block, factors, errors, offset, sureness, threshold, bounds);
}

}  // namespace fathom::index
#endif
