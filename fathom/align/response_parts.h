// The marked parts of a response: <think>…</think> and <answer>…</answer>.
#pragma once

#include <cstdint>
#include <string_view>

namespace fathom::align {

constexpr std::string_view think_open = "<think>", think_close = "</think>";
constexpr std::string_view answer_open = "<answer>", answer_close = "</answer>";

// Occurrences of `tag` that do not overlap.
std::int64_t count_occurrences(std::string_view text, std::string_view tag);

// Without white space (ASCII) at both ends.
std::string_view trim(std::string_view text);

// The reasoning of a response: inside the first <think>…</think> (to the end when it is never closed), else what stands before
// </think> (the prompt had opened it), else what stands before <answer>, else everything.
std::string_view reasoning_part(std::string_view response);

// Whether something other than space is written inside <think>…</think>.
bool thinks(std::string_view response);

// Whether a response ends with one non-nested <answer>…</answer> and nothing but space behind it. Anything may stand before it, but
// no second answer. This is the format of recipes that do not ask for <think>.
bool has_answer_format(std::string_view response);

}  // namespace fathom::align
