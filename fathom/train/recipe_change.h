// Whether a run may be resumed with a recipe that differs from the one that began it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fathom::train {

// Keys of the tables (as "model.") make the weights what they are: throws Error naming `origin` and the first one that differs between two
// resolved recipes. Other keys, and keys that only one of them has, may change on the way.
void require_same_keys(const std::string& before, const std::string& now, std::span<const std::string_view> tables,
                       const std::string& origin);

}  // namespace fathom::train
