// The texts of a test set's records. Private to the room.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "fathom/data/decontamination.h"

namespace fathom::data {

// Calls `visit` with each text and where its record stands; returns the number of records. Throws Error: an unreadable file, text that is
// not UTF-8, a field that no record has.
std::int64_t for_each_test_text(const TestSet& set, const std::function<void(std::string_view text, const std::string& position)>& visit);

}  // namespace fathom::data
