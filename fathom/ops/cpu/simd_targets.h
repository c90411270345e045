// Which instruction sets the Highway kernels are compiled for. Include it before <hwy/foreach_target.h>.
// Fewer targets keep build time and binary small: SSE4, AVX2 and AVX-512 carry the machines that matter, Highway's scalar
// baseline everything older. SVE is left out because its vectors cannot be array elements (NEON serves those machines).
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif
