// Runs a test on every instruction set that the kernels are compiled for and this machine has.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <functional>

namespace fathom::ops::testing {

inline void for_each_instruction_set(const std::function<void()>& check) {
  const std::int64_t supported = hwy::SupportedTargets();
  const auto choose = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  for (const std::int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_NEON, HWY_SCALAR}) {
    if ((supported & target) == 0 && target != HWY_SCALAR) continue;
    SCOPED_TRACE(::testing::Message() << "instruction set " << hwy::TargetName(target));
    choose(target);
    check();
  }
  choose(0);
}

}  // namespace fathom::ops::testing
