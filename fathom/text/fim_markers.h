// The tokens of fill-in-the-middle (DeepSeek-V3 §4.1: prefix, suffix, middle), by the names fathom gives them. A vocabulary has them
// on request (`fathom tokenizer train --fim`).
#pragma once

namespace fathom::text {

inline constexpr const char* fim_begin_marker = "<|fim_begin|>";
inline constexpr const char* fim_hole_marker = "<|fim_hole|>";
inline constexpr const char* fim_end_marker = "<|fim_end|>";

}  // namespace fathom::text
