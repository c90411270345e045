// The name that was probably meant: for messages about unknown keys, options and models.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment), in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `name`, or "" when none is near enough to be a slip (a third of the name, at least two edits).
// Among dotted names a candidate whose last part is the name's last part is near: "learning_rate" finds "train.learning_rate".
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace fathom
