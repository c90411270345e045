// Dates, amounts and numbers, found by their form. Private to the room; features.h is the interface.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fathom/questions/entity_class.h"
#include "fathom/questions/part_of_speech.h"

namespace fathom::questions {

// Sets the class of the words that are part of a date, an amount or a number; the others are left as they are. `words` in lower case, as
// the treebank writes them.
void mark_numbers(std::span<const std::string> words, std::span<const Tag> tags, std::vector<EntityClass>& entities);

}  // namespace fathom::questions
